"""Which state counts."""

import numpy as np
import pytest
import tensorflow as tf

from aspn_tf.data import partitions
from aspn_tf.evaluation import selection, uses
from aspn_tf.evaluation.calibration import common, margins_of
from aspn_tf.evaluation.evaluator import Evaluator, measure
from aspn_tf.evaluation.selection import Choice
from aspn_tf.methods.base import Method


class Learner(Method):
    """Knows the semantics better and worse by turns: states 1, 2, 3."""

    heads_offered = ("clear", "blind")
    FOGS = {1: 50.0, 2: 0.0, 3: 20.0}

    def __init__(self, view):
        super().__init__(view, settings=None)
        map_back, *_ = np.linalg.lstsq(
            view.semantics[view.labels], view.features, rcond=None
        )
        self.clear = view.semantics @ map_back
        self.fog = np.random.default_rng(0).normal(size=self.clear.shape)
        self.prototypes = tf.Variable(tf.zeros(self.clear.shape))

    def rounds(self, setting=None):
        last = setting["epoch"] if setting else 3
        return [{"epoch": epoch} for epoch in range(1, last + 1)]

    def advance(self, state):
        fog = self.FOGS[state["epoch"]]
        self.prototypes.assign(self.clear + fog * self.fog)
        return {"objective": fog}

    def heads(self, features):
        distance = tf.reduce_sum(
            (features[:, None] - self.prototypes[None]) ** 2, axis=-1
        )
        return {"clear": -distance, "blind": tf.zeros_like(distance)}

    def uses(self, state):
        return [{**state, "blind": 1}, state, {**state, "blind": 2}]

    def weights(self, setting):
        head = {"blind": 1.0} if "blind" in setting else {"clear": 1.0}
        return dict.fromkeys(("generalized", "traditional", "open"), head)


def choice(epoch, t, h):
    return Choice({"epoch": epoch}, 0.0, {"T": t, "u": 0, "s": 0, "H": h})


def walk(benchmark, calibrated=True):
    method = Learner(benchmark.training())
    return list(selection.Walk(method, benchmark, calibrated))


def test_walk_measures_every_state(tiny):
    steps = walk(tiny.validation())
    assert [step.setting["epoch"] for step, _ in steps] == [1, 2, 3]
    assert [logs["objective"] for _, logs in steps] == [50.0, 0.0, 20.0]
    assert steps[1][0].measures["T"] == 100.0 > steps[0][0].measures["T"]


def test_the_best_use_stands_for_its_state(tiny):
    clear = walk(tiny)[1][0]
    assert clear.setting == {"epoch": 2} and clear.measures["T"] == 100.0


def test_a_state_is_scored_once_whatever_its_uses(tiny, monkeypatch):
    scored = []
    found = selection.Evaluator.found

    def counted(self, weighings):
        scored.append(len(weighings))
        return found(self, weighings)

    monkeypatch.setattr(selection.Evaluator, "found", counted)
    walk(tiny)
    assert scored == [3, 3, 3]


def test_walk_calibrates_only_when_asked(tiny):
    calibrated, plain = walk(tiny), walk(tiny, calibrated=False)
    assert all(step.calibration == 0.0 for step, _ in plain)
    assert any(step.calibration != 0.0 for step, _ in calibrated)
    for (step, _), (without, _) in zip(calibrated, plain, strict=True):
        assert step.measures["H"] >= without.measures["H"]


def test_training_ends_in_use_at_the_setting(tiny):
    method = Learner(tiny.training())
    states = [state for state, _ in selection.train(method, {"epoch": 2})]
    assert states == [{"epoch": 1}, {"epoch": 2}]
    assert method.task_weights("generalized") == {"clear": 1.0}
    list(selection.train(method, {"epoch": 1, "blind": 1}))
    assert method.task_weights("generalized") == {"blind": 1.0}


def test_training_without_a_setting_goes_to_the_last_state(tiny):
    method = Learner(tiny.training())
    assert len(list(selection.train(method))) == 3
    assert method.task_weights("traditional") == {"clear": 1.0}


@pytest.mark.parametrize("rule", ["validation", "test"])
def test_the_highest_mean_of_t_and_h_is_chosen(rule):
    choices = [choice(1, 90, 10), choice(2, 70, 60), choice(3, 80, 30)]
    assert selection.best(choices, rule).setting == {"epoch": 2}


def test_the_first_of_equals_is_chosen():
    choices = [choice(1, 50, 50), choice(2, 60, 40)]
    assert selection.best(choices, "validation").setting == {"epoch": 1}


def test_last_is_the_last():
    choices = [choice(1, 90, 90), choice(2, 10, 10)]
    assert selection.best(choices, "last").setting == {"epoch": 2}


