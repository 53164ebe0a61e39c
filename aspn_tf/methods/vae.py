"""What methods with a variational encoder share.

Symbols, once: the encoder gives mean and log variance of q(z | x), a normal
distribution without covariances; the prior is N(0, 1).
"""

import keras
import tensorflow as tf

BOUND = 20.0  # of a log variance: e^20 is far beyond any trained encoder's


class Posterior(keras.Model):
    """Two hidden layers, then mean and log variance of a code (n, nz).

    A subclass has the `call`, with the arguments it is named by.

    Args:
      input_width: of all inputs side by side.
      widths: units of both hidden layers.
      code_width: nz.
      activation: of both hidden layers, by name.
      initializer: of all kernels.
    """

    def __init__(
        self,
        input_width,
        widths,
        code_width,
        activation,
        initializer="glorot_uniform",
        **kwargs,
    ):
        super().__init__(**kwargs)

        def dense(name, before, width, activation=None):
            layer = keras.layers.Dense(
                width,
                activation,
                kernel_initializer=initializer,
                dtype=self.dtype_policy,
                name=name,
            )
            layer.build((None, before))
            return layer

        first, second = widths
        self.hidden = dense("hidden", input_width, first, activation)
        self.second = dense("second", first, second, activation)
        self.mean = dense("mean", second, code_width)
        self.log_variance = dense("log_variance", second, code_width)
        self.built = True

    def posterior(self, inputs, kept=None):
        """Mean and log variance, float32, the latter bounded.

        Args:
          inputs: (n, input_width).
          kept: None, or what the first hidden layer is multiplied by.
        """
        hidden = self.hidden(inputs)
        if kept is not None:
            hidden *= tf.cast(kept, hidden.dtype)
        hidden = self.second(hidden)
        mean, log_variance = self.mean(hidden), self.log_variance(hidden)
        return (
            tf.cast(mean, tf.float32),
            bounded(tf.cast(log_variance, tf.float32)),
        )


def bounded(log_variance):
    """A log variance whose exponential is finite; ours, and seldom active."""
    return tf.clip_by_value(log_variance, -BOUND, BOUND)


def sample(mean, log_variance, noise):
    """Z = mean + deviation noise, all (n, nz)."""
    return mean + tf.exp(0.5 * log_variance) * noise


def divergence(mean, log_variance):
    """KL(q(z | x) || N(0, 1)): a sum over dimensions, a mean over examples.

    Args:
      mean: (n, nz).
      log_variance: (n, nz).

    Returns:
      A scalar, the mean of 1/2 sum(e^lv + mean^2 - 1 - lv).
    """
    parts = tf.exp(log_variance) + tf.square(mean) - 1.0 - log_variance
    return 0.5 * tf.reduce_mean(tf.reduce_sum(parts, axis=-1))
