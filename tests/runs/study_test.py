"""Cells that are run once, fail alone and are averaged in rows."""

import dataclasses
import json

import numpy as np
import pytest
import tensorflow as tf
import toy
from toy import Toy

from aspn_tf.config import Config
from aspn_tf.errors import InputError
from aspn_tf.runs import study
from aspn_tf.runs.report import MEASURES
from aspn_tf.runs.study import Variant

THIN, THICK = 4.0, 9.0


def fogs(benchmark, place, slugs=("thin",), seeds=1, fog=THIN, **changes):
    """Runs a study of a thin fog, or of others."""
    changes = {"run_dir": str(place / "study"), "seeds": seeds, **changes}
    config = Config(method="toy", **changes).with_settings(fog=fog)
    variants = [
        Variant("thin", "thin fog", config),
        Variant("thick", "thick fog", config.with_settings(fog=THICK)),
    ]
    variants = [variant for variant in variants if variant.slug in slugs]
    return study.run(config, variants, benchmark, "fogs")


@pytest.fixture(autouse=True)
def registered(monkeypatch):
    toy.register(monkeypatch)


@pytest.fixture
def ask(tiny, tmp_path):
    def ask(benchmark=tiny, **changes):
        return fogs(benchmark, tmp_path, **changes)

    return ask


@pytest.fixture(scope="module")
def done(tiny, tmp_path_factory):
    """The directory and the rows of two fogs and two seeds."""
    with pytest.MonkeyPatch.context() as patch:
        toy.register(patch)
        place = tmp_path_factory.mktemp("done")
        return fogs(tiny, place, ("thin", "thick"), 2)


def cells(directory, slug):
    paths = sorted((directory / slug).glob("seed*/results.json"))
    return [json.loads(path.read_text()) for path in paths]


def test_a_row_is_mean_and_sample_std_of_its_cells(done):
    directory, rows = done
    assert [row["variant"] for row in rows] == ["thin", "thick"]
    for row in rows:
        found = cells(directory, row["variant"])
        assert row["seeds"] == [one["seed"] for one in found] == [0, 1]
        for pick in (lambda one: one, lambda one: one["uncalibrated"]):
            for name in MEASURES:
                values = [pick(one)[name] for one in found]
                assert pick(row)[name] == pytest.approx(np.mean(values))
                std = np.std(values, ddof=1)
                assert pick(row)["std"][name] == pytest.approx(std)
        seconds = [one["seconds"]["training"] for one in found]
        assert row["seconds"]["training"] == pytest.approx(np.mean(seconds))
    assert len({one["H"] for one in cells(directory, "thick")}) > 1


def test_speeds_follow_from_seconds_and_examples(done, tiny):
    one = cells(done[0], "thin")[0]
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


def test_a_cell_leaves_numbers_and_curves_but_no_model(done):
    place = done[0] / "thin/seed0"
    assert list(place.rglob("events.out.tfevents.*"))
    assert not (place / "model").exists()
    assert not (place / "checkpoints").exists()
    assert not list(place.glob("*.png"))
    assert not list(done[0].rglob("*.part"))


def test_a_cell_remembers_its_own_flags(done):
    text = (done[0] / "thick/seed1/config.flags").read_text()
    wanted = {f"--toy.fog={THICK}", "--seed=1", "--seeds=1"}
    assert wanted <= set(text.splitlines())


def test_one_seed_has_no_std(ask):
    _, (row,) = ask()
    assert row["std"] is None and row["uncalibrated"]["std"] is None


@pytest.mark.slow
def test_resumed_it_runs_what_is_missing_or_half_written_alone(ask):
    directory, before = ask(seeds=2)
    half = directory / "thin/seed1"
    (half / "results.json").rename(half / "results.json.part")
    Toy.fits.clear()
    _, after = ask(seeds=2)
    assert {seed for seed, _ in Toy.fits} == {1}
    assert len(Toy.fits) == 2  # on validation, then on trainval
    assert not (half / "results.json.part").exists()
    for name in MEASURES:
        assert [row[name] for row in after] == [row[name] for row in before]
    Toy.fits.clear()
    ask(seeds=2)
    assert Toy.fits == []


@pytest.mark.slow
def test_more_seeds_add_to_those_that_are_there(ask):
    ask()
    Toy.fits.clear()
    _, rows = ask(seeds=2)
    assert {seed for seed, _ in Toy.fits} == {1}
    assert [row["seeds"] for row in rows] == [[0, 1]]


@pytest.mark.slow
def test_a_failing_cell_stands_in_its_row_and_is_run_again(ask):
    errors = {
        1: InputError("must be better"),
        2: MemoryError(),
        3: tf.errors.ResourceExhaustedError(None, None, "out of\nroom"),
        4: np.linalg.LinAlgError("singular"),
    }
    Toy.failures.update(errors)
    directory, (row,) = ask(seeds=5)
    assert row["seeds"] == [0]
    assert row["failed"] == {
        "1": "must be better",
        "2": "MemoryError: no message",
        "3": "ResourceExhaustedError: out of room",
        "4": "LinAlgError: singular",
    }
    for seed in errors:
        place = directory / f"thin/seed{seed}"
        assert "Traceback" in (place / "failure.txt").read_text()
    del Toy.failures[1]
    _, (row,) = ask(seeds=2)
    assert row["failed"] == {} and row["seeds"] == [0, 1]


def test_a_variant_without_any_cell_takes_no_other_down(ask, monkeypatch):
    toy.choke(monkeypatch)
    _, (thin, thick) = ask(slugs=("thin", "thick"))
    assert thin["seeds"] == [0] and "T" in thin
    assert thick["seeds"] == [] and "T" not in thick
    assert thick["failed"] == {"0": "RuntimeError: too thick"}


def test_where_every_cell_fails_the_first_reason_is_told(ask):
    Toy.failures[0] = RuntimeError("no luck")
    with pytest.raises(InputError, match="no luck"):
        ask()


def test_a_fault_of_the_program_is_not_hidden_in_a_row(ask):
    Toy.failures[0] = KeyError("typo")
    with pytest.raises(KeyError):
        ask()


def test_other_flags_or_data_are_refused_and_the_first_is_named(ask, tiny):
    ask()
    with pytest.raises(InputError, match="--toy.fog=3.0, but .* has 4.0"):
        ask(fog=3.0)
    with pytest.raises(InputError, match="--calibration=false, but"):
        ask(fog=3.0, calibration=False)
    other = dataclasses.replace(tiny, fingerprint="other")
    with pytest.raises(InputError, match="data must stay"):
        ask(benchmark=other)


def test_a_directory_of_something_else_is_refused(ask, tmp_path):
    (tmp_path / "study").mkdir()
    (tmp_path / "study/mine.txt").write_text("mine")
    with pytest.raises(InputError, match="no config.flags"):
        ask()
    assert len(list((tmp_path / "study").iterdir())) == 1


@pytest.mark.parametrize("changes", [{"tune": 3}, {"export": "place"}])
def test_flags_without_a_meaning_here_are_refused(ask, changes, tmp_path):
    with pytest.raises(InputError, match=f"`--{list(changes)[0]}` must"):
        ask(**changes)
    assert not (tmp_path / "study").exists()


def test_names_of_a_flag_keep_their_order_and_come_once():
    assert study.chosen("rows", "b, a,b", ["a", "b", "c"]) == ["b", "a"]


@pytest.mark.parametrize("words", ["a,d", "a,,b", ""])
def test_an_unknown_name_of_a_flag_is_refused(words):
    with pytest.raises(InputError, match="`--rows` must be of a, b. Received"):
        study.chosen("rows", words, ["a", "b"])
