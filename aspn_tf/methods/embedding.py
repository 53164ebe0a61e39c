"""What the comparators that train an embedding on batches have in common."""

import math

import keras
import tensorflow as tf

from aspn_tf.methods.adam import FusedAdam
from aspn_tf.methods.base import Method
from aspn_tf.methods.training import Order, Steps, check_finite, steps_of
from aspn_tf.model.networks import TwoLayers


class PrototypeNetwork(TwoLayers):
    """Dense, activation, Dense: from the semantics of a class to a vector.

    Input: semantics (m, q). Output: (m, width).

    Args:
      semantics_width: q.
      output_width: of the vectors.
      hidden_width: units of the hidden layer.
      **kwargs: see `aspn_tf.model.networks.TwoLayers`.
    """

    def __init__(self, semantics_width, output_width, hidden_width, **kwargs):
        super().__init__(semantics_width, output_width, hidden_width, **kwargs)
        self.semantics_width = semantics_width

    def call(self, semantics):
        """Vectors (m, width) of semantics (m, q)."""
        return self.forward(semantics)


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
            objective = tf.add_n(list(terms.values()))
            loss = self.optimizer.scale_loss(objective)
        variables = self.trainable_variables
        self.optimizer.apply(tape.gradient(loss, variables), variables)
        for name, value in {"objective": objective, **terms}.items():
            self.trackers[name].update_state(value)
        return {name: mean.result() for name, mean in self.trackers.items()}


class Embedding(Method):
    """An `EmbeddingModel`, trained epoch by epoch on shuffled batches.

    Its settings have `epochs`, `steps_per_epoch`, `batch_size`, `patience` and
    `learning_rate`. A setting is {"epoch": int}. All there is to the scores is
    `compatibility` with any classes.

    Attributes:
      prefix: its name in the registry, for sentences about its flags.
    """

    prefix = ""

    def __init__(self, view, settings, seed=0):
        super().__init__(view, settings, seed)
        keras.utils.set_random_seed(seed)
        self.patience = settings.patience
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

    def rounds(self, setting=None):
        """Every epoch."""
        last = setting["epoch"] if setting else self.settings.epochs
        return [{"epoch": epoch} for epoch in range(1, last + 1)]

    def advance(self, state):
        """Trains an epoch."""
        settings = self.settings
        rows = self.order.take(self.examples_a_round())
        logs = self._train(
            self._features,
            self._labels,
            rows.reshape(-1, settings.batch_size),
        )
        check_finite(
            logs,
            f"{self.prefix}.learning_rate",
            settings.learning_rate,
            state["epoch"],
        )
        return logs

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

    def updates_a_round(self):
        """Those of an epoch."""
        settings = self.settings
        return steps_of(
            settings.steps_per_epoch,
            len(self.view.labels),
            settings.batch_size,
        )

    def examples_a_round(self):
        """Those of an epoch's batches."""
        return self.settings.batch_size * self.updates_a_round()

    def _model(self):
        """The `EmbeddingModel`; its weights are drawn with Keras' seed."""
        raise NotImplementedError

    def _rate(self):
        """The learning rate, or its schedule."""
        return self.settings.learning_rate


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


def half_squares(variables):
    """1/2 |w|^2 over all weights, whose gradient is w: coupled decay."""
    return tf.add_n([tf.nn.l2_loss(variable) for variable in variables])


def uniform_by_inputs():
    """U(-1/sqrt(k), 1/sqrt(k)) for a layer of k inputs, PyTorch's default."""
    return keras.initializers.VarianceScaling(
        1.0 / 3.0, mode="fan_in", distribution="uniform"
    )


def draw_biases(*layers):
    """Draws the biases of dense layers as `uniform_by_inputs` draws kernels."""
    for layer in layers:
        bound = 1.0 / math.sqrt(layer.kernel.shape[0])
        draw = keras.initializers.RandomUniform(-bound, bound)
        layer.bias.assign(draw(layer.bias.shape))
