"""Intervals by hand, against scipy's bootstrap and against a simulation."""

import time

import numpy as np
import pytest
import scipy.stats
from score_tables import benchmark_of

from aspn_tf.evaluation import intervals

SIZES = {1: 30, 4: 10, 0: 25, 2: 8, 3: 12}  # rows of each class


@pytest.fixture
def benchmark():
    """Two unseen and three seen classes of unlike sizes."""
    seen, unseen = (
        np.repeat(classes, [SIZES[label] for label in classes])
        for classes in ([0, 2, 3], [1, 4])
    )
    return benchmark_of(
        np.zeros((len(seen), 5)), seen, np.zeros((len(unseen), 5)), unseen
    )


@pytest.fixture
def right(benchmark):
    draw = np.random.default_rng(3)
    unseen = len(benchmark.test_unseen.labels)
    return {
        "T": draw.random(unseen) < 0.8,
        "u": draw.random(unseen) < 0.5,
        "s": draw.random(len(benchmark.test_seen.labels)) < 0.7,
    }


def test_where_all_is_right_or_wrong_the_interval_is_a_point(right, benchmark):
    right["T"][:] = True
    right["u"][:] = False
    found = intervals.of(right, benchmark)
    assert found["T"] == [100.0, 100.0]
    assert found["u"] == found["H"] == [0.0, 0.0]
    assert found["s"][0] < found["s"][1]


def test_a_class_all_right_adds_a_constant(right, benchmark):
    labels = benchmark.test_unseen.labels
    right["T"] = (labels == 1) | (np.arange(len(labels)) % 2 == 0)
    values = intervals.resampled([right], benchmark)["T"]
    assert values.min() >= 50.0 and values.max() <= 100.0
    # The other has 10 rows, 5 of them right.
    steps = np.round((values - 50.0) / 5.0, 9)
    np.testing.assert_array_equal(steps, steps.round())
    assert values.std() == pytest.approx(50 * (0.25 / 10) ** 0.5, rel=0.06)


def test_the_ends_are_those_of_scipys_bootstrap(right, benchmark):
    sides = {
        "T": benchmark.test_unseen.labels,
        "u": benchmark.test_unseen.labels,
        "s": benchmark.test_seen.labels,
    }
    samples = {
        name: [1.0 * right[name][labels == one] for one in np.unique(labels)]
        for name, labels in sides.items()
    }

    def rate(*rows, axis=-1):
        return 100.0 * np.mean([one.mean(axis) for one in rows], axis=0)

    def h(*rows, axis=-1):
        u, s = rate(*rows[:2], axis=axis), rate(*rows[2:], axis=axis)
        return 2.0 * u * s / (u + s)

    found = intervals.of(right, benchmark)
    asked = [(name, rate, rows) for name, rows in samples.items()]
    asked.append(("H", h, samples["u"] + samples["s"]))
    for name, statistic, rows in asked:
        theirs = scipy.stats.bootstrap(
            rows,
            statistic,
            n_resamples=4000,
            method="percentile",
            rng=np.random.default_rng(1),
        ).confidence_interval
        assert found[name] == pytest.approx(list(theirs), abs=2.0), name


def test_it_covers_the_truth_as_often_as_it_says():
    """200 data sets of known rates; 95 % of intervals should hold them."""
    draw = np.random.default_rng(0)
    benchmark = benchmark_of(
        np.zeros((3, 5)),
        [0, 2, 3],
        np.zeros((120, 5)),
        np.repeat([1, 4], [80, 40]),
    )
    rates = np.where(benchmark.test_unseen.labels == 1, 0.7, 0.4)
    held = 0
    for _ in range(200):
        found = draw.random(120) < rates
        right = {"T": found, "u": found, "s": np.ones(3, bool)}
        low, high = intervals.of(right, benchmark)["T"]
        held += low <= 55.0 <= high
    assert 0.90 <= held / 200 <= 0.99


def test_the_same_seed_gives_the_same_ends(right, benchmark):
    first, again, other = (
        intervals.of(right, benchmark, seed) for seed in (0, 0, 1)
    )
    assert first == again != other


def test_identical_predictions_differ_by_nothing(right, benchmark):
    values = intervals.resampled([right, right], benchmark)
    for found in values.values():
        assert intervals.ends(found[:, 1] - found[:, 0]) == [0.0, 0.0]


def test_a_pair_is_resampled_together(right, benchmark):
    """One row apart, the difference is that row's: 0, 1, 2, ... times."""
    other = {name: rows.copy() for name, rows in right.items()}
    row = int(
        np.flatnonzero(~right["T"] & (benchmark.test_unseen.labels == 1))[0]
    )
    other["T"][row] = True
    values = intervals.resampled([right, other], benchmark)["T"]
    times = (values[:, 1] - values[:, 0]) / (100.0 / 30 / 2)
    np.testing.assert_allclose(times, times.round(), atol=1e-9)
    assert times.min() == 0.0
    # Drawn 30 times of 30 rows: absent with probability (29 / 30)^30.
    assert (times < 0.5).mean() == pytest.approx((29 / 30) ** 30, abs=0.04)


def test_the_size_of_a_fine_grained_benchmark_takes_no_time():
    draw = np.random.default_rng(0)
    labels = [np.repeat(np.arange(n), 25) for n in (50, 150)]
    right = [draw.random((len(one), 1)) < 0.6 for one in labels]
    start = time.process_time()
    for one, found in zip(labels, right, strict=True):
        intervals._rates(draw, one, found, intervals.RESAMPLES)
    assert time.process_time() - start < 0.5
