"""Measures and calibration on tables of scores."""

import dataclasses

import numpy as np
import pytest
import tensorflow as tf

from aspn_tf.benchmark import Benchmark, Split
from aspn_tf.evaluator import Evaluator, calibrate
from aspn_tf.metrics import harmonic_mean

SEEN, UNSEEN = np.array([0, 2, 3]), np.array([1, 4])


class Table(tf.Module):
    """A method whose features are its scores."""

    def scores(self, features):
        return features


class TwoTables(Table):
    """One that ranks the traditional task by itself."""

    def unseen_scores(self, features):
        return -features


def benchmark_of(seen, seen_labels, unseen, unseen_labels):
    return Benchmark(
        name="table",
        class_names=("ant", "bee", "cat", "dog", "elk"),
        semantics=np.eye(5, dtype=np.float32),
        seen=SEEN,
        unseen=UNSEEN,
        train=Split(np.zeros((3, 5), np.float32), SEEN),
        test_seen=Split(np.asarray(seen, np.float32), np.array(seen_labels)),
        test_unseen=Split(
            np.asarray(unseen, np.float32), np.array(unseen_labels)
        ),
        fingerprint="table",
    )


@pytest.fixture
def by_hand():
    """Scores of ant, bee, cat, dog, elk, one row an example."""
    return benchmark_of(
        [
            [9, 0, 0, 0, 0],  # ant, right
            [0, 0, 9, 8, 0],  # cat, right
            [0, 7, 6, 0, 0],  # cat, taken for bee
            [0, 0, 0, 9, 0],  # dog, right
        ],
        [0, 2, 2, 3],
        [
            [0, 5, 0, 0, 1],  # bee, right
            [6, 5, 0, 0, 1],  # bee, taken for ant; right among unseen
            [0, 5, 0, 0, 1],  # elk, taken for bee
            [0, 1, 0, 0, 5],  # elk, right
            [0, 1, 0, 7, 5],  # elk, taken for dog; right among unseen
        ],
        [1, 1, 4, 4, 4],
    )


@pytest.fixture(params=range(4))
def random_benchmark(request):
    stream = np.random.default_rng(request.param)
    seen_labels = np.concatenate([SEEN, stream.choice(SEEN, 40)])
    unseen_labels = np.concatenate([UNSEEN, stream.choice(UNSEEN, 30)])

    def scores(labels):
        rows = stream.normal(size=(len(labels), 5))
        rows[np.arange(len(labels)), labels] += 1.0
        rows[:, SEEN] += 0.8  # the bias towards what was trained on
        return rows

    return benchmark_of(
        scores(seen_labels), seen_labels, scores(unseen_labels), unseen_labels
    )


def test_the_measures_by_hand(by_hand):
    report = Evaluator(Table(), by_hand).report()
    assert report.T_per_class == pytest.approx({"bee": 100, "elk": 200 / 3})
    assert report.u_per_class == pytest.approx({"bee": 50, "elk": 100 / 3})
    assert report.s_per_class == pytest.approx(
        {"ant": 100, "cat": 50, "dog": 100}
    )
    assert report.T == pytest.approx(250 / 3)
    assert report.u == pytest.approx(125 / 3)
    assert report.s == pytest.approx(250 / 3)
    assert report.H == pytest.approx(2 * 125 * 250 / 3 / 375)
    assert list(report.summary()) == ["T", "u", "s", "H"]


def test_confusions_by_hand(by_hand):
    report = Evaluator(Table(), by_hand).report()
    np.testing.assert_array_equal(report.confusion_unseen, [[2, 0], [1, 2]])
    np.testing.assert_array_equal(
        report.confusion_all,
        [
            [1, 0, 0, 0, 0],
            [1, 1, 0, 0, 0],
            [0, 1, 1, 0, 0],
            [0, 0, 0, 1, 0],
            [0, 1, 0, 1, 1],
        ],
    )


def test_calibration_is_what_seen_classes_give_up(by_hand):
    evaluator = Evaluator(Table(), by_hand)
    report = evaluator.report(calibration=2.5)
    assert report.calibration == 2.5
    assert report.u == pytest.approx((100 + 200 / 3) / 2)
    assert report.T == evaluator.report().T


def test_per_class_values_average_to_the_measures(random_benchmark):
    report = Evaluator(Table(), random_benchmark).report(calibration=0.3)
    for measure in ("T", "u", "s"):
        rates = list(getattr(report, f"{measure}_per_class").values())
        assert np.mean(rates) == pytest.approx(getattr(report, measure))
    assert report.H == pytest.approx(harmonic_mean(report.u, report.s))


def test_confusions_hold_every_example_once(random_benchmark):
    report = Evaluator(Table(), random_benchmark).report()
    unseen = len(random_benchmark.test_unseen.labels)
    seen = len(random_benchmark.test_seen.labels)
    assert report.confusion_unseen.sum() == unseen
    assert report.confusion_all.sum() == unseen + seen


def test_the_batch_size_does_not_matter(random_benchmark):
    one, other = (
        Evaluator(Table(), random_benchmark, batch_size=size).scores()
        for size in (1000, 7)
    )
    np.testing.assert_array_equal(one.seen, other.seen)
    np.testing.assert_array_equal(one.unseen, other.unseen)


def test_scores_follow_the_state_of_the_method(by_hand):
    class Stretched(Table):
        def __init__(self):
            super().__init__()
            self.factor = tf.Variable(1.0)

        def scores(self, features):
            return self.factor * features

    method = Stretched()
    evaluator = Evaluator(method, by_hand)
    before = evaluator.scores().seen
    method.factor.assign(2.0)
    np.testing.assert_array_equal(evaluator.scores().seen, 2.0 * before)


def test_a_method_may_rank_the_traditional_task_by_itself(by_hand):
    report = Evaluator(TwoTables(), by_hand).report()
    assert report.T == pytest.approx(100 / 6)
    assert report.u == pytest.approx(125 / 3)


def test_calibrate_finds_the_highest_h_of_a_fine_grid(random_benchmark):
    evaluator = Evaluator(Table(), random_benchmark)
    scores = evaluator.scores()
    chosen = calibrate(scores, random_benchmark)
    brute_force = max(
        evaluator.report(scores, point).H
        for point in np.linspace(-8.0, 8.0, 1601)
    )
    best = evaluator.report(scores, chosen).H
    assert best >= brute_force - 1e-9
    assert best > evaluator.report(scores).H


def test_calibrate_lies_between_steps(random_benchmark):
    evaluator = Evaluator(Table(), random_benchmark)
    scores = evaluator.scores()
    chosen = calibrate(scores, random_benchmark)
    all_scores = np.concatenate([scores.seen, scores.unseen])
    margins = all_scores[:, SEEN].max(1) - all_scores[:, UNSEEN].max(1)
    assert np.abs(margins - chosen).min() > 0.0
    before, after = (
        evaluator.report(scores, chosen + shift).H for shift in (-1e-5, 1e-5)
    )
    assert before == after == evaluator.report(scores, chosen).H


@pytest.mark.parametrize("size", [1e-3, 1.0, 1e3])
def test_calibrate_scales_with_the_scores(random_benchmark, size):
    scores = Evaluator(Table(), random_benchmark).scores()
    stretched = dataclasses.replace(
        scores,
        seen=np.float32(size) * scores.seen,
        unseen=np.float32(size) * scores.unseen,
    )
    assert calibrate(stretched, random_benchmark) == pytest.approx(
        size * calibrate(scores, random_benchmark), rel=1e-3
    )
