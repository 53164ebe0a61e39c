"""The linear softmax classifier that CLSWGAN trains, three times over."""

import keras
import numpy as np
import tensorflow as tf

LEARNING_RATE = 1e-3
BETA_1 = 0.5
ABSENT = -1e9


class Softmax(tf.Module):
    """One linear layer over the training label space, for some of its classes.

    Args:
      feature_width: d.
      class_count: C, the width of the output.
      classes: ids of the classes that take part; the scores of the others
        are -1e9, and their weights stay as they began.
      random: a `tf.random.Generator` for the initial weights, N(0, 0.02),
        and the order of the examples.
      name: of the module.
    """

    def __init__(self, feature_width, class_count, classes, random, name):
        """Makes the weights and the optimizer."""
        super().__init__(name=name)
        self.layer = keras.layers.Dense(class_count, name=name)
        self.layer.build((None, feature_width))
        self.layer.kernel.assign(
            random.normal((feature_width, class_count), stddev=0.02)
        )
        absent = np.full(class_count, ABSENT, np.float32)
        absent[classes] = 0.0
        self.absent = tf.constant(absent)
        self.random = random
        self.optimizer = keras.optimizers.Adam(LEARNING_RATE, beta_1=BETA_1)
        self.optimizer.build(self.layer.trainable_variables)
        self._state = self.layer.variables + self.optimizer.variables
        self._start = [variable.numpy() for variable in self._state]

    def __call__(self, features):
        """Logits (n, C) of features (n, d)."""
        return self.layer(features) + self.absent

    def loss(self, features, labels):
        """-log P(y | x), the mean over the examples."""
        return tf.reduce_mean(
            tf.nn.sparse_softmax_cross_entropy_with_logits(
                labels, self(features)
            )
        )

    def fit(self, features, labels, epochs, batch_size):
        """Trains from the initial weights again.

        Args:
          features: float32 tensor (n, d).
          labels: int64 tensor (n,).
          epochs: passes over the examples.
          batch_size: examples a step.
        """
        for variable, start in zip(self._state, self._start, strict=True):
            variable.assign(start)
        for _ in range(epochs):
            self._pass(features, labels, tf.constant(batch_size))

    @tf.function(reduce_retracing=True)
    def _pass(self, features, labels, batch_size):
        count = tf.shape(labels)[0]
        order = tf.argsort(self.random.uniform((count,)))
        for start in tf.range(0, count, batch_size):
            rows = order[start : start + batch_size]
            with tf.GradientTape() as tape:
                loss = self.loss(
                    tf.gather(features, rows), tf.gather(labels, rows)
                )
            weights = self.layer.trainable_variables
            self.optimizer.apply(tape.gradient(loss, weights), weights)
