"""The linear layers that the GANs train beside their networks.

They are float32 whatever the dtype policy, as is every loss. Their training
is a function of its inputs alone, compiled once for all layers and sizes.
"""

import keras
import numpy as np
import tensorflow as tf

ABSENT = -1e9
BETA_2, EPSILON = 0.999, 1e-7  # Adam's


def cross_entropy(labels, logits):
    """-log P(y | x), the mean over the examples."""
    return tf.reduce_mean(
        tf.nn.sparse_softmax_cross_entropy_with_logits(labels, logits)
    )


def squared_distance(targets, outputs):
    """||t - o||^2, the mean over the examples."""
    square = tf.math.squared_difference(targets, outputs)
    return tf.reduce_mean(tf.reduce_sum(square, axis=-1))


def _compiled(loss, targets):
    """The passes of Adam that bring down a loss, as one compiled function.

    Args:
      loss: callable (targets, outputs) -> scalar.
      targets: their `tf.TensorSpec`.
    """
    matrix, vector = (
        tf.TensorSpec((None,) * rank, tf.float32) for rank in (2, 1)
    )
    number, integer = (tf.TensorSpec((), t) for t in (tf.float32, tf.int64))

    def gradients_of(features, targets, weights):
        with tf.GradientTape() as tape:
            tape.watch(weights)
            value = loss(targets, tf.matmul(features, weights[0]) + weights[1])
        return tape.gradient(value, weights)

    @tf.function(
        input_signature=(
            *(matrix, targets, matrix, vector),
            *(integer, integer, number, number, integer),
        )
    )
    def passes(
        features, targets, kernel, bias, epochs, batch_size, rate, beta_1, seed
    ):
        """The weights after so many passes, from these."""
        weights = [kernel, bias]
        means = [tf.zeros_like(weight) for weight in weights]
        squares = [tf.zeros_like(weight) for weight in weights]
        rising, falling = 1.0, 1.0
        count = tf.shape(features, tf.int64)[0]
        for epoch in tf.range(epochs):
            keys = tf.random.stateless_uniform((count,), (seed, epoch))
            order = tf.argsort(keys)
            for start in tf.range(0, count, batch_size):
                rows = order[start : start + batch_size]
                gradients = gradients_of(
                    tf.gather(features, rows), tf.gather(targets, rows), weights
                )
                rising, falling = rising * beta_1, falling * BETA_2
                speed = rate * tf.sqrt(1.0 - falling) / (1.0 - rising)
                means = [
                    mean + (1.0 - beta_1) * (gradient - mean)
                    for mean, gradient in zip(means, gradients)
                ]
                squares = [
                    square + (1.0 - BETA_2) * (gradient**2 - square)
                    for square, gradient in zip(squares, gradients)
                ]
                weights = [
                    weight - speed * mean / (tf.sqrt(square) + EPSILON)
                    for weight, mean, square in zip(weights, means, squares)
                ]
        return weights

    return passes


class Linear(tf.Module):
    """One linear layer, trained by Adam on shuffled batches.

    What it draws follows from the seed alone, so that a fit is the same
    whenever it is made.

    Args:
      feature_width: d.
      bias: (m,), where the bias starts.
      learning_rate: Adam's.
      beta_1: Adam's.
      seed: of the initial weights, N(0, 0.02), and of the order of examples.
      name: of the layer.
    """

    measure = staticmethod(squared_distance)
    _passes = staticmethod(
        _compiled(squared_distance, tf.TensorSpec((None, None), tf.float32))
    )

    def __init__(self, feature_width, bias, learning_rate, beta_1, seed, name):
        super().__init__(name=name)
        self.layer = keras.layers.Dense(
            len(bias), kernel_initializer="zeros", dtype="float32", name=name
        )
        self.layer.build((None, feature_width))
        self.layer.bias.assign(bias)
        self._bias = bias.astype(np.float32)
        self._adam = np.float32(learning_rate), np.float32(beta_1)
        self._seed = seed

    def __call__(self, features):
        """The output (n, m) of features (n, d)."""
        return self.layer(features)

    def loss(self, features, targets):
        """What `fit` brings down, of features (n, d) and their targets."""
        return self.measure(targets, self(features))

    def fit(self, features, targets, epochs, batch_size):
        """Trains from the initial weights.

        Args:
          features: float32 tensor (n, d).
          targets: float32 (n, m), or int64 (n,) for a `Softmax`.
          epochs: passes over the examples.
          batch_size: examples a step.
        """
        variables = self.layer.trainable_variables
        start = tf.random.stateless_normal(
            variables[0].shape, np.array([self._seed, -1]), stddev=0.02
        )
        trained = self._passes(
            features,
            targets,
            start,
            self._bias,
            epochs,
            batch_size,
            *self._adam,
            self._seed,
        )
        for variable, value in zip(variables, trained, strict=True):
            variable.assign(value)


class Softmax(Linear):
    """A classifier over the training label space, for some of its classes.

    Args:
      feature_width: d.
      class_count: C, the width of the output.
      classes: ids of the classes that take part. The bias of the others is
        -1e9, so that they have no share in the loss and never move.
      seed: see `Linear`.
      name: of the layer.
    """

    measure = staticmethod(cross_entropy)
    _passes = staticmethod(
        _compiled(cross_entropy, tf.TensorSpec((None,), tf.int64))
    )

    def __init__(self, feature_width, class_count, classes, seed, name):
        bias = np.full(class_count, ABSENT)
        bias[classes] = 0.0
        super().__init__(feature_width, bias, 1e-3, 0.5, seed, name)

    def affine(self):
        """Its weights (d, C) and bias (C,), float64."""
        return tuple(
            variable.numpy().astype(np.float64)
            for variable in self.layer.trainable_variables
        )
