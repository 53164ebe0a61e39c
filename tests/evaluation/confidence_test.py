"""Temperature, strangers and the calibration error, worked by hand."""

import types

import numpy as np
import pytest

from aspn_tf.evaluation import confidence
from aspn_tf.evaluation.scores import Scores

SEEN, UNSEEN = np.array([0, 1]), np.array([2, 3])


def benchmark(seen_labels, unseen_labels):
    return types.SimpleNamespace(
        class_count=4,
        seen=SEEN,
        unseen=UNSEEN,
        test_seen=types.SimpleNamespace(labels=np.array(seen_labels)),
        test_unseen=types.SimpleNamespace(labels=np.array(unseen_labels)),
    )


def scores(seen, unseen):
    seen, unseen = (np.array(rows, np.float32) for rows in (seen, unseen))
    return Scores(seen, unseen, unseen)


def test_the_temperature_is_where_the_true_classes_are_most_likely():
    # Of four alike examples a side three are right, one is a class 3 lower;
    # the other two classes are out of reach: p = 3/4 at exp(3 / T) = 3.
    rows = [[3.0, 0.0, -999.0, -999.0]] * 4
    mirrored = [[-999.0, -999.0, 3.0, 0.0]] * 4
    found = confidence.of(
        scores(rows, mirrored), benchmark([0, 0, 0, 1], [2, 2, 2, 3]), 0.0
    )
    assert found["temperature"] == pytest.approx(3.0 / np.log(3.0), rel=1e-3)


def test_both_sides_count_one_half():
    # Seen: all right, which asks for T = 0. Ten times as many of them change
    # nothing.
    rows, mirrored = [[3.0, 0.0, -9.0, -9.0]], [[-9.0, -9.0, 3.0, 0.0]] * 2
    few = confidence.of(scores(rows, mirrored), benchmark([0], [2, 3]), 0.0)
    many = confidence.of(
        scores(rows * 10, mirrored), benchmark([0] * 10, [2, 3]), 0.0
    )
    assert many["temperature"] == pytest.approx(few["temperature"], rel=1e-3)


def test_the_scale_of_scores_is_the_scale_of_the_temperature():
    draw = np.random.default_rng(0)
    labels = draw.integers(0, 2, 50), draw.integers(2, 4, 50)
    rows = [np.eye(4)[own] + draw.normal(size=(50, 4)) for own in labels]
    one, big = (
        confidence.of(
            scores(*(k * side for side in rows)), benchmark(*labels), k * 0.1
        )
        for k in (1.0, 1e4)
    )
    ratio = big["temperature"] / one["temperature"]
    assert ratio == pytest.approx(1e4, rel=1e-2)
    np.testing.assert_allclose(big["strangers"], one["strangers"], rtol=1e-2)


def test_a_stranger_is_without_its_own_class():
    # Without class 2 the rest are alike, 1/3 each; without class 3 class 2
    # is sure.
    unseen = [[0.0, 0.0, 50.0, 0.0], [0.0, 0.0, 50.0, 0.0]]
    found = confidence.of(
        scores([[50.0, 0.0, 0.0, 0.0]], unseen), benchmark([0], [2, 3]), 0.0
    )
    assert len(found["strangers"]) == 101
    assert found["strangers"][0] == pytest.approx(1.0 / 3.0, abs=1e-3)
    assert found["strangers"] == sorted(found["strangers"])
    assert found["strangers"][-1] > 0.34


def test_what_seen_classes_give_up_counts():
    rows = [[1.0, 0.0, 0.9, 0.0]]
    found = [
        confidence.of(scores(rows, rows), benchmark([0], [2]), given)
        for given in (0.0, 0.05)
    ]
    assert found[0] != found[1]


def test_the_calibration_error_by_hand():
    # p = 1/2 and 1/2: said 0.5. Seen: right once in two: 0. Unseen: never
    # right, as the first of equals is named: 50. Mean 25.
    rows = [[0.0, 0.0, -999.0, -999.0]] * 2
    mirrored = [[-999.0, -999.0, 0.0, 0.0]] * 2
    error = confidence.calibration_error(
        scores(rows, mirrored), benchmark([0, 1], [3, 3]), 0.0, 1.0
    )
    assert error == pytest.approx(25.0)


def test_bins_keep_errors_apart():
    # One example said 1 and wrong, one said 1/2 and right: 100 and 50, not 25.
    rows = [[99.0, 0.0, -999.0, -999.0], [0.0, 0.0, -999.0, -999.0]]
    error = confidence.calibration_error(
        scores(rows, rows[:1]), benchmark([1, 0], [2]), 0.0, 1.0
    )
    assert error == pytest.approx((75.0 + 100.0) / 2.0)
