"""The closed-form starts against NumPy."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from aspn_tf.methods.aspn import start
from aspn_tf.model.aspn import ASPN
from aspn_tf.model.networks import Generator

RIDGE = 0.1


@pytest.mark.parametrize("count", [5, 40])
def test_output_layer_is_the_ridge_regression_on_hidden_activations(count):
    random = np.random.RandomState(0)
    inputs = random.normal(size=(count, 6)).astype(np.float32)
    targets = random.normal(size=(count, 4)).astype(np.float32)
    network = Generator(4, 2, 4, hidden_width=20)
    start.solve(network, inputs, targets, RIDGE)
    hidden = network.hidden(inputs).numpy().astype(np.float64)
    size = min(count, 20)
    weight = RIDGE * (hidden**2).sum() / size
    expected = np.linalg.solve(
        hidden.T @ hidden + weight * np.eye(20), hidden.T @ targets
    )
    np.testing.assert_allclose(network.out.kernel, expected, atol=2e-4)


def test_prototypes_of_seen_classes_start_near_their_means():
    keras.utils.set_random_seed(0)
    random = np.random.RandomState(0)
    semantics = random.normal(size=(6, 5)).astype(np.float32)
    means = tf.constant(random.normal(size=(4, 3)), tf.float32)
    labels = np.repeat(np.arange(4), 2)
    features = tf.repeat(means, 2, axis=0)
    model = ASPN(semantics, np.arange(4), 3, hidden_width=300)
    start.start(model, features, labels, means, 1e-3)
    prototypes = model.prototypes(model.class_semantics)[:4]
    assert np.abs(prototypes - means).max() < 0.1
    inferred, noise = model.decoder(features)
    assert np.abs(inferred - semantics[labels]).max() < 0.2
    np.testing.assert_allclose(noise, 0.0, atol=1e-4)


def test_a_model_without_decoder_starts_too():
    semantics = np.eye(3, dtype=np.float32)
    model = ASPN(
        semantics, np.arange(2), 2, semantic_weight=0.0, cycle_weight=0.0
    )
    means = tf.eye(2)
    start.start(model, tf.eye(2), np.arange(2), means, 0.1)
    assert np.abs(model.generator.out.kernel).max() > 0
