"""`python -m aspn_tf.predict`, from file to file."""

import csv
import json
import subprocess
import sys

import numpy as np
import pytest

from aspn_tf import export, predict, serving
from aspn_tf.baselines import METHODS
from aspn_tf.config import Config
from aspn_tf.errors import InputError


@pytest.fixture(scope="module")
def model(tiny, tmp_path_factory):
    """The directory of an exported ESZSL."""
    directory = tmp_path_factory.mktemp("predicted") / "model"
    method = METHODS["eszsl"](Config(method="eszsl"))
    for _ in method.fit(tiny, {"gamma": 1.0, "lambda": 1.0}):
        pass
    export.save(directory, method, tiny, Config(), {}, 0.25)
    return str(directory)


@pytest.fixture
def features(tiny, tmp_path):
    """The path of 28 rows."""
    path = tmp_path / "features.npy"
    np.save(path, tiny.test_seen.features)
    return str(path)


def run(model, features, output, **changes):
    arguments = {
        "semantics": "",
        "class_names": "",
        "top_k": 3,
        "batch_size": 5,
    }
    predict.predict(
        model=model,
        features=features,
        output=str(output),
        **(arguments | changes),
    )


def read(path):
    with open(path, newline="") as file:
        _, *lines = csv.reader(file)
    names = np.array([line[1::2] for line in lines])
    return names, np.array([line[2::2] for line in lines], np.float32)


def test_the_file_holds_what_the_api_answers(model, features, tmp_path, tiny):
    run(model, features, tmp_path / "a.csv")
    names, scores = read(tmp_path / "a.csv")
    answer = serving.Model(model).classify(tiny.test_seen.features, top_k=3)
    np.testing.assert_array_equal(names, answer.names)
    np.testing.assert_allclose(scores, answer.scores, rtol=1e-5, atol=1e-6)


def test_classes_come_from_a_file_with_names(model, features, tmp_path, tiny):
    np.save(tmp_path / "s.npy", tiny.semantics[[9, 3]])
    (tmp_path / "names.txt").write_text("new\nold\n")
    run(
        model,
        features,
        tmp_path / "a.jsonl",
        semantics=str(tmp_path / "s.npy"),
        class_names=str(tmp_path / "names.txt"),
    )
    lines = (tmp_path / "a.jsonl").read_text().splitlines()
    assert len(lines) == 28
    assert set(json.loads(lines[0])["classes"]) == {"new", "old"}


def test_classes_without_names_are_numbered(model, features, tmp_path, tiny):
    np.save(tmp_path / "s.npy", tiny.semantics[:4])
    semantics = str(tmp_path / "s.npy")
    run(model, features, tmp_path / "a.csv", semantics=semantics, top_k=9)
    names, _ = read(tmp_path / "a.csv")
    assert set(names[0]) == set("0123")


def test_a_bad_row_is_named_and_leaves_no_file(model, tmp_path, tiny):
    rows = tiny.test_seen.features.copy()
    rows[17, 2] = np.nan
    np.save(tmp_path / "bad.npy", rows)
    with pytest.raises(InputError, match="infinity in row 17"):
        run(model, str(tmp_path / "bad.npy"), tmp_path / "a.csv")
    assert [path.name for path in tmp_path.iterdir()] == ["bad.npy"]


def test_rows_of_another_width_are_refused(model, tmp_path):
    np.save(tmp_path / "wide.npy", np.zeros((2, 9)))
    with pytest.raises(InputError, match="rows of 6 numbers.*Received: 9"):
        run(model, str(tmp_path / "wide.npy"), tmp_path / "a.csv")


def test_names_must_fit_the_rows(model, features, tmp_path, tiny):
    np.save(tmp_path / "s.npy", tiny.semantics[:3])
    (tmp_path / "names.txt").write_text("one\none\n")
    with pytest.raises(InputError, match="name the 3 rows"):
        run(
            model,
            features,
            tmp_path / "a.csv",
            semantics=str(tmp_path / "s.npy"),
            class_names=str(tmp_path / "names.txt"),
        )


@pytest.mark.parametrize("changes", [{"top_k": 0}, {"batch_size": 0}])
def test_values_out_of_bounds_are_refused(model, features, tmp_path, changes):
    with pytest.raises(InputError, match="must be at least 1. Received: 0"):
        run(model, features, tmp_path / "a.csv", **changes)


def test_the_command_ends_with_one_sentence_and_2(features, tmp_path):
    done = subprocess.run(
        [
            *(sys.executable, "-m", "aspn_tf.predict", "--model=nowhere"),
            *(f"--features={features}", f"--output={tmp_path / 'a.csv'}"),
        ],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 2
    assert done.stderr.startswith("aspn_tf: A model must be a directory")
    assert done.stderr.count("\n") == 1
