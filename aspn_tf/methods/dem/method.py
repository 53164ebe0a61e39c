"""DEM: class semantics regressed onto features; the nearest prototype.

Zhang, Xiang and Gong, "Learning a deep embedding model for zero-shot
learning", CVPR 2017: the mean over examples and dimensions of (x - f(s))^2,
and lambda times half the squares of the weights, where f is Dense, ReLU, Dense,
ReLU, kernels from a truncated N(0, 0.1), biases 0.1. As in the published code,
the biases decay too (the paper, as we remember it, has the weights alone).

Symbols, once: x feature, s semantics, f the network.

The published code stops on the accuracy on the test examples, as its authors
confirm; here validation chooses the epoch. Ours as well: the unit of features,
the length of semantics and with it the decay (see the settings), and no ReLU at
the end where a training feature is negative.
"""

import keras
import numpy as np
import tensorflow as tf

from aspn_tf.methods.dense import PrototypeNetwork, half_squares
from aspn_tf.methods.embedding import EmbeddingModel, ScaledEmbedding
from aspn_tf.model import losses

START = 0.1  # deviation of the kernels, and the biases


class DEMModel(EmbeddingModel):
    """The network and its objective.

    Args:
      generator: f, a `PrototypeNetwork`.
      class_semantics: (C, q), as f sees them.
      weight_decay: lambda.
    """

    TERMS = ("visual", "decay")

    def __init__(self, generator, class_semantics, weight_decay):
        super().__init__()
        self.generator = generator
        self.class_semantics = tf.constant(class_semantics, tf.float32)
        self.weight_decay = weight_decay

    def terms(self, features, labels):
        """The squared error, and the decay."""
        made = self.generator(tf.gather(self.class_semantics, labels))
        squares = half_squares(self.generator.trainable_variables)
        return {
            "visual": losses.visual(features, made),
            "decay": self.weight_decay * squares,
        }


class DEM(ScaledEmbedding):
    """Nearness to regressed prototypes; see `ScaledEmbedding`."""

    title = "DEM"

    def __init__(self, view, settings, seed=0):
        super().__init__(view, settings, seed)
        # What distances are taken about, so that float32 is enough where the
        # features are far from 0.
        self.center = tf.Variable(
            np.mean(self._features, 0, np.float64), False, dtype=tf.float32
        )

    def compatibility(self, features, semantics):
        """Cosines, or half the squared distance negated, (n, m).

        The distance is but for a term that all classes share.
        """
        prototypes = self.model.generator(semantics)
        if self.settings.metric == "cosine":
            return losses.compatibility(features, prototypes, "cosine")
        return losses.compatibility(
            features - self.center, prototypes - self.center, "euclidean"
        )

    def abilities(self):
        """Also the prototypes."""
        return {**super().abilities(), "prototypes": self.prototypes}

    def prototypes(self, semantics):
        """f(s) in the data's units, (m, d)."""
        found = self.model.generator(self.scaled_semantics(semantics))
        return self.scaling.inverse(found)

    def linear(self, task):
        """The distances, whatever the task; see `Method.linear`."""
        if self.settings.metric == "cosine":
            return None
        center = self.center.numpy().astype(np.float64)
        prototypes = self.model.generator(self.class_semantics).numpy()
        moved = prototypes.astype(np.float64) - center
        scale = float(self.scaling.scale)
        bias = -0.5 * np.square(moved).sum(1)
        return center / scale, scale * moved.T, bias

    def networks(self):
        """The network f."""
        return {"generator": self.model.generator}

    def _model(self):
        settings, view = self.settings, self.view
        generator = PrototypeNetwork(
            view.semantics_width,
            view.feature_width,
            settings.hidden_width,
            initializer=keras.initializers.TruncatedNormal(stddev=START),
            output="linear" if (view.features < 0.0).any() else "relu",
        )
        for layer in (generator.hidden, generator.out):
            layer.bias.assign(tf.fill(layer.bias.shape, START))
        return DEMModel(generator, self.class_semantics, settings.weight_decay)
