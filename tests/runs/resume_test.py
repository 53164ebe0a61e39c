"""A run that is stopped anywhere ends as if it had never been."""

import dataclasses
import itertools
import json
import signal

import numpy as np
import pytest
import tensorflow as tf
from small import SMALL
from small_run import numbers

from aspn_tf import stopping
from aspn_tf.config import Config
from aspn_tf.errors import InputError, Stopped
from aspn_tf.methods.epochs import Epochs
from aspn_tf.methods.registry import settings_class
from aspn_tf.runs import figures, kept, run, trail
from aspn_tf.serving import loaded


class Cut(BaseException):
    """As sudden as a kill, for whoever is in the same process."""


@pytest.fixture
def here(tiny, tmp_path, monkeypatch):
    """Runs one seed of a method in a directory; every state is kept.

    What its figures show is not drawn.
    """
    monkeypatch.setattr(trail, "EVERY", 0.0)
    monkeypatch.setattr(run, "loaded", lambda config: tiny)
    monkeypatch.setattr(stopping, "listen", lambda: None)
    blank = np.zeros((1, 1, 3), np.uint8)
    monkeypatch.setattr(figures, "pixels", lambda figure: blank)

    def here(name, method="aspn", **changes):
        settings = settings_class(method)(**SMALL.get(method, {}))
        config = Config(
            method=method,
            run_dir=str(tmp_path / name),
            settings={method: settings},
            **changes,
        )
        run.run(config)
        return tmp_path / name

    return here


@pytest.fixture(scope="module")
def uncut(tmp_path_factory):
    """Where runs that nothing stops are, and what they are of."""
    return tmp_path_factory.mktemp("uncut"), {}


@pytest.fixture
def whole(here, uncut):
    """The directory of a run that nothing stops, each made once."""
    home, made = uncut

    def whole(method="aspn", **changes):
        key = json.dumps([method, changes])
        if key not in made:
            made[key] = here(home / str(len(made)), method, **changes)
        return made[key]

    return whole


def assert_same(one, other, tiny):
    assert numbers(one) == numbers(other)
    files = {
        tuple(
            sorted(
                path.relative_to(place).as_posix()
                for path in place.rglob("*")
                if path.is_file() and "tfevents" not in path.name
            )
        )
        for place in (one, other)
    }
    assert len(files) == 1
    rows = tiny.test_unseen.features
    for name in ("model",):
        models = [loaded.load(place / name) for place in (one, other)]
        np.testing.assert_array_equal(
            *(model.decision_function(rows) for model in models)
        )
    scalars = [events(place) for place in (one, other)]
    assert scalars[0] == scalars[1]


def events(place):
    """Tag and step to value of all events of a run; twice is the same."""
    found = {}
    for path in sorted(place.rglob("events.out.tfevents.*")):
        phase = path.parent.relative_to(place).as_posix()
        for event in tf.compat.v1.train.summary_iterator(str(path)):
            for value in event.summary.value:
                if value.tag.split("/")[0] not in ("loss", "metric"):
                    continue
                key = phase, value.tag, event.step
                number = tf.make_ndarray(value.tensor).tolist()
                assert found.setdefault(key, number) == number
    return found


@pytest.mark.slow
@pytest.mark.parametrize(
    "method", ["aspn", "eszsl", pytest.param("cadavae", marks=pytest.mark.long)]
)
def test_a_cut_after_any_state_changes_nothing(method, here, tiny, monkeypatch):
    calls, cut = itertools.count(), None
    from aspn_tf.methods import registry

    kind = registry.method_class(method)
    true = kind.advance

    def counting(self, state):
        if next(calls) == cut:
            raise Cut
        return true(self, state)

    monkeypatch.setattr(kind, "advance", counting)
    uncut = here("uncut", method)
    total = next(calls)
    assert total >= 3
    for cut in (1, total - 2):  # the latter of a run that went on
        calls = itertools.count()
        with pytest.raises(Cut):
            here("cut", method)
    cut, calls = None, itertools.count()
    again = here("cut", method)
    if not kind.closed_form:  # which scouts its whole grid
        assert next(calls) <= 3  # little is done again
    assert_same(uncut, again, tiny)
    assert not (again / trail.FOLDER).exists()


@pytest.mark.slow
def test_a_cut_in_whatever_follows_changes_nothing(
    here, whole, tiny, monkeypatch
):
    for where in (
        "aspn_tf.runs.report.results",
        "aspn_tf.serving.export.save",
        "aspn_tf.runs.gallery.show",
        "aspn_tf.runs.page.write",
        "aspn_tf.runs.kept.keep",
    ):
        with monkeypatch.context() as patch:
            patch.setattr(where, lambda *_, **__: (_ for _ in ()).throw(Cut()))
            with pytest.raises(Cut):
                here("cut")
    assert_same(whole(), here("cut"), tiny)


