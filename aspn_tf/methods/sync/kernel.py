"""How near classes are to the phantoms, and what that makes of classifiers.

At small scales all shares are nearly 1 / C, and what tells classes apart is
lost beside it in float32. So only what they are beyond 1 / C is computed, and
what 1 / C contributes is known beforehand.
"""

import numpy as np
import tensorflow as tf


class Kernel:
    """Shares of the seen classifiers in those of any classes, at one scale.

    With S the softmax over phantoms of -scale |a - b|^2, the shares are
    S pinv(S_ss), where S_ss has the seen classes themselves for a.

    Attributes:
      condition: the condition number of S_ss.

    Args:
      phantoms: (C, q), the semantics of the seen classes.
      scale: of the squared distances.
    """

    def __init__(self, phantoms, scale):
        wide = phantoms.astype(np.float64)
        count = len(wide)
        seen = beyond(wide, wide, scale).numpy() + 1.0 / count
        self.condition = float(np.linalg.cond(seen))
        cutoff = count * np.finfo(np.float64).eps
        inverse = np.linalg.pinv(seen, rcond=cutoff)
        self._scale = scale
        self._phantoms = tf.constant(phantoms, tf.float32)
        self._inverse = tf.constant(inverse, tf.float32)
        self._common = tf.constant(inverse.mean(0), tf.float32)

    def shares(self, semantics):
        """Float32 (m, C) of semantics (m, q) in the units of the phantoms."""
        differing = beyond(semantics, self._phantoms, self._scale)
        return self._common + tf.matmul(differing, self._inverse)


def beyond(rows, phantoms, scale):
    """Softmax over phantoms of -scale |a - b|^2, less 1 / C.

    Args:
      rows: a, (m, q).
      phantoms: b, (C, q), of the same type.
      scale: of the squared distances.

    Returns:
      (m, C), each to the type's accuracy even where it is small.
    """
    lengths = tf.reduce_sum(tf.square(phantoms), axis=-1)
    logits = scale * (
        2.0 * tf.matmul(rows, phantoms, transpose_b=True) - lengths
    )
    logits -= tf.reduce_max(logits, axis=-1, keepdims=True)
    # exp(logits) - 1, which TensorFlow Lite has no operation for.
    powers = tf.tanh(logits / 2.0) * (tf.exp(logits) + 1.0)
    mean = tf.reduce_mean(powers, axis=-1, keepdims=True)
    return (powers - mean) / (1.0 + mean) / len(phantoms)
