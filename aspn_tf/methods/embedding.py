"""What the comparators that train an embedding on batches have in common."""

import keras
import numpy as np
import tensorflow as tf

from aspn_tf.methods.adam import FusedAdam
from aspn_tf.methods.epochs import Epochs
from aspn_tf.methods.scaling import FeatureScaling
from aspn_tf.methods.training import Order, Steps
from aspn_tf.model import adversarial, losses


class EmbeddingModel(keras.Model):
    """Networks, and the sum of terms that one optimizer brings down.

    A subclass makes its networks in the constructor and offers `terms`.

    Attributes:
      TERMS: names of `terms`.
    """

    TERMS = ()

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.trackers = {
            name: keras.metrics.Mean(name)
            for name in ("objective", *self.TERMS)
        }
        self.built = True

    @property
    def metrics(self):
        """The trackers, which Keras resets before every epoch."""
        return list(self.trackers.values())

    def compile(self, optimizer, **kwargs):
        """Takes the optimizer and makes its variables."""
        super().compile(optimizer, **kwargs)
        self.optimizer.build(self.trainable_variables)

    def terms(self, features, labels):
        """The weighted terms of the objective.

        Args:
          features: x, (n, d).
          labels: int64 (n,), their classes.

        Returns:
          A dict of the names of `TERMS` to scalars.
        """
        raise NotImplementedError

    def train_step(self, data):
        """One update.

        Args:
          data: features (n, d) and labels (n,).

        Returns:
          The mean of every loss term since the last reset, by name.
        """
        with tf.GradientTape() as tape:
            terms = self.terms(*data)
            objective = losses.total(list(terms.values()))
        variables = self.trainable_variables
        adversarial.descend(tape, objective, variables, self.optimizer)
        for name, value in {"objective": objective, **terms}.items():
            self.trackers[name].update_state(value)
        return {name: mean.result() for name, mean in self.trackers.items()}


class Embedding(Epochs):
    """An `EmbeddingModel`, trained epoch by epoch on shuffled batches.

    Its settings have a `learning_rate` too. All there is to the scores is
    `compatibility` with any classes.
    """

    def __init__(self, view, settings, seed=0):
        super().__init__(view, settings, seed)
        keras.utils.set_random_seed(seed)
        self.class_semantics = self.scaled_semantics(view.semantics)
        self._features = self.scaled(view.features)
        self._labels = tf.constant(view.labels, tf.int64)
        self.order = Order(len(view.labels), seed)
        self.model = self._model()
        self.model.compile(FusedAdam(self._rate()))
        self._train = Steps(self.model)

    def scaled(self, features):
        """Features (n, d) as the model sees them."""
        return tf.cast(features, tf.float32)

    def scaled_semantics(self, semantics):
        """Semantics (m, q) as the model sees them."""
        raise NotImplementedError

    def compatibility(self, features, semantics):
        """Scores (n, m) of features, scaled, against semantics, scaled."""
        raise NotImplementedError

    def advance(self, state):
        """Trains an epoch."""
        return self.train(state["epoch"])

    def heads(self, features):
        """The compatibility with every class, (n, C)."""
        scaled = self.scaled(features)
        return {
            "compatibility": self.compatibility(scaled, self.class_semantics)
        }

    def open_heads(self, features, semantics):
        """The compatibility with any classes, (n, m)."""
        parts = self.scaled(features), self.scaled_semantics(semantics)
        return {"compatibility": self.compatibility(*parts)}

    def abilities(self):
        """Scores against any classes, and the training step."""
        return {
            "classify": self.classify,
            "training_step": self._train.step,
        }

    def _model(self):
        """The `EmbeddingModel`; its weights are drawn with Keras' seed."""
        raise NotImplementedError

    def _rate(self):
        """The learning rate, or its schedule."""
        return self.settings.learning_rate


class ScaledEmbedding(Embedding):
    """An `Embedding` whose settings tell how features and semantics scale.

    They also have `feature_scaling`, of `FeatureScaling` without "whiten",
    and `semantics_length`, of `brought_to`.
    """

    def __init__(self, view, settings, seed=0):
        self.scaling = FeatureScaling(
            view.feature_width, settings.feature_scaling
        )
        self.scaling.adapt(view.features, moments=None)
        super().__init__(view, settings, seed)

    def scaled(self, features):
        """Features (n, d) as the model sees them."""
        return self.scaling(features)

    def scaled_semantics(self, semantics):
        """Semantics (m, q), with rows of one length where that is set."""
        return brought_to(semantics, self.settings.semantics_length)


def columns_of(view):
    """The row of each class among the seen ones, int64 (C,); else 0."""
    columns = np.zeros(view.class_count, np.int64)
    columns[view.seen] = np.arange(len(view.seen))
    return columns


def falling(rate, factor, updates):
    """A learning rate that is multiplied by a factor every so many updates."""
    return keras.optimizers.schedules.ExponentialDecay(
        rate, max(1, updates), factor, staircase=True
    )


def brought_to(semantics, length):
    """Semantics (m, q) with rows of one length; 0: as they are, float32."""
    semantics = tf.cast(semantics, tf.float32)
    if not length:
        return semantics
    return length * tf.math.l2_normalize(semantics, axis=-1)
