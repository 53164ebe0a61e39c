"""Lines of answers, byte by byte."""

import csv
import json

import numpy as np
import pytest

from aspn_tf.errors import InputError
from aspn_tf.serving import answers
from aspn_tf.serving.answers import Writer

NAMES = ["ant", 'a "b", c', "Ä"]
INDEX = np.array([[0, 1], [2, 0], [1, 2]])
SCORES = np.array([[1.5, -0.25], [1e-30, -3e38], [0.0, -1.0]], np.float32)


def write(path):
    with Writer(path, NAMES) as writer:
        writer.write(INDEX[:2], SCORES[:2])
        writer.write(INDEX[2:], SCORES[2:])


@pytest.mark.parametrize("suffix", [".csv", ".jsonl"])
def test_every_float32_comes_back(tmp_path, suffix):
    bits = np.random.default_rng(0).integers(0, 1 << 32, 20000, np.uint32)
    values = bits.view(np.float32)
    values = values[np.isfinite(values)]
    edges = np.float32([1, 10, 0.1, 9.9999999e9, 1e-38, 3.4028235e38])
    values = np.concatenate([values, edges, np.nextafter(edges, 0)])
    with Writer(tmp_path / f"a{suffix}", NAMES) as writer:
        writer.write(np.zeros((len(values), 1), int), values[:, None])
    if suffix == ".csv":
        back = np.loadtxt(tmp_path / "a.csv", np.float32, "#", ",", None, 1, 2)
    else:
        lines = (tmp_path / "a.jsonl").read_text().splitlines()
        back = np.float32([json.loads(line)["scores"][0] for line in lines])
    np.testing.assert_array_equal(back, values)


def test_a_score_that_is_not_finite_is_refused(tmp_path):
    with pytest.raises(InputError, match="Scores must be finite"):
        with Writer(tmp_path / "a.csv", NAMES) as writer:
            writer.write(INDEX[:1], np.float32([[1.0, np.inf]]))
    assert list(tmp_path.iterdir()) == []


def test_csv_has_a_header_and_a_line_a_row(tmp_path):
    write(tmp_path / "a.csv")
    with open(tmp_path / "a.csv", newline="") as file:
        header, *lines = csv.reader(file)
    assert header == ["row", "class_1", "score_1", "class_2", "score_2"]
    for row, line in enumerate(lines):
        names = [NAMES[i] for i in INDEX[row]]
        assert line[0] == str(row)
        assert line[1::2] == names
        np.testing.assert_array_equal(np.float32(line[2::2]), SCORES[row])


def test_json_lines_are_json(tmp_path):
    write(tmp_path / "a.jsonl")
    lines = (tmp_path / "a.jsonl").read_text().splitlines()
    for row, line in enumerate(map(json.loads, lines)):
        assert line["row"] == row
        assert line["classes"] == [NAMES[i] for i in INDEX[row]]
        np.testing.assert_array_equal(np.float32(line["scores"]), SCORES[row])


def test_rows_are_counted_on_from_write_to_write(tmp_path, monkeypatch):
    monkeypatch.setattr(answers, "LINES", 10)
    with Writer(tmp_path / "a.csv", NAMES) as writer:
        for _ in range(3):
            writer.write(np.zeros((7, 1), int), np.zeros((7, 1), np.float32))
    lines = (tmp_path / "a.csv").read_text().splitlines()[1:]
    assert [line.split(",")[0] for line in lines] == list(map(str, range(21)))


def test_a_failure_leaves_no_file(tmp_path):
    with pytest.raises(KeyboardInterrupt):
        with Writer(tmp_path / "a.csv", NAMES):
            raise KeyboardInterrupt
    assert list(tmp_path.iterdir()) == []


def test_nothing_is_overwritten(tmp_path):
    write(tmp_path / "a.csv")
    with pytest.raises(InputError, match="must not exist yet"):
        write(tmp_path / "a.csv")


@pytest.mark.parametrize("name", ["a.txt", "no/where.csv"])
def test_a_path_that_cannot_be_is_refused(tmp_path, name):
    with pytest.raises(InputError, match="`--output` must"):
        write(tmp_path / name)
