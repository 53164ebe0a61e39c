"""The linear layers beside the GANs."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from aspn_tf.methods.linear_softmax import (
    Linear,
    Softmax,
    cross_entropy,
    squared_distance,
)

FEATURES = tf.constant([[1.0, 0.0], [0.0, 1.0]] * 50)
LABELS = tf.constant([0, 2] * 50, tf.int64)


def weights(layer):
    return [variable.numpy() for variable in layer.layer.variables]


def test_losses_by_hand():
    uniform = cross_entropy(tf.constant([0, 1]), tf.zeros((2, 4)))
    assert float(uniform) == pytest.approx(np.log(4.0))
    # (1 + 4) and (0 + 9), averaged over the examples.
    distance = squared_distance(
        tf.constant([[1.0, 2.0], [0.0, 3.0]]), tf.zeros((2, 2))
    )
    assert float(distance) == pytest.approx(7.0)


def test_a_fit_is_the_same_whenever_it_is_made():
    softmax = Softmax(2, 3, [0, 2], 0, "softmax")
    softmax.fit(FEATURES, LABELS, epochs=2, batch_size=10)
    first = weights(softmax)
    softmax.fit(FEATURES, LABELS, epochs=100, batch_size=10)
    assert (softmax(FEATURES).numpy().argmax(1) == LABELS.numpy()).all()
    softmax.fit(FEATURES, LABELS, epochs=2, batch_size=10)
    for before, after in zip(first, weights(softmax), strict=True):
        np.testing.assert_array_equal(before, after)


def test_another_seed_is_another_fit():
    one, other = (Softmax(2, 3, [0, 2], seed, "softmax") for seed in (0, 1))
    for softmax in (one, other):
        softmax.fit(FEATURES, LABELS, epochs=1, batch_size=10)
    assert not np.array_equal(weights(one)[0], weights(other)[0])


def test_steps_are_those_of_keras_adam():
    stream = np.random.default_rng(0)
    features = tf.constant(stream.normal(size=(6, 3)), tf.float32)
    targets = tf.constant(stream.normal(size=(6, 2)), tf.float32)
    linear = Linear(3, np.zeros(2), 0.05, 0.9, seed=1, name="linear")
    linear.fit(features, targets, epochs=0, batch_size=6)
    layer = keras.layers.Dense(2)
    layer.build((None, 3))
    layer.set_weights(linear.layer.get_weights())
    optimizer = keras.optimizers.Adam(0.05)
    for _ in range(7):
        with tf.GradientTape() as tape:
            loss = squared_distance(targets, layer(features))
        variables = layer.trainable_variables
        optimizer.apply(tape.gradient(loss, variables), variables)
    linear.fit(features, targets, epochs=7, batch_size=6)
    for found, wanted in zip(weights(linear), layer.variables, strict=True):
        np.testing.assert_allclose(found, wanted, rtol=1e-5, atol=1e-7)


def test_the_last_batch_of_a_pass_may_be_short():
    linear = Linear(2, np.zeros(1), 0.1, 0.9, seed=0, name="linear")
    targets = FEATURES[:, :1] - 2.0 * FEATURES[:, 1:]
    linear.fit(FEATURES[:9], targets[:9], epochs=300, batch_size=4)
    np.testing.assert_allclose(linear(FEATURES), targets, atol=1e-2)


def test_absent_classes_are_out_of_the_loss_and_never_move():
    softmax = Softmax(2, 3, [1], 0, "softmax")
    loss = softmax.loss(tf.ones((4, 2)), tf.ones(4, tf.int64))
    assert float(loss) == pytest.approx(0.0, abs=1e-6)
    softmax = Softmax(2, 3, [0, 2], 0, "softmax")
    softmax.fit(FEATURES, LABELS, epochs=0, batch_size=10)
    kernel, bias = weights(softmax)
    softmax.fit(FEATURES, LABELS, epochs=3, batch_size=10)
    moved, moved_bias = weights(softmax)
    np.testing.assert_array_equal(moved[:, 1], kernel[:, 1])
    assert moved_bias[1] == bias[1] == np.float32(-1e9)
    assert (moved[:, [0, 2]] != kernel[:, [0, 2]]).all()


def test_layers_of_every_size_are_trained_by_one_compiled_function():
    for width, count in ((2, 3), (2, 5), (4, 3)):
        softmax = Softmax(width, count, np.arange(count), 0, "softmax")
        softmax.fit(tf.ones((7, width)), tf.zeros(7, tf.int64), 1, count)
    assert Softmax._passes.experimental_get_tracing_count() == 1


def test_it_is_float32_under_every_policy():
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        softmax = Softmax(2, 3, [0, 2], 0, "softmax")
    finally:
        keras.config.set_dtype_policy("float32")
    assert softmax(FEATURES).dtype == tf.float32


def test_its_affine_form_gives_its_logits():
    softmax = Softmax(2, 3, [0, 2], 0, "softmax")
    softmax.fit(FEATURES, LABELS, epochs=5, batch_size=10)
    kernel, bias = softmax.affine()
    assert kernel.dtype == bias.dtype == np.float64
    np.testing.assert_allclose(
        FEATURES.numpy() @ kernel + bias, softmax(FEATURES), rtol=1e-5
    )
