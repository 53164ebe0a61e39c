"""What the closed-form baselines have in common."""

import tensorflow as tf

from aspn_tf.method import Method


class ClosedForm(Method):
    """One linear map between features and semantics, solved in float64.

    A setting names its regularisers; `classify` is all that differs between
    known classes and others.
    """

    trained_in_epochs = False

    def build(self, benchmark, shape):
        """Makes the variables: the map, of a shape, and the semantics."""
        self.projection = tf.Variable(tf.zeros(shape), name="projection")
        self.class_semantics = tf.Variable(
            benchmark.semantics,
            dtype=tf.float32,
            trainable=False,
            name="class_semantics",
        )

    def scores(self, features):
        """Those of `classify` in the training label space, (n, C)."""
        return self.classify(features, self.class_semantics)


def unit(rows):
    """Rows of length 1, float32; a row of zeros stays."""
    return tf.math.l2_normalize(tf.cast(rows, tf.float32), axis=-1)
