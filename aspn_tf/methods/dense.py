"""Networks of dense layers that comparators share, and how weights start."""

import math

import keras
import tensorflow as tf

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
