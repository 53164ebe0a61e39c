"""The comparison's rows, what stands beside them and its picture."""

import dataclasses
import json

import numpy as np
import pytest
from learners import Learner

from aspn_tf import compare, experiment, paper
from aspn_tf.baselines import METHODS
from aspn_tf.benchmark import Split
from aspn_tf.config import Config
from aspn_tf.errors import InputError


@pytest.fixture(autouse=True)
def quick(monkeypatch, tiny):
    monkeypatch.setitem(METHODS, "aspn", Learner)
    monkeypatch.setattr(Learner, "fits", [])
    monkeypatch.setattr(Learner, "failures", {})
    monkeypatch.setattr(experiment, "load", lambda config: tiny)


def widened(benchmark, width):
    def split(old):
        shape = (len(old.labels), width)
        return Split(np.zeros(shape, np.float32), old.labels)

    splits = ("train", "test_seen", "test_unseen")
    return dataclasses.replace(
        benchmark, **{name: split(getattr(benchmark, name)) for name in splits}
    )


def test_one_table_of_all_methods_agrees_with_its_cells(tmp_path, capsys):
    config = Config(seeds=2, run_dir=str(tmp_path / "run"))
    compare.main(config, "aspn,eszsl,sae")
    directory = tmp_path / "run"
    content = json.loads((directory / "comparison.json").read_text())
    markdown = (directory / "comparison.md").read_text()
    assert capsys.readouterr().out == markdown
    rows = {row["variant"]: row for row in content["rows"]}
    assert list(rows) == ["aspn", "eszsl", "sae"]
    for name, row in rows.items():
        cells = [
            json.loads(path.read_text())
            for path in directory.glob(f"{name}/seed*/results.json")
        ]
        assert len(cells) == (2 if name == "aspn" else 1)
        for measure in ("T", "u", "s", "H"):
            values = [cell[measure] for cell in cells]
            assert row[measure] == pytest.approx(np.mean(values))
            values = [cell["uncalibrated"][measure] for cell in cells]
            assert row["uncalibrated"][measure] == pytest.approx(
                np.mean(values)
            )
            assert f"{row[measure]:.1f}" in markdown
    assert rows["aspn"]["std"] and rows["sae"]["std"] is None
    assert "sae (closed form)" in markdown
    assert (directory / "comparison.png").read_bytes().startswith(b"\x89PNG")


def test_a_method_that_fails_stands_in_its_row(tmp_path, capsys):
    Learner.failures[0] = RuntimeError("collapsed")
    compare.main(Config(run_dir=str(tmp_path / "run")), "aspn,sae")
    out = capsys.readouterr().out
    assert "- aspn, seed 0: failed. RuntimeError: collapsed" in out
    content = json.loads((tmp_path / "run/comparison.json").read_text())
    aspn, sae = content["rows"]
    assert aspn["seeds"] == [] and sae["seeds"] == [0]


def test_methods_keep_the_order_given_and_come_once():
    chosen = compare.choose(Config(), "sae, aspn,sae")
    assert [variant.slug for variant in chosen] == ["sae", "aspn"]
    assert [variant.config.method for variant in chosen] == ["sae", "aspn"]


@pytest.mark.parametrize("names", ["aspn,wgan", "aspn,,sae", ""])
def test_an_unknown_method_is_refused(names):
    with pytest.raises(InputError, match="`--methods` must be of aspn"):
        compare.choose(Config(), names)


def test_one_method_is_no_comparison():
    with pytest.raises(InputError, match="not `--method`"):
        compare.choose(Config(method="sae"), "aspn,sae")


def test_the_paper_stands_beside_where_the_features_are_its_own(tiny):
    config = Config(dataset="cub", manual_dir=".")
    printed, notes = compare.beside(config, widened(tiny, 2048), ["aspn"])
    assert printed == paper.TABLE_1["cub"] and notes == []
    printed, (note,) = compare.beside(config, tiny, ["aspn"])
    assert printed is None
    assert "2048-d" in note and "6-d" in note
    printed, (note,) = compare.beside(Config(), tiny, ["aspn"])
    assert printed is None and "has no tiny" in note


def test_the_budget_of_the_gans_is_told_where_they_take_part(tiny):
    config = Config(epochs=7, steps_per_epoch=9)
    _, notes = compare.beside(config, tiny, ["aspn", "clswgan"])
    assert "at most 7 epochs of 45 steps" in notes[0]
    config = Config(epochs=7, steps_per_epoch=0)
    _, notes = compare.beside(config, tiny, ["cycle_clswgan"])
    assert "at most 7 epochs of one pass over the data" in notes[0]
    _, notes = compare.beside(config, tiny, ["aspn"])
    assert not any("GAN" in note for note in notes)
