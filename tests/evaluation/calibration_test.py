"""The calibration against brute force."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from score_tables import SEEN, UNSEEN, Table, random_benchmark

from aspn_tf.evaluation.calibration import calibrate
from aspn_tf.evaluation.evaluator import Evaluator, measure
from aspn_tf.evaluation.scores import Scores


@pytest.fixture(params=range(4))
def benchmark(request):
    return random_benchmark(request.param)


def of_rows(benchmark):
    """Scores that are the features themselves."""
    unseen = benchmark.test_unseen.features
    return Scores(benchmark.test_seen.features, unseen, unseen)


def test_calibrate_finds_the_highest_h_of_a_fine_grid(benchmark):
    evaluator = Evaluator(Table(), benchmark)
    scores = evaluator.scores()
    chosen = calibrate(scores, benchmark)
    brute_force = max(
        evaluator.report(scores, point).H
        for point in np.linspace(-8.0, 8.0, 1601)
    )
    best = evaluator.report(scores, chosen).H
    assert best >= brute_force - 1e-9
    assert best > evaluator.report(scores).H


def test_calibrate_lies_between_steps(benchmark):
    evaluator = Evaluator(Table(), benchmark)
    scores = evaluator.scores()
    chosen = calibrate(scores, benchmark)
    all_scores = np.concatenate([scores.seen, scores.unseen])
    margins = all_scores[:, SEEN].max(1) - all_scores[:, UNSEEN].max(1)
    assert np.abs(margins - chosen).min() > 0.0
    before, after = (
        evaluator.report(scores, chosen + shift).H for shift in (-1e-5, 1e-5)
    )
    assert before == after == evaluator.report(scores, chosen).H


@pytest.mark.parametrize("size", [1e-3, 1.0, 1e3])
def test_calibrate_scales_with_the_scores(benchmark, size):
    scores = Evaluator(Table(), benchmark).scores()
    stretched = dataclasses.replace(
        scores,
        seen=np.float32(size) * scores.seen,
        unseen=np.float32(size) * scores.unseen,
    )
    assert calibrate(stretched, benchmark) == pytest.approx(
        size * calibrate(scores, benchmark), rel=1e-3
    )


@given(
    seed=st.integers(0, 10**6),
    shift=st.floats(-5.0, 5.0),
    grid=st.sampled_from([None, 0.5, 2.0]),
)
@settings(max_examples=60, deadline=None)
def test_no_other_scalar_has_a_higher_h(seed, shift, grid):
    """Also where scores are rounded, so that many margins are equal.

    At a margin itself a tie would go by the order of the classes.
    """
    data = random_benchmark(seed)
    scores = of_rows(data)
    if grid:
        rows = [np.round(r / grid) * grid for r in (scores.seen, scores.unseen)]
        scores = Scores(*rows, rows[1])
        shift = (np.floor(shift / grid) + 0.3) * grid
    chosen = calibrate(scores, data)
    best = measure(scores, data, chosen).H
    assert best >= measure(scores, data, shift).H - 1e-4


@given(seed=st.integers(0, 10**6), shift=st.floats(-3.0, 3.0))
@settings(max_examples=30, deadline=None)
def test_a_shift_of_all_seen_scores_moves_the_scalar_alone(seed, shift):
    data = random_benchmark(seed)
    scores = of_rows(data)
    moved = scores.seen.copy(), scores.unseen.copy()
    for rows in moved:
        rows[:, SEEN] += np.float32(shift)
    moved = Scores(*moved, moved[1])
    one, other = calibrate(scores, data), calibrate(moved, data)
    assert measure(scores, data, one).H == pytest.approx(
        measure(moved, data, other).H
    )
