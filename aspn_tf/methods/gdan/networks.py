"""GDAN's encoder and regressor, how networks start, and what moves them."""

import numpy as np
import tensorflow as tf

from aspn_tf.methods import vae
from aspn_tf.methods.adam import FusedAdam
from aspn_tf.model.networks import TwoLayers


class Encoder(vae.Posterior):
    """The distribution of a code of features (n, d); two ReLU layers."""

    def __init__(self, feature_width, widths, code_width, **kwargs):
        super().__init__(feature_width, widths, code_width, "relu", **kwargs)
        self.feature_width = feature_width

    def call(self, features):
        """Mean and log variance (n, nz), nothing dropped."""
        return self.posterior(features)


class Regressor(TwoLayers):
    """R(x): semantics (n, q) of features (n, d); one ReLU layer."""

    def __init__(self, feature_width, semantics_width, hidden_width, **kwargs):
        super().__init__(feature_width, semantics_width, hidden_width, **kwargs)
        self.feature_width = feature_width

    def call(self, features):
        """Semantics (n, q)."""
        return self.forward(features)


class CoupledAdam(FusedAdam):
    """Adam whose moments see the weights' decay.

    Args:
      decay: times each variable, biases among them, added to its gradient.
      **kwargs: those of `FusedAdam`.
    """

    def __init__(self, *args, decay, **kwargs):
        super().__init__(*args, **kwargs)
        self.decay = decay

    def update_step(self, gradient, variable, learning_rate):
        """Moves one variable; see `FusedAdam`."""
        gradient += self.decay * tf.convert_to_tensor(variable)
        super().update_step(gradient, variable, learning_rate)


def start(networks, seed):
    """Draws weights and biases from U(-a, a), a = 1 / sqrt(inputs)."""
    stream = np.random.default_rng(seed)
    for network in networks:
        for layer in network.layers:
            bound = 1.0 / np.sqrt(layer.kernel.shape[0])
            for variable in (layer.kernel, layer.bias):
                variable.assign(stream.uniform(-bound, bound, variable.shape))