def test_every_rule_has_its_words_and_test_is_marked():
    assert set(selection.RULES) == {"last", "validation", "test"}
    assert "TEST" in selection.RULES["test"]


class Started(Learner):
    """State 1 costs no training; `beyond` is what later ones lose."""

    def untrained(self, state):
        return state["epoch"] == 1

    FOGS = {1: 0.0, 2: 50.0, 3: 50.0}


@pytest.mark.slow
def test_a_state_without_training_is_measured_on_all_partitions(digit_pairs):
    parts = [partitions.partition(digit_pairs, k, 3) for k in range(3)]
    methods = [Started(part.training()) for part in parts]
    scouted = [
        uses.scout(method, part)
        for method, part in zip(methods[1:], parts[1:], strict=True)
    ]
    assert [len(states) for states in scouted] == [1, 1]
    (first, *_), alone = (
        [
            step
            for step, _ in selection.Walk(
                Started(parts[0].training()), parts[0], True, scouted=others
            )
        ]
        for others in (scouted, ())
    )
    reports, margins = [], []
    for method, part in zip(methods, parts, strict=True):
        method.advance({"epoch": 1})
        method.use({"epoch": 1})
        scores = Evaluator(method, part).scores()
        reports.append(measure(scores, part, first.calibration))
        margins.append(margins_of(scores, part))
    for name in ("T", "u", "s", "H"):
        assert first.measures[name] == pytest.approx(
            np.mean([getattr(report, name) for report in reports])
        )
    assert first.calibration == common(margins)
    assert first.measures != alone[0].measures


@pytest.mark.slow
def test_what_training_changed_on_one_partition_is_added(digit_pairs):
    parts = [partitions.partition(digit_pairs, k, 2) for k in range(2)]
    scouted = [uses.scout(Started(parts[1].training()), parts[1])]
    pooled, alone = (
        [
            step
            for step, _ in selection.Walk(
                Started(parts[0].training()), parts[0], True, scouted=others
            )
        ]
        for others in (scouted, ())
    )
    for one, other in zip(pooled[1:], alone[1:], strict=True):
        for name in ("T", "H"):
            moved = other.measures[name] - alone[0].measures[name]
            assert one.measures[name] == pytest.approx(
                pooled[0].measures[name] + moved
            )
        assert one.calibration == pytest.approx(
            pooled[0].calibration + other.calibration - alone[0].calibration
        )


@pytest.mark.parametrize(("patience", "states"), [(0, 3), (1, 2), (2, 3)])
def test_a_choice_ends_where_validation_has_stopped_rising(
    tiny, patience, states
):
    steps = selection.Walk(
        Started(tiny.training()), tiny, True, patience=patience
    )
    assert len(list(steps)) == states


def test_the_best_so_far_and_the_last_tell_how_sure_they_are(tiny):
    def told(**changes):
        walk = selection.Walk(Started(tiny.training()), tiny, True, **changes)
        return [choice for choice, _ in walk]

    choices = told()
    highest = -1.0
    for choice in choices:
        rises = choice.quality > highest
        highest = max(highest, choice.quality)
        assert bool(choice.confidence) == rises or choice is choices[-1]
    assert set(choices[-1].confidence) == {"generalized"}
    assert not any(choice.confidence for choice in told(confident=False))


class TwoHeads(Learner):
    """One head is better at T, the other at H."""

    def rounds(self, setting=None):
        return [{"epoch": 2}]

    def heads(self, features):
        clear = super().heads(features)["clear"]
        lean = np.zeros(clear.shape[1], np.float32)
        lean[self.view.seen] = 1e4  # says seen to everything
        blind = tf.reverse(clear, axis=[1]) - lean
        return {"clear": clear + lean, "blind": blind}

    def uses(self, state):
        return [{**state, "blind": 1}, state]


def test_each_task_has_the_use_that_is_best_at_it(tiny):
    method = TwoHeads(tiny.training())
    (found, _), *_ = selection.Walk(method, tiny, calibrated=False)
    assert found.setting == {
        "epoch": 2,
        "blind": 1,
        "traditional": {"epoch": 2},
    }
    method.use(found.setting)
    assert method.task_weights("traditional") == {"clear": 1.0}
    assert method.task_weights("generalized") == {"blind": 1.0}


def test_a_use_must_gain_something_to_be_taken():
    gain = uses.LEAST_GAIN
    first = uses._first_of_the_best
    assert first(np.array([50.0, 50.0 + 0.9 * gain, 49.0])) == 0
    assert first(np.array([50.0, 50.0 + 1.1 * gain, 49.0])) == 1
