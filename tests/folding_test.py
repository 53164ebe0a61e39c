"""What is computed once at export leaves the results as they were."""

import numpy as np
import pytest
import tensorflow as tf

from aspn_tf import folding

SPEC = tf.TensorSpec((None, 3), tf.float32)
KERNEL = tf.Variable([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])
FEATURES = np.array([[1.0, -2.0, 0.5], [0.0, 3.0, 1.0]], np.float32)


def linear(features):
    return tf.matmul(features, tf.exp(KERNEL)) + tf.reduce_sum(KERNEL)


def curved(features):
    unit = tf.math.l2_normalize(features, axis=-1)
    return tf.matmul(unit, tf.math.sqrt(KERNEL))


@pytest.mark.parametrize("function", [linear, curved])
def test_the_folded_function_equals_the_function(function):
    folded, _ = folding.fold(function, SPEC)
    np.testing.assert_array_equal(folded(FEATURES), function(FEATURES))


def test_what_the_argument_does_not_change_is_a_constant():
    _, constants = folding.fold(curved, SPEC)
    assert [constant.shape for constant in constants] == [(3, 2)]
    np.testing.assert_array_equal(constants[0], tf.math.sqrt(KERNEL))


def test_a_function_of_the_argument_alone_has_no_constants():
    folded, constants = folding.fold(tf.nn.relu, SPEC)
    assert constants == []
    np.testing.assert_array_equal(folded(FEATURES), np.maximum(FEATURES, 0))


def test_an_affine_function_is_its_weights_and_bias():
    weights, bias = folding.affine(linear, 3)
    np.testing.assert_allclose(weights, np.exp(KERNEL.numpy()), rtol=1e-6)
    np.testing.assert_allclose(bias, [21.0, 21.0])


@pytest.mark.parametrize("function", [curved, tf.nn.relu, tf.square])
def test_other_functions_are_not_affine(function):
    assert folding.affine(function, 3) is None
