"""Which state counts."""

import numpy as np
import pytest
import tensorflow as tf

from aspn_tf import selection
from aspn_tf.evaluator import Report
from aspn_tf.method import Method
from aspn_tf.selection import Choice


class Learner(Method):
    """Knows the semantics better and worse by turns: states 1, 2, 3."""

    method = "learner"
    FOGS = {1: 50.0, 2: 0.0, 3: 20.0}

    def fit(self, benchmark, setting=None):
        map_back, *_ = np.linalg.lstsq(
            benchmark.semantics[benchmark.train.labels],
            benchmark.train.features,
            rcond=None,
        )
        clear = benchmark.semantics @ map_back
        fog = np.random.default_rng(0).normal(size=clear.shape)
        self.prototypes = tf.Variable(tf.zeros(clear.shape))
        self.trained_on = benchmark
        last = setting["epoch"] if setting else 3
        for epoch in range(1, last + 1):
            self.prototypes.assign(clear + self.FOGS[epoch] * fog)
            yield {"epoch": epoch}, {"objective": self.FOGS[epoch]}

    def scores(self, features):
        distance = features[:, None] - self.prototypes[None]
        return -tf.reduce_sum(distance**2, axis=-1)


def choice(epoch, t, h):
    report = Report(t, 0.0, 0.0, h, 0.0, {}, {}, {}, None, None)
    return Choice({"epoch": epoch}, 0.0, report)


def test_walk_measures_every_state(tiny):
    walk = list(selection.walk(Learner(None), tiny.validation(), True))
    assert [step.setting["epoch"] for step, _ in walk] == [1, 2, 3]
    assert [logs["objective"] for _, logs in walk] == [50.0, 0.0, 20.0]
    assert walk[1][0].report.T == 100.0 > walk[0][0].report.T


def test_the_best_refinement_stands_for_its_state(tiny):
    class Refined(Learner):
        """Each state once clear and once with all classes alike."""

        def __init__(self):
            super().__init__(None)
            self.sight = tf.Variable(1.0)

        def refinements(self, setting):
            return [{**setting, "blind": blind} for blind in (1, 0, 1)]

        def refine(self, setting):
            self.sight.assign(1.0 - setting["blind"])

        def scores(self, features):
            return self.sight * Learner.scores(self, features)

    steps = [step for step, _ in selection.walk(Refined(), tiny, True)]
    assert [step.setting["epoch"] for step in steps] == [1, 2, 3]
    assert not steps[1].setting["blind"] and steps[1].report.T == 100.0


def test_walk_on_the_validation_benchmark_holds_no_unseen_class(tiny):
    method = Learner(None)
    list(selection.walk(method, tiny.validation(), True))
    names = {tiny.class_names[i] for i in tiny.unseen}
    assert not names & set(method.trained_on.class_names)


def test_walk_calibrates_only_when_asked(tiny):
    walks = {
        calibrated: list(selection.walk(Learner(None), tiny, calibrated))
        for calibrated in (True, False)
    }
    assert all(step.calibration == 0.0 for step, _ in walks[False])
    assert any(step.calibration != 0.0 for step, _ in walks[True])
    for (step, _), (plain, _) in zip(*walks.values(), strict=True):
        assert step.report.calibration == step.calibration
        assert step.report.H >= plain.report.H


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
