"""Cells that are run once, fail alone and are averaged in rows."""

import dataclasses
import json

import numpy as np
import pytest
import tensorflow as tf
from learners import Learner

from aspn_tf import report, study
from aspn_tf.baselines import METHODS
from aspn_tf.config import Config
from aspn_tf.errors import InputError
from aspn_tf.study import Variant

MEASURES = ("T", "u", "s", "H")


@pytest.fixture(autouse=True)
def learner(monkeypatch):
    monkeypatch.setitem(METHODS, "aspn", Learner)
    monkeypatch.setattr(Learner, "fits", [])
    monkeypatch.setattr(Learner, "failures", {})


@pytest.fixture
def ask(tiny, tmp_path):
    """Runs a study of a thin and a thick fog."""

    def ask(benchmark=tiny, seeds=3, **changes):
        changes = {"noise_scale": 4.0, "run_dir": str(tmp_path / "study")} | (
            changes
        )
        config = Config(seeds=seeds, **{"epochs": 2} | changes)
        variants = [
            Variant("thin", "thin fog", config),
            Variant("thick", "thick fog", config.replace(noise_scale=9.0)),
        ]
        return study.run(config, variants, benchmark, "fogs")

    return ask


def cells(directory, slug):
    paths = sorted((directory / slug).glob("seed*/results.json"))
    return [json.loads(path.read_text()) for path in paths]


def test_a_row_is_mean_and_sample_std_of_its_cells(ask):
    directory, rows = ask()
    assert [row["variant"] for row in rows] == ["thin", "thick"]
    for row in rows:
        found = cells(directory, row["variant"])
        assert row["seeds"] == [one["seed"] for one in found] == [0, 1, 2]
        for pick in (lambda one: one, lambda one: one["uncalibrated"]):
            for name in MEASURES:
                values = [pick(one)[name] for one in found]
                assert pick(row)[name] == pytest.approx(np.mean(values))
                std = np.std(values, ddof=1)
                assert pick(row)["std"][name] == pytest.approx(std)
        seconds = [one["seconds"]["training"] for one in found]
        assert row["seconds"]["training"] == pytest.approx(np.mean(seconds))
    assert len({one["H"] for one in cells(directory, "thick")}) > 1


def test_speeds_follow_from_seconds_and_examples(ask, tiny):
    directory, _ = ask(seeds=1)
    (one,) = cells(directory, "thin")
    drawn = one["setting"]["epoch"] * len(tiny.train.labels)
    scored = len(tiny.test_seen.labels) + len(tiny.test_unseen.labels)
    assert one["speed"] == {
        "training_ms_per_example": pytest.approx(
            1000.0 * one["seconds"]["training"] / drawn
        ),
        "scoring_examples_per_second": pytest.approx(
            scored / one["seconds"]["scoring"]
        ),
    }


def test_one_seed_has_no_std(ask):
    _, (row, _) = ask(seeds=1)
    assert row["std"] is None and row["uncalibrated"]["std"] is None


def test_a_cell_leaves_numbers_and_curves_but_no_model(ask):
    directory, _ = ask(seeds=1)
    place = directory / "thin/seed0"
    assert list(place.rglob("events.out.tfevents.*"))
    assert not (place / "model").exists()
    assert not (place / "checkpoints").exists()
    assert not list(place.glob("*.png"))
    assert not list(directory.rglob("*.part"))


def test_a_cell_remembers_its_own_flags(ask):
    directory, _ = ask()
    flags = (directory / "thick/seed2/config.flags").read_text().splitlines()
    assert {"--noise_scale=9.0", "--seed=2", "--seeds=1"} <= set(flags)


def test_resumed_it_runs_what_is_missing_or_half_written_alone(ask):
    directory, before = ask(seeds=2)
    half = directory / "thick/seed1"
    (half / "results.json").rename(half / "results.json.part")
    Learner.fits.clear()
    _, after = ask(seeds=2)
    assert {seed for seed, _ in Learner.fits} == {1}
    assert len(Learner.fits) == 2  # on validation, then on trainval
    assert not (half / "results.json.part").exists()
    for name in MEASURES:
        assert [row[name] for row in after] == [row[name] for row in before]
    Learner.fits.clear()
    ask(seeds=2)
    assert Learner.fits == []


