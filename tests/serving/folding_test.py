"""What is computed once at export leaves the results as they were."""

import numpy as np
import pytest
import tensorflow as tf

from aspn_tf.serving import folding

SPEC = tf.TensorSpec((None, 3), tf.float32)
KERNEL = tf.Variable([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])
FEATURES = np.array([[1.0, -2.0, 0.5], [0.0, 3.0, 1.0]], np.float32)


def linear(features):
    return tf.matmul(features, tf.exp(KERNEL)) + tf.reduce_sum(KERNEL)


def curved(features):
    unit = tf.math.l2_normalize(features, axis=-1)
    return tf.matmul(unit, tf.math.sqrt(KERNEL))


def bent_far_away(features):
    return tf.nn.relu(tf.matmul(features, KERNEL) - 1e5)


@pytest.mark.parametrize("function", [linear, curved, bent_far_away])
@pytest.mark.parametrize("scale", [1e-6, 1.0, 1e6])
def test_the_folded_function_equals_the_function(function, scale):
    folded, _ = folding.fold(function, SPEC)
    rows = FEATURES * np.float32(scale)
    np.testing.assert_array_equal(folded(rows), function(rows))


def test_what_the_argument_does_not_change_is_a_constant():
    _, constants = folding.fold(curved, SPEC)
    assert [constant.shape for constant in constants] == [(3, 2)]
    np.testing.assert_array_equal(constants[0], tf.math.sqrt(KERNEL))


def test_a_function_of_the_argument_alone_has_no_constants():
    folded, constants = folding.fold(tf.nn.relu, SPEC)
    assert constants == []
    np.testing.assert_array_equal(folded(FEATURES), np.maximum(FEATURES, 0))
