"""Shared networks of dense layers: weights as they start, and their decay."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from aspn_tf.methods import dense


def test_weights_fill_the_interval_that_their_inputs_tell():
    keras.utils.set_random_seed(0)
    layer = keras.layers.Dense(
        400, kernel_initializer=dense.uniform_by_inputs()
    )
    layer.build((None, 25))
    dense.draw_biases(layer)
    for weights in layer.get_weights():
        assert 0.19 < np.abs(weights).max() <= 0.2
        assert weights.std() == pytest.approx(0.2 / 3**0.5, rel=0.1)


def test_the_gradient_of_half_the_squares_is_the_weights():
    weights = [tf.Variable([1.0, -2.0]), tf.Variable(3.0)]
    with tf.GradientTape() as tape:
        half = dense.half_squares(weights)
    assert float(half) == 7.0
    for slope, weight in zip(tape.gradient(half, weights), weights):
        np.testing.assert_array_equal(slope, weight)


def test_a_prototype_network_is_two_layers_of_semantics():
    network = dense.PrototypeNetwork(3, 2, 5, output="relu")
    kernel, bias, out, last = network.get_weights()
    rows = np.random.default_rng(0).normal(size=(4, 3)).astype(np.float32)
    hidden = np.maximum(rows @ kernel + bias, 0.0)
    wanted = np.maximum(hidden @ out + last, 0.0)
    np.testing.assert_allclose(network(rows), wanted, atol=1e-6)
    assert network.semantics_width == 3
