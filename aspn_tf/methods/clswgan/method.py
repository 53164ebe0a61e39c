"""CLSWGAN: a WGAN of features whose output trains softmax classifiers.

Xian et al., "Feature generating networks for zero-shot learning", CVPR 2018,
as in its published code: features scaled to [0, 1], noise as wide as the
semantics, semantics as they are, five critic updates on fresh examples for
one of the generator. For features that can be negative, such as principal
components, which it was not made for, see `FeatureScale`.

Symbols, once: x feature, s semantics, z noise, G the generator.
"""

import numpy as np
import tensorflow as tf

from aspn_tf.methods.adam import FusedAdam
from aspn_tf.methods.base import Method
from aspn_tf.methods.clswgan.model import CLSWGANModel
from aspn_tf.methods.gan import FeatureScale, make_networks
from aspn_tf.methods.linear_softmax import Softmax
from aspn_tf.methods.training import Steps, check_finite, steps_of
from aspn_tf.model import losses

PROTOTYPES, SYNTHETIC = -2, -3  # streams of noise beside the training's


class CLSWGAN(Method):
    """Generator, critic, and the softmaxes trained on what it generates.

    `softmax` answers the generalized task over all classes, `unseen_softmax`
    the traditional one, nearness to the mean of generated features any
    classes; `seen_softmax`, trained in the first round on real features,
    supplies the classification loss.

    A setting is {"epoch": int}. On the way to it the states before hold
    "scored": False: after them the heads stay as they were.
    """

    title = "CLSWGAN"
    prefix = "clswgan"
    heads_offered = ("softmax", "unseen_softmax", "nearness")
    notes = (
        "CLSWGAN's published code makes 30 to 80 passes over the data. Here "
        "it had --clswgan.epochs of --clswgan.steps_per_epoch updates of the "
        "generator at most, so that its row shows what it reaches at this "
        "cost, not what it can reach.",
    )

    def __init__(self, view, settings, seed=0):
        super().__init__(view, settings, seed)
        self.batches_per_step = settings.critic_steps
        self.epoch = tf.Variable(0, dtype=tf.int64, trainable=False)
        self.random = tf.random.Generator.from_seed(seed)
        self.class_semantics = tf.constant(view.semantics, tf.float32)
        self.scale = FeatureScale(view.features)
        self._features = self.scale(view.features)
        self._labels = tf.constant(view.labels, tf.int64)
        self.prototype_noise = self._noise(
            settings.prototype_samples, PROTOTYPES
        )
        self.class_prototypes = tf.Variable(
            tf.zeros((view.class_count, view.feature_width)), trainable=False
        )
        self.softmax, self.seen_softmax, self.unseen_softmax = (
            Softmax(view.feature_width, view.class_count, classes, seed, name)
            for name, classes in (
                ("softmax", np.arange(view.class_count)),
                ("seen_softmax", view.seen),
                ("unseen_softmax", view.unseen),
            )
        )
        self.model = self._model(
            **make_networks(
                view, settings.hidden_width, self.scale.signed, seed
            ),
            class_semantics=self.class_semantics,
            critic_steps=settings.critic_steps,
            penalty_weight=settings.penalty_weight,
            seed=seed,
            seen_softmax=self.seen_softmax,
            classification_weight=settings.classification_weight,
        )
        self.model.compile(
            FusedAdam(settings.learning_rate, beta_1=settings.beta_1)
        )
        self._train = Steps(self.model)
        self.use({})

    def rounds(self, setting=None):
        """Every epoch; on the way to a setting, only the last is scored."""
        if setting is None:
            last = self.settings.epochs
            return [{"epoch": epoch} for epoch in range(1, last + 1)]
        before = range(1, setting["epoch"])
        return [*({"epoch": e, "scored": False} for e in before), setting]

    def advance(self, state):
        """Trains one epoch, then what answers, where it will be asked."""
        settings = self.settings
        if not int(self.epoch):
            self._pretrain()
        rows = self.random.uniform(
            (
                self.updates_a_round(),
                settings.critic_steps * settings.batch_size,
            ),
            maxval=len(self.view.labels),
            dtype=tf.int64,
        )
        logs = self._train(self._features, self._labels, rows)
        check_finite(
            logs,
            f"{self.prefix}.learning_rate",
            settings.learning_rate,
            state["epoch"],
        )
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
            "nearness": _nearness(scaled, self.class_prototypes),
        }

    def open_heads(self, features, semantics):
        """Nearness to the generated prototypes of any classes, (n, m)."""
        prototypes = self._mean_generated(semantics)
        return {"nearness": _nearness(self.scale(features), prototypes)}

    def weights(self, setting):
        """A task is answered by one head."""
        return {
            "generalized": {"softmax": 1.0},
            "traditional": {"unseen_softmax": 1.0},
            "open": {"nearness": 1.0},
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
        """The networks of the paper's count: one of the three softmaxes."""
        return {
            "generator": self.model.generator,
            "critic": self.model.critic,
            "softmax": self.softmax.layer,
        }

    def examples_a_round(self):
        """Fresh ones for every update of the critic in an epoch."""
        settings = self.settings
        return (
            settings.critic_steps * settings.batch_size * self.updates_a_round()
        )

    def prototypes(self, semantics):
        """The mean of the features generated for each class, (m, d)."""
        return self.scale.inverse(self._mean_generated(semantics))

    def _model(self, **parts):
        """The `FeatureGAN`; a subclass adds what its own needs."""
        return CLSWGANModel(**parts)

    def _pretrain(self):
        """Trains on real features what the generator's loss refers to."""
        self.seen_softmax.fit(
            self._features,
            self._labels,
            self.settings.seen_softmax_epochs,
            self.settings.seen_softmax_batch_size,
        )

    def _fit_heads(self):
        """Trains the final softmaxes and keeps the prototypes."""
        settings = self.settings
        each = settings.synthetic_per_class
        labels = tf.repeat(tf.constant(self.view.unseen, tf.int64), each)
        generated = self.model.generator(
            tf.gather(self.class_semantics, labels),
            self._noise(len(labels), SYNTHETIC),
        )
        lengths = settings.softmax_epochs, settings.softmax_batch_size or each
        self.unseen_softmax.fit(generated, labels, *lengths)
        self.softmax.fit(
            tf.concat([self._features, generated], axis=0),
            tf.concat([self._labels, labels], axis=0),
            *lengths,
        )
        self.class_prototypes.assign(self._mean_generated(self.class_semantics))

    def _noise(self, count, stream):
        """Noise (count, q) that is the same in every round."""
        seed = tf.constant([self.seed, stream], tf.int64)
        return tf.random.stateless_normal(
            (count, self.view.semantics_width), seed
        )

    def _mean_generated(self, semantics):
        """The mean of features of each class (m, d), scaled."""
        samples = self.settings.prototype_samples
        rows = tf.repeat(semantics, samples, axis=0)
        noise = tf.tile(self.prototype_noise, (tf.shape(semantics)[0], 1))
        generated = self.model.generator(rows, noise)
        width = generated.shape[-1]
        groups = tf.reshape(generated, (-1, samples, width))
        return tf.reduce_mean(groups, axis=1)

    def updates_a_round(self):
        """The generator's in an epoch."""
        return steps_of(
            self.settings.steps_per_epoch,
            len(self.view.labels),
            self.settings.batch_size,
        )


def _nearness(features, prototypes):
    return losses.compatibility(features, prototypes, metric="euclidean")
