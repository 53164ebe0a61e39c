"""Statistics against the formulas on all rows at once."""

import pickle

import numpy as np
import pytest

from aspn_tf.data import statistics
from aspn_tf.data.statistics import Statistics
from aspn_tf.errors import InputError
from aspn_tf.methods.moments import Moments

CLASSES, WIDTH, GROUPS = np.array([2, 3, 5, 7, 11]), 6, 2


def rows(count, seed=0):
    """Rows far from the origin, a third of them of one class."""
    stream = np.random.default_rng(seed)
    labels = stream.choice([*CLASSES, 7, 7], count)
    labels[: len(CLASSES)] = CLASSES
    features = stream.normal(labels[:, None] + 20.0, size=(count, WIDTH))
    return features.astype(np.float32), labels


def gathered(features, labels, groups=GROUPS):
    return Statistics(CLASSES, WIDTH, groups).add(features, labels)


def assert_same(found, wanted):
    for without in (None, *range(wanted.groups)):
        kept = np.isin(found.classes, wanted.classes[wanted.kept(without)])
        np.testing.assert_array_equal(found.kept(without), kept)
        np.testing.assert_allclose(
            found.covariance(without), wanted.covariance(without), atol=1e-5
        )
    np.testing.assert_array_equal(found.counts, wanted.counts)
    np.testing.assert_allclose(found.means, wanted.means, rtol=1e-12)
    np.testing.assert_allclose(found.origin, wanted.origin, rtol=1e-12)


def test_two_classes_by_hand():
    found = Statistics([4, 9], 2)
    found.add(np.array([[1, 0], [3, 0], [0, 5]]), [4, 4, 9])
    found.add(np.array([[0, -7]]), [9])
    np.testing.assert_array_equal(found.counts, [2, 2])
    np.testing.assert_array_equal(found.means, [[2, 0], [0, -1]])
    np.testing.assert_array_equal(found.origin, [1, -0.5])
    np.testing.assert_allclose(
        found.covariance(), np.diag([0.5, 18]), atol=1e-6
    )
    np.testing.assert_allclose(found.gram(), np.diag([10, 74]), atol=1e-6)
    assert found.largest == 7


@pytest.mark.parametrize("size", [1, 7, 300])
def test_batches_give_the_moments_of_all_rows(size):
    features, labels = rows(300)
    found = Statistics(CLASSES, WIDTH, GROUPS)
    for start in range(0, 300, size):
        part = slice(start, start + size)
        found.add(features[part], labels[part])
    assert_same(found, Moments(features, labels, GROUPS))
    own = features[~np.isin(labels, CLASSES[1::GROUPS])].astype(float)
    np.testing.assert_allclose(found.gram(without=1), own.T @ own, rtol=1e-6)
    assert found.largest == np.abs(features).max()


def test_parts_of_a_batch_give_the_same(monkeypatch):
    features, labels = rows(300)
    monkeypatch.setattr(statistics, "ROWS", 8)
    assert_same(gathered(features, labels), Moments(features, labels, GROUPS))


def test_merging_is_associative_and_commutative():
    parts = [rows(count, seed) for seed, count in enumerate((9, 200, 40))]
    a, b, c = (lambda part=part: gathered(*part) for part in parts)
    features, labels = (np.concatenate(both) for both in zip(*parts))
    wanted = Moments(features, labels, GROUPS)
    for found in (
        a().merge(b()).merge(c()),
        a().merge(b().merge(c())),
        c().merge(a()).merge(b()),
    ):
        assert_same(found, wanted)


def test_nothing_adds_nothing():
    features, labels = rows(30)
    empty = Statistics(CLASSES, WIDTH, GROUPS)
    empty.add(features[:0], labels[:0])
    wanted = Moments(features, labels, GROUPS)
    assert_same(gathered(features, labels).merge(empty), wanted)
    assert_same(empty.merge(gathered(features, labels)), wanted)


def test_merging_leaves_the_other_as_it_was():
    other = gathered(*rows(50, 1))
    before = pickle.dumps(other)
    Statistics(CLASSES, WIDTH, GROUPS).merge(other).merge(other)
    assert pickle.dumps(other) == before


def test_it_pickles():
    features, labels = rows(50)
    found = pickle.loads(pickle.dumps(gathered(features, labels)))
    assert_same(found, Moments(features, labels, GROUPS))


@pytest.mark.parametrize(
    ("features", "labels", "sentence"),
    [
        (np.ones((2, 5)), [2, 3], "shape"),
        (np.ones((2, WIDTH)), [2], "a label a row"),
        (np.ones((2, WIDTH)), [2, 4], "Received: 4"),
        (np.full((2, WIDTH), np.nan), [2, 3], "finite"),
        (np.full((2, WIDTH), np.inf), [2, 3], "finite"),
    ],
)
def test_a_batch_that_cannot_be_used_is_refused_whole(
    features, labels, sentence
):
    known = rows(30)
    found = gathered(*known)
    with pytest.raises(InputError, match=sentence):
        found.add(features, labels)
    assert_same(found, Moments(*known, GROUPS))


def test_a_class_without_an_example_has_no_mean():
    found = Statistics(CLASSES, WIDTH).add(np.ones((1, WIDTH)), [5])
    with pytest.raises(InputError, match="none of class 2, 4 such"):
        found.covariance()


def test_others_are_not_merged():
    found = gathered(*rows(30))
    for other in (
        Statistics(CLASSES[1:], WIDTH, GROUPS),
        Statistics(CLASSES, WIDTH, 3),
        Statistics(CLASSES, 5, GROUPS),
    ):
        with pytest.raises(InputError, match="same classes"):
            found.merge(other)
