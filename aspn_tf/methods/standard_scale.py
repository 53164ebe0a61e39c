"""Features standardised as bilinear comparators were published with."""

import numpy as np
import tensorflow as tf


class StandardScale(tf.Module):
    """Features to mean 0 and deviation 1, over the largest of these numbers.

    A constant dimension becomes 0.

    Args:
      features: (n, d), to learn it from.
    """

    def __init__(self, features):
        super().__init__(name="standard_scale")
        shift = features.mean(0, dtype=np.float64)
        deviation = features.std(0, dtype=np.float64)
        rounding = np.finfo(np.float32).eps * np.abs(shift)
        deviation = np.where(deviation > rounding, deviation, np.inf)
        largest = float(((features.max(0) - shift) / deviation).max()) or 1.0
        scale = 1.0 / (deviation * largest)
        self.shift = tf.Variable(shift, False, dtype=tf.float32)
        self.scale = tf.Variable(scale, False, dtype=tf.float32)

    def __call__(self, features):
        """Scaled features, (n, d)."""
        return (features - self.shift) * self.scale