def test_more_seeds_add_to_those_that_are_there(ask):
    ask(seeds=1)
    Learner.fits.clear()
    _, rows = ask(seeds=2)
    assert {seed for seed, _ in Learner.fits} == {1}
    assert [row["seeds"] for row in rows] == [[0, 1], [0, 1]]


@pytest.mark.parametrize(
    "error",
    [
        InputError("must be better"),
        MemoryError(),
        tf.errors.ResourceExhaustedError(None, None, "out of\nroom"),
        np.linalg.LinAlgError("singular"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_a_failing_cell_stands_in_its_row_and_is_run_again(ask, error):
    Learner.failures[1] = error
    directory, rows = ask(seeds=2)
    for row in rows:
        assert row["seeds"] == [0] and list(row["failed"]) == ["1"]
        assert "\n" not in row["failed"]["1"]
        if isinstance(error, InputError):
            assert row["failed"]["1"] == "must be better"
        else:
            assert row["failed"]["1"].startswith(type(error).__name__)
        place = directory / row["variant"] / "seed1"
        assert "Traceback" in (place / "failure.txt").read_text()
    Learner.failures.clear()
    _, rows = ask(seeds=2)
    assert [row["failed"] for row in rows] == [{}, {}]
    assert [row["seeds"] for row in rows] == [[0, 1], [0, 1]]


def test_a_variant_without_any_cell_takes_no_other_down(ask, monkeypatch):
    def fit(self, benchmark, setting=None):
        if self.config.noise_scale > 5.0:
            raise RuntimeError("too thick")
        yield from fine(self, benchmark, setting)

    fine = Learner.fit
    monkeypatch.setattr(Learner, "fit", fit)
    _, (thin, thick) = ask(seeds=1)
    assert thin["seeds"] == [0] and "T" in thin
    assert thick["seeds"] == [] and "T" not in thick
    assert thick["failed"] == {"0": "RuntimeError: too thick"}


def test_where_every_cell_fails_the_first_reason_is_told(ask):
    Learner.failures[0] = RuntimeError("no luck")
    with pytest.raises(InputError, match="no luck"):
        ask(seeds=1)


def test_a_fault_of_the_program_is_not_hidden_in_a_row(ask):
    Learner.failures[0] = KeyError("typo")
    with pytest.raises(KeyError):
        ask(seeds=1)


def test_other_flags_are_refused_and_the_first_is_named(ask):
    ask(seeds=1)
    with pytest.raises(InputError, match="--epochs=3, but .* has 2"):
        ask(seeds=1, epochs=3, batch_size=32)


def test_other_data_are_refused(ask, tiny):
    ask(seeds=1)
    other = dataclasses.replace(tiny, fingerprint="other")
    with pytest.raises(InputError, match="data must stay"):
        ask(benchmark=other, seeds=1)


def test_a_directory_of_something_else_is_refused(ask, tmp_path):
    (tmp_path / "study").mkdir()
    with pytest.raises(InputError, match="no config.flags"):
        ask()
    assert list((tmp_path / "study").iterdir()) == []


@pytest.mark.parametrize("changes", [{"tune": 3}, {"export": "place"}])
def test_flags_without_a_meaning_here_are_refused(ask, changes, tmp_path):
    with pytest.raises(InputError, match=f"`--{list(changes)[0]}` must"):
        ask(**changes)
    assert not (tmp_path / "study").exists()


def test_a_file_is_written_whole_or_not_at_all(tmp_path, monkeypatch):
    path = tmp_path / "results.json"
    report.write_text(path, "old")

    def stop(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(report.os, "replace", stop)
        with pytest.raises(KeyboardInterrupt):
            report.write_text(path, "new")
    assert path.read_text() == "old"
    report.write_text(path, "new")
    assert path.read_text() == "new"
    assert [found.name for found in tmp_path.iterdir()] == ["results.json"]
