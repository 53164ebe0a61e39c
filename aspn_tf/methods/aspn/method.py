"""Recognizer: ASPN from raw features to class scores, as a `Method`."""

import keras
import tensorflow as tf

from aspn_tf.methods import scaling
from aspn_tf.methods.adam import FusedAdam
from aspn_tf.methods.aspn import softmax, start
from aspn_tf.methods.aspn.scorer import Scorer
from aspn_tf.methods.moments import Moments
from aspn_tf.methods.training import Order, Steps, check_finite, steps_of
from aspn_tf.model.aspn import ASPN, OPTIONS

PARTS = ("generator", "decoder", "critic", "attention")


class Recognizer(Scorer):
    """Scales, trains `ASPN`, and scores as `Scorer` tells.

    A setting is {"epoch": int}, with "semantic_share" where that is not 0, or
    "classifier": "softmax".
    """

    title = "ASPN"

    def __init__(self, view, settings, seed=0):
        super().__init__(view, settings, seed)
        keras.utils.set_random_seed(seed)
        width = view.feature_width
        self.class_semantics = self.scaled_semantics(view.semantics)
        self.semantics_length = tf.norm(view.semantics) / tf.norm(
            self.class_semantics
        )
        moments = Moments(view.features, view.labels, scaling.FOLDS)
        shrinkage = ridge = None
        if settings.feature_scaling == "whiten" or settings.warm_start:
            shrinkage, ridge = scaling.choose_regularisers(
                view.features, view.labels, view.semantics, moments
            )
        self.scaling = scaling.FeatureScaling(width, settings.feature_scaling)
        self.scaling.adapt(view.features, moments, shrinkage)
        self.means = tf.Variable(
            self.scaling(moments.means.astype("float32")), trainable=False
        )
        self._features = scaling.by_parts(self.scaling, view.features)
        self._labels = tf.constant(view.labels, tf.int64)
        self.model = self._model()
        if settings.warm_start:
            start.start(
                self.model, self._features, view.labels, self.means, ridge
            )
        shape = (width, view.class_count)
        self.kernel = tf.Variable(tf.zeros(shape), trainable=False)
        self.bias = tf.Variable(tf.zeros(shape[1]), trainable=False)
        self.order = Order(len(view.labels), seed)
        self._train = Steps(self.model)

    def rounds(self, setting=None):
        """Every epoch; then, where it is offered, the softmax."""
        last = setting["epoch"] if setting else self.settings.epochs
        states = [{"epoch": epoch} for epoch in range(1, last + 1)]
        if "classifier" in setting if setting else self.settings.softmax:
            states.append({"epoch": last, "classifier": "softmax"})
        return states

    def advance(self, state):
        """Trains an epoch, or the softmax on what the last epoch left."""
        if "classifier" in state:
            return self._fit_softmax()
        settings = self.settings
        rows = self.order.take(self.examples_a_round())
        logs = self._train(
            self._features,
            self._labels,
            rows.reshape(-1, settings.batch_size),
        )
        check_finite(
            logs, "aspn.learning_rate", settings.learning_rate, state["epoch"]
        )
        if self.model.attention:
            logs["alpha"] = float(self.model.attention.alpha)
        return logs

    def abilities(self):
        """All of them; `describe` where there is a decoder."""
        found = {
            "prototypes": self.prototypes,
            "classify": self.classify,
            "training_step": self._train.step,
        }
        if self.model.decoder:
            found["describe"] = self.describe
        return found

    def prototypes(self, semantics):
        """Prototypes (m, d) in the data's units of semantics (m, q)."""
        return self.scaling.inverse(
            self.model.prototypes(self.scaled_semantics(semantics))
        )

    def describe(self, features):
        """Semantics (n, q) that the decoder infers, of the data's length."""
        inferred, _ = self.model.decoder(self.scaling(features))
        return inferred * self.semantics_length

    def networks(self):
        """Generator, decoder, critic, attention: those that were built."""
        return {
            part: getattr(self.model, part)
            for part in PARTS
            if getattr(self.model, part) is not None
        }

    def examples_a_round(self):
        """Those of an epoch's batches."""
        return self.settings.batch_size * self._steps()

    def _model(self):
        """The compiled model; its weights are drawn with Keras' seed."""
        settings, view = self.settings, self.view
        options = {
            name: getattr(settings, name)
            for name in ("attention", *OPTIONS)
            if name not in ("noise_width", "seed")
        }
        width = settings.noise_width
        model = ASPN(
            self.class_semantics,
            view.seen,
            view.feature_width,
            noise_width=None if width < 0 else width,
            seed=self.seed,
            **options,
        )
        rate = settings.learning_rate
        if settings.schedule == "cosine":
            rate = keras.optimizers.schedules.CosineDecay(
                rate, self._steps() * settings.epochs
            )
        decay = settings.weight_decay or None  # 0 would still be a pass
        model.compile(FusedAdam(rate, weight_decay=decay), FusedAdam(rate))
        return model

    def _steps(self):
        settings = self.settings
        return steps_of(
            settings.steps_per_epoch,
            len(self.view.labels),
            settings.batch_size,
        )

    def _fit_softmax(self):
        """Beside nearness, it is there to tell seen classes from unseen."""
        prototypes = self.model.prototypes(self.class_semantics)
        kernel, bias, logs = softmax.fit(
            self._features.numpy(),
            self.view.labels,
            self.means.numpy(),
            prototypes.numpy(),
            self.view.seen,
            self.view.unseen,
            self.seed,
        )
        self.kernel.assign(kernel)
        self.bias.assign(bias)
        return logs
