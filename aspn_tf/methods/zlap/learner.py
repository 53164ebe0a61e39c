"""The prototype network of ZLAP and its training with a prior."""

import keras
import numpy as np
import tensorflow as tf

from aspn_tf.methods.adam import FusedAdam
from aspn_tf.methods.dense import PrototypeNetwork, half_squares
from aspn_tf.methods.embedding import EmbeddingModel, falling
from aspn_tf.methods.training import Order, Steps, steps_of
from aspn_tf.model import losses

DEVIATION = 0.02  # of the kernels at the start


def log_prior(view, ratio):
    """The logarithm of p(c) p0(c) of every class, float64 (C,).

    Args:
      view: the `aspn_tf.data.benchmark.TrainingView`.
      ratio: r, the odds of seen to unseen classes. Seen classes share
        r / (1 + r) as their examples do, unseen ones the rest evenly.
    """
    counts = np.bincount(view.labels, minlength=view.class_count)
    prior = counts / len(view.labels) * (ratio / (1.0 + ratio))
    prior[view.unseen] = 1.0 / (len(view.unseen) * (1.0 + ratio))
    return np.log(np.maximum(prior, np.finfo(np.float32).tiny))


def make_network(view, width):
    """P(s): Dense, LeakyReLU 0.2, Dense, float32 whatever the dtype policy."""
    return PrototypeNetwork(
        view.semantics_width,
        view.feature_width,
        width,
        hidden_activation="leaky_relu",
        initializer=keras.initializers.RandomNormal(stddev=DEVIATION),
        dtype="float32",
    )


class PrototypeModel(EmbeddingModel):
    """P and its objective.

    Args:
      network: P, a `PrototypeNetwork`.
      class_semantics: (C, q), as P sees them.
      weight_decay: of P.
      temperature: divides the cosines.
    """

    TERMS = ("classification", "decay")

    def __init__(self, network, class_semantics, weight_decay, temperature):
        super().__init__(dtype="float32")
        self.network = network
        self.class_semantics = tf.constant(class_semantics, tf.float32)
        self.weight_decay = weight_decay
        self.temperature = temperature
        self.log_prior = tf.Variable(
            tf.zeros(len(class_semantics)), trainable=False
        )

    def terms(self, features, labels):
        """The cross-entropy of the adjusted logits, and the decay."""
        scores = losses.compatibility(
            features,
            self.network(self.class_semantics),
            "cosine",
            self.temperature,
        )
        squares = half_squares(self.network.trainable_variables)
        return {
            "classification": losses.classification(
                scores + self.log_prior, labels
            ),
            "decay": self.weight_decay * squares,
        }


class PrototypeLearner(tf.Module):
    """Trains P anew for every state of the GAN and every ratio.

    What it draws follows from the seed alone.

    Args:
      view: the `aspn_tf.data.benchmark.TrainingView`.
      class_semantics: (C, q), as P sees them.
      settings: those of ZLAP.
      seed: of the initial weights and of the order of examples.
    """

    def __init__(self, view, class_semantics, settings, seed):
        super().__init__(name="prototype_learner")
        self._view, self._settings, self._seed = view, settings, seed
        self.model = PrototypeModel(
            make_network(view, settings.prototype_width),
            class_semantics,
            settings.prototype_weight_decay,
            settings.temperature,
        )
        count = len(view.labels) + (
            len(view.unseen) * settings.synthetic_per_class
        )
        self._updates = steps_of(0, count, settings.prototype_batch_size)
        half = -(-settings.prototype_epochs // 2) * self._updates
        rate = falling(settings.prototype_learning_rate, 0.5, half)
        self.model.compile(FusedAdam(rate, beta_1=settings.beta_1))
        self._train = Steps(self.model)
        self.restart()

    def restart(self):
        """Weights and Adam's moments as at the very start."""
        for variable in self.model.optimizer.variables:
            variable.assign(keras.ops.zeros_like(variable))
        for number, variable in enumerate(self.model.network.weights):
            start = tf.zeros(variable.shape)
            if len(variable.shape) == 2:
                start = tf.random.stateless_normal(
                    variable.shape, (self._seed, number), stddev=DEVIATION
                )
            variable.assign(start)

    def fit(self, features, labels, ratio):
        """Trains from the start.

        Args:
          features: float32 tensor (n, d), real and generated.
          labels: int64 tensor (n,).
          ratio: r, see `log_prior`.

        Returns:
          The mean loss terms over all updates, by name.
        """
        settings = self._settings
        self.restart()
        self.model.log_prior.assign(log_prior(self._view, ratio))
        batch_size = settings.prototype_batch_size
        updates = settings.prototype_epochs * self._updates
        if not updates:
            return {}
        rows = Order(len(labels), self._seed).take(updates * batch_size)
        return self._train(features, labels, rows.reshape(-1, batch_size))
