"""What methods with a variational encoder share.

Symbols, once: the encoder gives mean and log variance of q(z | x), a normal
distribution without covariances; the prior is N(0, 1).
"""

import tensorflow as tf

BOUND = 20.0  # of a log variance: e^20 is far beyond any trained encoder's


def bounded(log_variance):
    """A log variance whose exponential is finite; ours, never active after."""
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