@pytest.mark.slow
def test_seeds_that_have_ended_are_not_done_again(
    here, whole, tmp_path, monkeypatch
):
    done = []

    def cutting(config, *rest):
        if config.seed == 1 and not done:
            done.append(1)
            raise Cut
        return true(config, *rest)

    true = run.run_seed
    monkeypatch.setattr(run, "run_seed", cutting)
    with pytest.raises(Cut):
        here("cut", "eszsl", seeds=2)
    first = (tmp_path / "cut/seed0/results.json").stat().st_mtime_ns
    again = here("cut", "eszsl", seeds=2)
    assert (again / "seed0/results.json").stat().st_mtime_ns == first
    assert numbers(whole("eszsl", seeds=2)) == numbers(again)


def test_other_data_are_not_gone_on_with(here, tiny, tmp_path, monkeypatch):
    other = dataclasses.replace(tiny, fingerprint="other")
    for seed in (0, 1):  # cut in the first, then with the first done

        def cutting(place, measured, cut=f"seed{seed}"):
            if place.name == cut:
                raise Cut

        with monkeypatch.context() as patch:
            patch.setattr(kept, "keep", cutting)
            with pytest.raises(Cut):
                here("cut", "eszsl", seeds=2)
        assert (tmp_path / "cut/seed0/results.json").exists() == bool(seed)
        with monkeypatch.context() as patch:
            patch.setattr(run, "loaded", lambda config: other)
            with pytest.raises(InputError, match="data must stay .*/cut/seed0"):
                here("cut", "eszsl", seeds=2)
    here("cut", "eszsl", seeds=2)


@pytest.mark.slow
@pytest.mark.long
def test_as_on_test_the_best_state_is_put_back(here, whole, tiny, monkeypatch):
    calls, true = itertools.count(), Epochs.advance

    def cutting(self, state):
        if next(calls) == 1:
            raise Cut
        return true(self, state)

    from aspn_tf.methods import registry

    kind = registry.method_class("aspn")
    true = kind.advance
    with monkeypatch.context() as patch:
        patch.setattr(kind, "advance", cutting)
        with pytest.raises(Cut):
            here("cut", selection="test")
    uncut = whole(selection="test")
    assert_same(uncut, here("cut", selection="test"), tiny)


def test_a_signal_waits_for_the_state_within(monkeypatch):
    monkeypatch.setattr(stopping, "_asked", None)
    with stopping.deferred():
        stopping._heard(signal.SIGINT, None)
        assert stopping.asked()
        stopping._heard(signal.SIGTERM, None)  # the thread's, if it is
    with pytest.raises(Stopped) as stopped:
        stopping.refuse_to_go_on()
    assert stopped.value.signal == signal.SIGINT


def test_a_signal_elsewhere_stops_once(monkeypatch):
    monkeypatch.setattr(stopping, "_asked", None)
    with pytest.raises(Stopped) as stopped:
        stopping._heard(signal.SIGTERM, None)
    assert stopped.value.signal == signal.SIGTERM
    stopping._heard(signal.SIGTERM, None)  # not while it cleans up


@pytest.mark.slow
def test_a_signal_keeps_what_was_done(here, whole, tiny, tmp_path, monkeypatch):
    monkeypatch.setattr(trail, "EVERY", 1e9)  # a signal alone keeps
    monkeypatch.setattr(stopping, "_asked", None)
    from aspn_tf.methods import registry

    kind = registry.method_class("aspn")
    true = kind.advance

    def signalled(self, state):
        if state["epoch"] == 1:
            stopping._heard(signal.SIGTERM, None)
        return true(self, state)

    with monkeypatch.context() as patch:
        patch.setattr(kind, "advance", signalled)
        with pytest.raises(Stopped):
            here("stopped")
    monkeypatch.setattr(stopping, "_asked", None)
    there = list((tmp_path / "stopped" / trail.FOLDER).glob("validation-*"))
    assert [path.name for path in there] == ["validation-1"]
    monkeypatch.setattr(trail, "EVERY", 0.0)
    assert_same(whole(), here("stopped"), tiny)


@pytest.mark.slow
def test_half_a_checkpoint_is_none(here, whole, tiny, tmp_path, monkeypatch):
    written = tf.train.Checkpoint.write
    count = itertools.count()

    def cutting(self, path, *rest):
        found = written(self, path, *rest)
        if "validation" in str(path) and next(count) == 1:
            raise Cut
        return found

    with monkeypatch.context() as patch:
        patch.setattr(tf.train.Checkpoint, "write", cutting)
        with pytest.raises(Cut):
            here("cut")
    there = (tmp_path / "cut" / trail.FOLDER).glob("validation-*")
    names = {path.name for path in there}
    assert names == {"validation-1", "validation-2.part"}
    assert_same(whole(), here("cut"), tiny)
