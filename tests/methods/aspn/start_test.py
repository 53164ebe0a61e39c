"""The closed-form starts against NumPy."""

import keras
import numpy as np
import pytest

from aspn_tf.methods.aspn import start
from aspn_tf.model.networks import Decoder, Generator

RIDGE = 0.1


@pytest.mark.parametrize("count", [5, 40])
def test_output_layer_is_the_ridge_regression_on_hidden_activations(count):
    random = np.random.RandomState(0)
    inputs = random.normal(size=(count, 6)).astype(np.float32)
    targets = random.normal(size=(count, 4)).astype(np.float32)
    network = Generator(4, 2, 4, hidden_width=20)
    hidden = network.hidden(inputs).numpy().astype(np.float64)
    start.solve(network, hidden, targets, RIDGE)
    size = min(count, 20)
    weight = RIDGE * (hidden**2).sum() / size
    expected = np.linalg.solve(
        hidden.T @ hidden + weight * np.eye(20), hidden.T @ targets
    )
    np.testing.assert_allclose(network.out.kernel, expected, atol=2e-4)


def test_every_class_starts_at_the_prototype_it_is_given():
    keras.utils.set_random_seed(0)
    random = np.random.RandomState(0)
    semantics = random.normal(size=(6, 5)).astype(np.float32)
    wanted = random.normal(size=(6, 3)).astype(np.float32)
    generator = Generator(5, 2, 3, hidden_width=300)
    start.start_generator(generator, semantics, wanted)
    np.testing.assert_allclose(
        generator.prototypes(semantics), wanted, atol=1e-3
    )


def test_classes_whose_semantics_are_alike_start_at_finite_prototypes():
    generator = Generator(5, 2, 3, hidden_width=300)
    start.start_generator(
        generator, np.ones((4, 5), np.float32), np.ones((4, 3), np.float32)
    )
    prototypes = generator.prototypes(np.ones((1, 5), np.float32))
    np.testing.assert_allclose(prototypes, [[1.0] * 3], atol=1e-3)


def test_the_decoder_starts_near_the_semantics_of_each_example():
    keras.utils.set_random_seed(0)
    random = np.random.RandomState(0)
    semantics = random.normal(size=(4, 5)).astype(np.float32)
    features = random.normal(size=(4, 3)).astype(np.float32)
    decoder = Decoder(3, 5, 2, hidden_width=300)
    hidden = decoder.hidden(features)
    start.start_decoder(decoder, hidden, semantics, 1e-4)
    inferred, noise = decoder(features)
    assert np.abs(inferred - semantics).max() < 0.2
    np.testing.assert_allclose(noise, 0.0, atol=1e-4)
