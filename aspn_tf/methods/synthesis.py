"""What the methods share whose generated features train softmax classifiers.

Symbols, once: x feature, s semantics, z noise, G the generator.
"""

import sys

import numpy as np
import tensorflow as tf

from aspn_tf.methods.epochs import Epochs
from aspn_tf.methods.gan import FeatureGAN, FeatureScale
from aspn_tf.methods.linear_softmax import Softmax
from aspn_tf.methods.training import Steps
from aspn_tf.model import losses

PROTOTYPES, SYNTHETIC = -2, -3  # streams of noise beside the training's
# Weights by rows by updates from which XLA's gain, a tenth to a third of a
# step, is more than the seconds that it takes to compile one.
WORTH_COMPILING = 1e11


class Synthesizer(Epochs):
    """A model of features, and the softmaxes trained on what it generates.

    `softmax` answers the generalized task over all classes, `unseen_softmax`
    the traditional one, nearness to the mean of generated features any
    classes. A subclass makes the model.

    Attributes:
      classes_per_batch: of how many classes a batch of the final softmaxes
        has the generated features, unless a setting says.
      raw: whether features that are nowhere negative stay as they are.
      model: has `generator`, with its `noise_width`, `generate` of semantics
        and noise, and what `Steps` asks for.
    """

    classes_per_batch = 1
    raw = False
    heads_offered = ("softmax", "unseen_softmax", "nearness")

    def __init__(self, view, settings, seed=0):
        super().__init__(view, settings, seed)
        self.epoch = tf.Variable(0, dtype=tf.int64, trainable=False)
        self.random = tf.random.Generator.from_seed(seed)
        self.class_semantics = tf.constant(
            self._semantics(view.semantics), tf.float32
        )
        self.scale = FeatureScale(view.features, self.raw)
        self._features = self.scale(view.features)
        self._labels = tf.constant(view.labels, tf.int64)
        self.class_prototypes = tf.Variable(
            tf.zeros((view.class_count, view.feature_width)), trainable=False
        )
        self._make_heads()
        self.model = self._model()
        self.prototype_noise = self._noise(
            settings.prototype_samples, PROTOTYPES
        )
        self._train = Steps(self.model, self._is_worth_compiling())
        self.use({})

    def advance(self, state):
        """Trains one epoch, then what answers, where it will be asked."""
        if not int(self.epoch.numpy()):
            self._pretrain()
        logs = self._epoch(self._train, self.batches_per_step, state["epoch"])
        self.epoch.assign(state["epoch"])
        if state.get("scored", True):
            self._fit_heads()
        return logs

    def heads(self, features):
        """Logits of both final softmaxes, and nearness; each (n, C)."""
        scaled = self.scale(features)
        return {
            "softmax": self.softmax(scaled),
            "unseen_softmax": self.unseen_softmax(scaled),
            "nearness": self._nearness(scaled, self.class_prototypes),
        }

    def open_heads(self, features, semantics):
        """Nearness to the generated prototypes of any classes, (n, m)."""
        prototypes = self._mean_generated(semantics)
        return {"nearness": self._nearness(self.scale(features), prototypes)}

    def weights(self, setting):
        """A task is answered by one head."""
        generalized, traditional, opened = self.heads_offered
        return {
            "generalized": {generalized: 1.0},
            "traditional": {traditional: 1.0},
            "open": {opened: 1.0},
        }

    def abilities(self):
        """Prototypes, scores against any classes, and the training step."""
        return {
            "prototypes": self.prototypes,
            "classify": self.classify,
            "training_step": self._train.step,
        }

    def linear(self, task):
        """The softmax of a task, in the data's units; see `Method.linear`."""
        softmax = self.softmax if task == "generalized" else self.unseen_softmax
        return self.scale.affine(*softmax.affine())

    def networks(self):
        """The networks of the paper's count: one of the softmaxes."""
        return {
            "generator": self.model.generator,
            "critic": self.model.critic,
            "softmax": self.softmax.layer,
        }

    def prototypes(self, semantics):
        """The mean of the features generated for each class, (m, d)."""
        return self.scale.inverse(self._mean_generated(semantics))

    def _semantics(self, semantics):
        """Semantics as the networks see them."""
        return semantics

    def _model(self):
        """The compiled model."""
        raise NotImplementedError

    def _is_worth_compiling(self):
        """Whether a step is compiled with XLA; settings and sizes decide.

        A GAN in float32 on Linux: no other has been seen to gain by it, and
        not every other TensorFlow has XLA.
        """
        settings, model = self.settings, self.model
        seen = model.compute_dtype == "float32" and sys.platform == "linux"
        if not (seen and isinstance(model, FeatureGAN)):
            return False
        weights = model.generator.count_params() + model.critic.count_params()
        rows = self.batches_per_step * settings.batch_size
        updates = settings.epochs * self.updates_a_round()
        return weights * rows * updates >= WORTH_COMPILING

    def _pretrain(self):
        """Trains what must be there before the first epoch."""

    def _epoch(self, train, batches, number):
        """One epoch of some `Steps` of so many batches each; their means."""
        rows = self.random.uniform(
            (self.updates_a_round(), batches * self.settings.batch_size),
            maxval=len(self.view.labels),
            dtype=tf.int64,
        )
        logs = train(self._features, self._labels, rows)
        self.check(logs, number)
        return logs

    def _make_heads(self):
        every = np.arange(self.view.class_count)
        self.softmax = self._softmax("softmax", every)
        self.unseen_softmax = self._softmax("unseen_softmax", self.view.unseen)

    def _softmax(self, name, classes):
        """A `Softmax` of some classes, not yet trained."""
        view = self.view
        return Softmax(
            view.feature_width, view.class_count, classes, self.seed, name
        )

    def _fit_heads(self):
        """Trains the final softmaxes and keeps the prototypes."""
        settings = self.settings
        each = settings.synthetic_per_class
        labels = tf.repeat(tf.constant(self.view.unseen, tf.int64), each)
        generated = self.model.generate(
            tf.gather(self.class_semantics, labels),
            self._noise(len(labels), SYNTHETIC),
        )
        usual = self.classes_per_batch * each
        lengths = settings.softmax_epochs, settings.softmax_batch_size or usual
        self.unseen_softmax.fit(generated, labels, *lengths)
        self.softmax.fit(
            tf.concat([self._features, generated], axis=0),
            tf.concat([self._labels, labels], axis=0),
            *lengths,
        )
        self.class_prototypes.assign(self._mean_generated(self.view.semantics))

    def _noise(self, count, stream):
        """Noise (count, nz) that is the same in every round."""
        seed = tf.constant([self.seed, stream], tf.int64)
        width = self.model.generator.noise_width
        return tf.random.stateless_normal((count, width), seed)

    def _mean_generated(self, semantics):
        """The mean of features of each class (m, d), scaled."""
        samples = self.settings.prototype_samples
        rows = tf.repeat(self._semantics(semantics), samples, axis=0)
        noise = tf.tile(self.prototype_noise, (tf.shape(semantics)[0], 1))
        generated = self.model.generate(rows, noise)
        width = generated.shape[-1]
        groups = tf.reshape(generated, (-1, samples, width))
        return tf.reduce_mean(groups, axis=1)

    def _nearness(self, features, prototypes):
        """Scores (n, m) of scaled features by their prototype."""
        return losses.compatibility(features, prototypes, metric="euclidean")
