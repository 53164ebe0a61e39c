"""What ends a training, and which state of it counts."""

import itertools

import pytest
import toy

from aspn_tf.config import Config
from aspn_tf.runs import fitting, watching
from aspn_tf.runs.monitor import Monitor


@pytest.fixture(autouse=True)
def registered(monkeypatch):
    toy.register(monkeypatch)


@pytest.fixture
def fit(tiny, tmp_path):
    """Fits a toy of three epochs; a clock ticks a minute a look."""
    places = itertools.count()

    def fit(method="toy", **changes):
        place = tmp_path / str(next(places))
        place.mkdir()
        config = Config(method=method, **changes)
        if method == "toy":
            config = config.with_settings(epochs=3)
        with Monitor(place, config) as monitor:
            return fitting.fit(config, tiny, monitor)

    return fit


@pytest.fixture
def clock(monkeypatch):
    ticks = iter(range(0, 60 * 10**6, 60))
    monkeypatch.setattr(fitting.time, "perf_counter", lambda: next(ticks))


def walked():
    """How many trainings there were on validation, and on trainval."""
    return len(toy.Toy.fits)


def test_without_a_budget_the_last_state_ends_it(fit):
    assert fit().ended == watching.BUDGET == "the stated budget"


@pytest.mark.usefixtures("clock")
def test_a_choice_on_validation_has_half_the_budget(fit):
    # The clock is looked at once before the walk, then after every state: of
    # 3 minutes the choice has 1.5, which are over after the second state.
    found = fit(budget=3.0)
    assert found.ended == "the budget of 3 minutes"
    assert found.states == found.choice.setting["epoch"] <= 2
    assert walked() == 2


@pytest.mark.usefixtures("clock")
def test_a_walk_on_test_has_all_of_it(fit):
    assert fit(budget=3.5, selection="test").ended == watching.BUDGET
    found = fit(budget=1.0, selection="test")
    assert found.ended == "the budget of 1 minutes"
    assert found.states <= 2
    assert walked() == 2


@pytest.mark.usefixtures("clock")
def test_at_least_one_state_is_trained(fit):
    found = fit(budget=1e-6)
    assert found.states == 1


@pytest.mark.usefixtures("clock")
def test_a_closed_form_goes_through_its_whole_grid(fit):
    assert fit("eszsl", budget=1e-6).ended == watching.SOLVED


@pytest.mark.usefixtures("clock")
@pytest.mark.parametrize("calibration", [False, True])
def test_the_last_state_is_the_last_in_time(fit, calibration):
    found = fit(budget=1.0, selection="last", calibration=calibration)
    assert found.ended == "the budget of 1 minutes"
    assert found.states < 3
    found = fit(budget=99.0, selection="last", calibration=calibration)
    assert (found.ended, found.states) == (watching.BUDGET, 3)
