"""What the closed-form comparators have in common."""

import tensorflow as tf

from aspn_tf.methods.base import Method


class ClosedForm(Method):
    """One linear map between features and semantics, solved in float64.

    A state, and its only use, names the regularisers; `compatibility` with
    any classes is all there is to the scores. Nothing is drawn.
    """

    closed_form = True
    partitions = 5

    def __init__(self, view, settings, seed=0):
        super().__init__(view, settings, seed)
        self.class_semantics = tf.constant(view.semantics, tf.float32)

    def rounds(self, setting=None):
        """Every point of the grid, or the one that a setting is."""
        return self._grid() if setting is None else [setting]

    def heads(self, features):
        """Those of `open_heads` in the training label space."""
        return self.open_heads(features, self.class_semantics)

    def open_heads(self, features, semantics):
        """The compatibility with any classes, {"compatibility": (n, m)}."""
        return {"compatibility": self.compatibility(features, semantics)}

    def abilities(self):
        """Prototypes and scores against any classes."""
        return {"prototypes": self.prototypes, "classify": self.classify}

    def prototypes(self, semantics):
        """What the classes are in feature space, (m, d)."""
        raise NotImplementedError

    def compatibility(self, features, semantics):
        """Scores (n, m) of features (n, d) against semantics (m, q)."""
        raise NotImplementedError

    def _grid(self):
        """The states that the settings leave open, at least one."""
        raise NotImplementedError


def unit(rows):
    """Rows of length 1, float32; a row of zeros stays."""
    return tf.math.l2_normalize(tf.cast(rows, tf.float32), axis=-1)


def cosine(features, semantics):
    """The cosine (n, m) of features (n, d) and semantics (m, d)."""
    return tf.matmul(unit(features), unit(semantics), transpose_b=True)
