"""An exported model, from file to file."""

import csv
import json
import pathlib

import numpy as np
import pytest
from stand_ins import Linear

from aspn_tf.errors import InputError
from aspn_tf.serving import export, loaded, predicting


@pytest.fixture(scope="module")
def model(tiny, tmp_path_factory):
    """The directory of an exported method."""
    directory = tmp_path_factory.mktemp("predicted") / "model"
    export.save(directory, Linear(tiny.training()), tiny, [], {}, 0.25, 5.0)
    return str(directory)


@pytest.fixture
def features(tiny, tmp_path):
    """The path of 28 rows."""
    path = tmp_path / "features.npy"
    np.save(path, tiny.test_seen.features)
    return str(path)


@pytest.fixture
def classes(tmp_path):
    """Writes a file of classes and one of their names; gives the flags."""

    def write(semantics, names):
        np.savetxt(tmp_path / "s.csv", semantics, "%.6f", ",")
        flags = {"semantics": str(tmp_path / "s.csv")}
        if names:
            (tmp_path / "names.txt").write_text("\n".join(names))
            flags["class_names"] = str(tmp_path / "names.txt")
        return flags

    return write


def run(model, features, output, **changes):
    arguments = {
        "semantics": "",
        "class_names": "",
        "top_k": 3,
        "batch_size": 5,
    }
    predicting.predict(
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


def noted(capsys):
    """The lines on stderr before the bar."""
    return capsys.readouterr().err.split("\r")[0].splitlines()


def test_the_file_holds_what_the_api_answers(
    model, features, tmp_path, tiny, capsys
):
    run(model, features, tmp_path / "a.csv")
    names, scores = read(tmp_path / "a.csv")
    answer = loaded.load(model).classify(tiny.test_seen.features, top_k=3)
    np.testing.assert_array_equal(names, answer.names)
    np.testing.assert_allclose(scores, answer.scores, rtol=1e-5, atol=1e-6)
    assert noted(capsys) == []


def test_classes_of_a_file_are_seen_by_name(
    model, features, classes, tmp_path, tiny, capsys
):
    flags = classes(tiny.semantics[[9, 3, 0]], ["new", "d", "a"])
    run(model, features, tmp_path / "a.csv", **flags)
    assert noted(capsys) == [
        "aspn_tf: 2 of the 3 classes are taken as seen in training and "
        "calibrated: d, a"
    ]
    names, scores = read(tmp_path / "a.csv")
    semantics = dict(zip(["new", "d", "a"], tiny.semantics[[9, 3, 0]]))
    answer = loaded.load(model).classify(tiny.test_seen.features, semantics)
    np.testing.assert_array_equal(names, answer.names)
    np.testing.assert_allclose(scores, answer.scores, rtol=1e-4, atol=1e-4)


def test_json_lines_name_the_classes(model, features, classes, tmp_path, tiny):
    flags = classes(tiny.semantics[[9, 3]], ["new", "old"])
    run(model, features, tmp_path / "a.jsonl", **flags)
    lines = (tmp_path / "a.jsonl").read_text().splitlines()
    assert len(lines) == 28
    assert set(json.loads(lines[0])["classes"]) == {"new", "old"}


def test_classes_without_names_are_numbered(
    model, features, classes, tmp_path, tiny, capsys
):
    flags = classes(tiny.semantics[:4], None)
    run(model, features, tmp_path / "a.csv", top_k=9, **flags)
    names, _ = read(tmp_path / "a.csv")
    assert set(names[0]) == set("0123")
    (line,) = noted(capsys)
    assert "0 of the 4 classes" in line
    assert line.endswith("--class_names tells which they are")


def test_the_note_lists_a_few_classes(
    model, features, classes, tmp_path, tiny, capsys
):
    flags = classes(tiny.semantics, tiny.class_names)
    run(model, features, tmp_path / "a.csv", **flags)
    (line,) = noted(capsys)
    assert line.endswith(
        "7 of the 10 classes are taken as seen in training "
        "and calibrated: a, b, c, d, e, ..."
    )


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


def test_a_line_of_names_ends_where_a_text_editor_ends_it(
    model, features, classes, tmp_path, tiny
):
    names = ["form\ffeed", "line\u2028separator"]
    flags = classes(tiny.semantics[:2], names)
    path = pathlib.Path(flags["class_names"])
    path.write_bytes(b"\xef\xbb\xbf" + "\r\n".join(names).encode())
    run(model, features, tmp_path / "a.csv", **flags)
    found, _ = read(tmp_path / "a.csv")
    assert set(found[0]) == set(names)


def test_names_must_fit_the_rows(model, features, classes, tmp_path, tiny):
    flags = classes(tiny.semantics[:3], ["one", "one"])
    with pytest.raises(InputError, match="name the 3 rows"):
        run(model, features, tmp_path / "a.csv", **flags)


def test_names_go_with_semantics(model, features, tmp_path):
    with pytest.raises(InputError, match="must come with `--semantics`"):
        run(model, features, tmp_path / "a.csv", class_names="names.txt")


@pytest.mark.parametrize("changes", [{"top_k": 0}, {"batch_size": 0}])
def test_values_out_of_bounds_are_refused(model, features, tmp_path, changes):
    with pytest.raises(InputError, match="must be at least 1. Received: 0"):
        run(model, features, tmp_path / "a.csv", **changes)
