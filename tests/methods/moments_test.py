"""Moments against the examples themselves."""

import numpy as np
import pytest

from aspn_tf.methods import moments
from aspn_tf.methods.moments import Moments


def examples(offset=0.0, classes=7):
    stream = np.random.default_rng(0)
    labels = stream.choice(np.arange(classes) * 2, 90)
    centres = 3.0 * stream.normal(size=(2 * classes, 5))
    features = centres[labels] + stream.normal(size=(90, 5)) * [1, 2, 3, 4, 5]
    return (features + offset).astype(np.float32), labels


def by_hand(features, labels):
    """The pooled within-class covariance."""
    features = features.astype(np.float64)
    residuals = [
        features[labels == c] - features[labels == c].mean(0)
        for c in np.unique(labels)
    ]
    residual = np.concatenate(residuals)
    return residual.T @ residual / len(residual)


def test_counts_and_means_are_those_of_each_class():
    features, labels = examples()
    found = Moments(features, labels)
    for at, c in enumerate(found.classes):
        own = features[labels == c].astype(np.float64)
        assert found.counts[at] == len(own)
        np.testing.assert_allclose(found.means[at], own.mean(0), rtol=1e-6)
    np.testing.assert_allclose(
        found.origin, features.astype(np.float64).mean(0), rtol=1e-6
    )


@pytest.mark.parametrize("without", [None, 0, 1, 2])
@pytest.mark.parametrize("offset", [0.0, 1e4])
def test_the_covariance_without_a_group_is_that_of_the_others(without, offset):
    features, labels = examples(offset)
    found = Moments(features, labels, groups=3)
    out = np.zeros(len(labels), bool)
    if without is not None:
        out = np.isin(labels, found.classes[without::3])
    np.testing.assert_allclose(
        found.covariance(without),
        by_hand(features[~out], labels[~out]),
        rtol=1e-3,
        atol=1e-3,
    )


def test_rows_in_parts_make_the_same_moments(monkeypatch):
    features, labels = examples()
    whole = Moments(features, labels, groups=2).covariance()
    monkeypatch.setattr(moments, "ROWS", 4)
    parts = Moments(features, labels, groups=2).covariance()
    np.testing.assert_allclose(parts, whole, rtol=1e-5, atol=1e-5)


def test_more_groups_than_classes_leave_some_empty():
    features, labels = examples(classes=2)
    found = Moments(features, labels, groups=3)
    assert found.kept(2).all()
    np.testing.assert_allclose(found.covariance(2), found.covariance())
