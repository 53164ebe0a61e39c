"""Measures on tables of scores, by hand."""

import numpy as np
import pytest
import tensorflow as tf
from score_tables import Table, TwoTables, benchmark_of, random_benchmark

from aspn_tf.evaluation import evaluator as evaluators
from aspn_tf.evaluation.calibration import margins_of
from aspn_tf.evaluation.evaluator import Evaluator
from aspn_tf.evaluation.metrics import harmonic_mean


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
def benchmark(request):
    return random_benchmark(request.param)


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


def test_per_class_values_average_to_the_measures(benchmark):
    report = Evaluator(Table(), benchmark).report(calibration=0.3)
    for measure in ("T", "u", "s"):
        rates = list(getattr(report, f"{measure}_per_class").values())
        assert np.mean(rates) == pytest.approx(getattr(report, measure))
    assert report.H == pytest.approx(harmonic_mean(report.u, report.s))


def test_confusions_hold_every_example_once(benchmark):
    report = Evaluator(Table(), benchmark).report()
    unseen = len(benchmark.test_unseen.labels)
    seen = len(benchmark.test_seen.labels)
    assert report.confusion_unseen.sum() == unseen
    assert report.confusion_all.sum() == unseen + seen


def test_the_batch_size_does_not_matter(benchmark):
    one, other = (
        Evaluator(Table(), benchmark, batch_size=size).scores()
        for size in (1000, 7)
    )
    np.testing.assert_array_equal(one.seen, other.seen)
    np.testing.assert_array_equal(one.unseen, other.unseen)


def test_scores_follow_the_state_of_the_method(by_hand):
    class Stretched(Table):
        def __init__(self):
            super().__init__()
            self.factor = tf.Variable(1.0)
            self.traces = []

        def heads(self, features):
            self.traces.append(1)
            return {"compatibility": self.factor * features}

    method = Stretched()
    evaluator = Evaluator(method, by_hand)
    before = evaluator.scores().seen
    method.factor.assign(2.0)
    np.testing.assert_array_equal(evaluator.scores().seen, 2.0 * before)
    assert len(method.traces) == 1


def test_a_method_may_rank_the_traditional_task_by_itself(by_hand):
    method = TwoTables()
    method.use({})
    report = Evaluator(method, by_hand).report()
    assert report.T == pytest.approx(100 / 6)
    assert report.u == pytest.approx(125 / 3)


def test_heads_are_weighed_task_by_task(by_hand):
    heads = Evaluator(TwoTables(), by_hand).heads()
    rows = by_hand.test_unseen.features
    scores = heads.weighed(TwoTables().weights({}))
    np.testing.assert_array_equal(scores.unseen, rows)
    np.testing.assert_array_equal(scores.unseen_only, -rows)
    np.testing.assert_array_equal(scores.seen, by_hand.test_seen.features)
    opened = heads.opened(TwoTables().weights({}))
    np.testing.assert_array_equal(opened.unseen, 0.5 * rows)
    assert opened.unseen_only is opened.unseen


def test_ranks_of_batches_are_those_of_all_scores(benchmark, monkeypatch):
    method = TwoTables()
    weights = method.weights({})
    whole = Evaluator(method, benchmark).heads().weighed(weights)
    monkeypatch.setattr(evaluators, "SCORES", 20)  # rows of five classes
    evaluator = Evaluator(method, benchmark)
    assert evaluator.batch_size == 4
    ((ranked, opened),), some = evaluator.found([weights])
    assert opened is None
    for found, wanted in zip(
        (ranked.seen, ranked.unseen, ranked.unseen_only),
        (whole.seen, whole.unseen, whole.unseen_only),
        strict=True,
    ):
        np.testing.assert_array_equal(
            found.seen_score, wanted[:, benchmark.seen].max(1)
        )
        np.testing.assert_array_equal(
            found.unseen_class,
            benchmark.unseen[wanted[:, benchmark.unseen].argmax(1)],
        )
        for given in (-0.7, 0.0, 0.3):
            handicap = np.zeros(5, np.float32)
            handicap[benchmark.seen] = given
            np.testing.assert_array_equal(
                found.named(given), (wanted - handicap).argmax(1)
            )
    # Scores are kept of one row in so many that they are few.
    assert some.every == (11, 8)
    np.testing.assert_array_equal(some.weighed(weights).seen, whole.seen[::11])
    np.testing.assert_array_equal(
        some.weighed(weights).unseen, whole.unseen[::8]
    )


def test_equal_scores_go_to_the_first_class_whichever_side_it_is_of():
    benchmark = benchmark_of(
        [[1, 1, 1, 1, 1], [0, 2, 2, 0, 0]], [0, 2], [[3, 0, 0, 0, 3]], [4]
    )
    report = Evaluator(Table(), benchmark).report()
    ranked, _ = Evaluator(Table(), benchmark).in_use()
    np.testing.assert_array_equal(ranked.seen.named(), [0, 1])
    np.testing.assert_array_equal(ranked.unseen.named(), [0])
    np.testing.assert_array_equal(ranked.unseen.named(1e-3), [4])
    assert (report.s, report.u, report.T) == (50.0, 0.0, 100.0)
    np.testing.assert_array_equal(margins_of(ranked, benchmark).unseen[0], [0])


def test_scores_that_are_one_map_are_taken_by_it(benchmark):
    class Mapped(Table):
        heads_used = 0

        def heads(self, features):
            self.heads_used += 1
            return super().heads(features)

        def linear(self, task):
            turned = -1.0 if task == "traditional" else 1.0
            return np.full(5, 0.5), turned * np.eye(5), 0.5 * np.ones(5)

    method = Mapped()
    method.mixture.assign([[1.0], [-1.0], [1.0]])
    ranked, scores = Evaluator(method, benchmark).in_use()
    assert method.heads_used == 0
    rows = benchmark.test_unseen.features
    np.testing.assert_allclose(scores.unseen, rows, atol=1e-6)
    np.testing.assert_allclose(scores.unseen_only, 1.0 - rows, atol=1e-6)
    own = rows[:, benchmark.unseen]
    np.testing.assert_array_equal(
        ranked.unseen_only.unseen_class, benchmark.unseen[own.argmin(1)]
    )
    plain = Evaluator(Table(), benchmark).in_use()[0]
    np.testing.assert_array_equal(ranked.seen.named(), plain.seen.named())
