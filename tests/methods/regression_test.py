"""Kernel regression from semantics, against what it stands for."""

import numpy as np
import pytest

from aspn_tf.methods.regression import Regression, arc_cosine


def test_arc_cosine_is_the_kernel_of_many_rectified_units():
    random = np.random.RandomState(0)
    left, right = random.normal(size=(4, 6)), random.normal(size=(3, 6))
    units = random.normal(size=(6, 200_000))
    hidden = [np.maximum(rows @ units, 0.0) for rows in (left, right)]
    lengths = [np.linalg.norm(rows, axis=1) for rows in (left, right)]
    expected = 2 * hidden[0] @ hidden[1].T / units.shape[1]
    expected /= np.outer(*lengths)
    np.testing.assert_allclose(arc_cosine(left, right), expected, atol=0.02)


def some(classes=7, width=5, outputs=3, seed=0):
    stream = np.random.default_rng(seed)
    return (
        stream.normal(size=(classes, width)),
        stream.normal(size=(classes, outputs)),
    )


@pytest.mark.parametrize("ridge", [0.01, 0.3])
def test_an_error_is_that_of_a_regression_without_the_class(ridge):
    semantics, targets = some()
    errors = Regression(semantics, ridge).errors(targets)
    for left_out in range(len(semantics)):
        others = np.arange(len(semantics)) != left_out
        alone = Regression(semantics[others], ridge)
        predicted = alone.predict(semantics[[left_out]], targets[others])
        np.testing.assert_allclose(
            errors[left_out], (targets[left_out] - predicted)[0], rtol=1e-8
        )


def test_known_classes_are_given_back_without_a_ridge():
    semantics, targets = some()
    found = Regression(semantics, 1e-10).predict(semantics, targets)
    np.testing.assert_allclose(found, targets, atol=1e-6)


def test_two_opposite_classes_by_hand():
    # Angles 0 and pi: the kernel is the identity, so that with a ridge of 1 a
    # class keeps half of its own target and has nothing from the other.
    semantics = np.array([[1.0, 0.0], [-3.0, 0.0]])
    regression = Regression(semantics, 1.0)
    targets = np.array([[4.0], [-2.0]])
    np.testing.assert_allclose(
        regression.predict(semantics, targets), [[2.0], [-1.0]], atol=1e-12
    )
    np.testing.assert_allclose(regression.errors(targets), targets, atol=1e-12)
    # At a right angle to both the kernel is 1 / pi.
    across = regression.predict(np.array([[0.0, 5.0]]), targets)
    np.testing.assert_allclose(across, [[1.0 / np.pi]], rtol=1e-12)


def test_semantics_that_are_all_zeros_give_finite_numbers():
    regression = Regression(np.zeros((3, 2)), 0.1)
    assert np.isfinite(regression.errors(np.eye(3))).all()
