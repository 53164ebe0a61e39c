"""The comparison's rows, what stands beside them and its picture."""

import dataclasses
import json

import numpy as np
import pytest
import toy
from toy import Toy

from aspn_tf.config import Config
from aspn_tf.data.benchmark import Split
from aspn_tf.errors import InputError
from aspn_tf.evaluation import paper
from aspn_tf.methods import registry
from aspn_tf.runs import comparison, study


@pytest.fixture(autouse=True)
def quick(monkeypatch, tiny):
    toy.register(monkeypatch)
    monkeypatch.setattr(study, "load", lambda config: tiny)


def widened(benchmark, width):
    def split(old):
        shape = (len(old.labels), width)
        return Split(np.zeros(shape, np.float32), old.labels)

    splits = ("train", "test_seen", "test_unseen")
    return dataclasses.replace(
        benchmark, **{name: split(getattr(benchmark, name)) for name in splits}
    )


@pytest.mark.slow
def test_one_table_of_all_methods_agrees_with_its_cells(tmp_path, capsys):
    config = Config(seeds=2, run_dir=str(tmp_path / "run"))
    comparison.main(config, "toy,eszsl,sae")
    directory = tmp_path / "run"
    content = json.loads((directory / "comparison.json").read_text())
    markdown = (directory / "comparison.md").read_text()
    assert capsys.readouterr().out == markdown
    rows = {row["variant"]: row for row in content["rows"]}
    assert list(rows) == ["toy", "eszsl", "sae"]
    for name, row in rows.items():
        cells = [
            json.loads(path.read_text())
            for path in directory.glob(f"{name}/seed*/results.json")
        ]
        assert len(cells) == 2
        for measure in ("T", "u", "s", "H"):
            values = [cell[measure] for cell in cells]
            assert row[measure] == pytest.approx(np.mean(values))
            values = [cell["uncalibrated"][measure] for cell in cells]
            assert row["uncalibrated"][measure] == pytest.approx(
                np.mean(values)
            )
            assert f"{row[measure]:.1f}" in markdown
    assert rows["toy"]["std"] and rows["sae"]["std"]
    assert "SAE (closed form)" in markdown
    assert (directory / "comparison.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.slow
def test_a_method_that_fails_stands_in_its_row(tmp_path, capsys):
    Toy.failures[0] = RuntimeError("collapsed")
    comparison.main(Config(run_dir=str(tmp_path / "run")), "toy,sae")
    out = capsys.readouterr().out
    assert "- Toy, seed 0: failed. RuntimeError: collapsed" in out
    content = json.loads((tmp_path / "run/comparison.json").read_text())
    first, second = content["rows"]
    assert first["seeds"] == [] and second["seeds"] == [0]


def test_methods_keep_the_order_given_and_come_once():
    chosen = comparison.choose(Config(), "sae, toy,sae")
    assert [variant.slug for variant in chosen] == ["sae", "toy"]
    assert [variant.config.method for variant in chosen] == ["sae", "toy"]


def test_a_reading_is_that_of_the_default_method():
    config = Config().read_as("literal")
    mine, other = comparison.choose(config, f"{registry.DEFAULT},sae")
    assert mine.config == config.replace(seeds=1)
    assert other.config.reading == "default"


def test_an_unknown_method_is_refused():
    with pytest.raises(InputError, match="`--methods` must be of aspn.*wgan$"):
        comparison.choose(Config(), "aspn,wgan")


def test_one_method_is_no_comparison():
    with pytest.raises(InputError, match="not `--method`"):
        comparison.choose(Config(method="sae"), "aspn,sae")


def test_the_paper_stands_beside_where_the_features_are_its_own(tiny):
    config = Config(dataset="cub", manual_dir=".")
    wide = widened(tiny, paper.FEATURE_WIDTH)
    printed, notes = comparison.beside(config, wide, ["aspn"])
    assert printed == paper.TABLE_1["cub"] and notes == []
    printed, (note,) = comparison.beside(config, tiny, ["aspn"])
    assert printed is None
    assert "2048-d" in note and "6-d" in note
    printed, (note,) = comparison.beside(Config(), tiny, ["aspn"])
    assert printed is None and "has no tiny" in note


def test_what_is_known_of_a_printed_row_stands_below_it(tiny):
    config = Config(dataset="awa1", manual_dir=".")
    wide = widened(tiny, paper.FEATURE_WIDTH)
    _, notes = comparison.beside(config, wide, ["aspn", "eszsl"])
    assert paper.NOTES["awa1", "eszsl"] in notes
    _, notes = comparison.beside(config, tiny, ["aspn", "eszsl"])
    assert paper.NOTES["awa1", "eszsl"] not in notes


def test_what_a_method_says_of_itself_is_told_where_it_takes_part(tiny):
    (fog,) = Toy.notes
    _, notes = comparison.beside(Config(), tiny, ["aspn", "toy"])
    assert notes.count(fog) == 1
    _, notes = comparison.beside(Config(), tiny, ["aspn"])
    assert fog not in notes
