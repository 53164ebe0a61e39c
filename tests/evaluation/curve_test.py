"""The seen-unseen curve, worked by hand and against brute force."""

import dataclasses

import numpy as np
import pytest
from score_tables import SEEN, UNSEEN, benchmark_of, random_benchmark

from aspn_tf.evaluation.curve import curve_of
from aspn_tf.evaluation.evaluator import measure
from aspn_tf.evaluation.scores import Scores


def of_rows(benchmark):
    """Scores that are the features themselves."""
    unseen = benchmark.test_unseen.features
    return Scores(benchmark.test_seen.features, unseen, unseen)


def shifted(scores, shift):
    """The same with a constant added to the scores of seen classes."""
    moved = [rows.copy() for rows in (scores.seen, scores.unseen)]
    for rows in moved:
        rows[:, SEEN] += np.float32(shift)
    return Scores(*moved, moved[1])


@pytest.fixture
def by_hand():
    """Ant, bee, cat, dog, elk; margins: seen 4 and 1, unseen 2 and -1."""
    return benchmark_of(
        [
            [9, 5, 0, 0, 0],  # ant, right up to a scalar of 4
            [0, 0, 3, 0, 2],  # cat, right up to 1
        ],
        [0, 2],
        [
            [5, 3, 0, 0, 0],  # bee, right from 2 on
            [4, 0, 0, 0, 5],  # elk, right from -1 on
        ],
        [1, 4],
    )


def test_the_curve_visits_every_step_by_hand(by_hand):
    curve = curve_of(of_rows(by_hand), by_hand)
    # Scalars below -1, from -1, 1, 2 and 4 on.
    np.testing.assert_allclose(curve.u, [0, 50, 50, 100, 100])
    np.testing.assert_allclose(curve.s, [100, 100, 50, 50, 0])
    assert curve.plain == (50.0, 100.0)
    # 50 x 100 and 50 x 50 of 100 x 100.
    assert curve.area == pytest.approx(75.0)
    assert measure(of_rows(by_hand), by_hand).ausuc == pytest.approx(75.0)


def test_an_example_wrong_among_its_own_classes_never_counts(by_hand):
    scores = of_rows(by_hand)
    unseen = scores.unseen.copy()
    unseen[0] = [5, 0, 0, 0, 3]  # bee, taken for elk at best
    curve = curve_of(Scores(scores.seen, unseen, unseen), by_hand)
    np.testing.assert_allclose(curve.u, [0, 50, 50, 50, 50])
    assert curve.area == pytest.approx(50.0)


def test_a_step_of_both_sides_at_once_is_a_straight_line(by_hand):
    seen = np.array([[2, 0, 0, 0, 0], [0, 0, 2, 0, 0]], np.float32)
    unseen = np.array([[2, 0, 0, 0, 0], [2, 0, 0, 0, 0]], np.float32)
    unseen[0, 4] = unseen[1, 1] = -1.0
    curve = curve_of(Scores(seen, unseen, unseen), by_hand)
    np.testing.assert_allclose(curve.u, [0, 100])
    np.testing.assert_allclose(curve.s, [100, 0])
    assert curve.area == pytest.approx(50.0)


@pytest.mark.parametrize("seed", range(4))
def test_every_point_is_what_the_evaluator_measures(seed):
    benchmark = random_benchmark(seed)
    scores = of_rows(benchmark)
    curve = curve_of(scores, benchmark)
    points = set(zip(curve.u.round(9), curve.s.round(9), strict=True))
    assert (np.diff(curve.u) >= 0).all() and (np.diff(curve.s) <= 0).all()
    assert curve.u[0] == 0.0 and curve.s[-1] == pytest.approx(0.0)
    for scalar in (-9.0, -1.03, 0.0, 0.507, 1.9, 9.0):
        found = measure(scores, benchmark, scalar)
        assert (round(found.u, 9), round(found.s, 9)) in points
        assert found.ausuc == curve.area
    plain = measure(scores, benchmark)
    assert curve.plain == pytest.approx((plain.u, plain.s))


@pytest.mark.parametrize("shift", [-7.5, 0.25, 3.0, 1e3])
def test_a_constant_added_to_seen_scores_changes_nothing(shift):
    benchmark = random_benchmark(1)
    scores = of_rows(benchmark)
    # Rounded, so that the addition is exact.
    rows = [np.round(one * 64) / 64 for one in (scores.seen, scores.unseen)]
    scores = Scores(*rows, rows[1])
    curve = curve_of(scores, benchmark)
    moved = curve_of(shifted(scores, shift), benchmark)
    assert moved.area == pytest.approx(curve.area, abs=1e-12)
    np.testing.assert_allclose(moved.u, curve.u)
    assert moved.plain != curve.plain


def test_thinned_it_keeps_its_ends():
    benchmark = random_benchmark(2)
    curve = curve_of(of_rows(benchmark), benchmark)
    thin = curve.thinned(10)
    assert len(thin.u) == len(thin.s) == 10
    for name in "us":
        whole, few = getattr(curve, name), getattr(thin, name)
        assert (few[0], few[-1]) == (whole[0], whole[-1])
    same = curve.thinned(10**6)
    np.testing.assert_array_equal(same.u, curve.u)
    report = measure(of_rows(benchmark), benchmark)
    assert dataclasses.asdict(report.curve)["plain"] == curve.plain


def test_classes_count_alike_whatever_their_sizes():
    # One ant and three cats; of the cats none is ever right.
    benchmark = benchmark_of(
        [[9, 0, 0, 0, 0], *[[9, 0, 1, 0, 0]] * 3],
        [0, 2, 2, 2],
        [[0, 1, 0, 0, 0], [0, 0, 0, 0, 1]],
        UNSEEN,
    )
    curve = curve_of(of_rows(benchmark), benchmark)
    assert curve.s[0] == pytest.approx(50.0)
    assert curve.area == pytest.approx(50.0)
