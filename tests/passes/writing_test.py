"""Files of answers: what they hold, and that they are whole or absent."""

import json

import numpy as np
import polars
import pytest

pytest.importorskip("apache_beam")

import tensorflow as tf  # noqa: E402

from aspn_tf.datasets.shards.reading import Bad  # noqa: E402
from aspn_tf.passes import writing  # noqa: E402

NAMES = ["ant", "bee", "cat"]
ANSWERS = [  # of a shard's blocks, as they may come
    (
        np.array([4, 6]),
        ["e", None],
        np.array([[2, 0], [1, 0]], np.int32),
        np.array([[0.5, 0.25], [2, 1]], np.float32),
    ),
    (
        np.array([0]),
        ["a"],
        np.array([[1, 2]], np.int32),
        np.array([[9, 8]], np.float32),
    ),
]


def test_parquet_has_the_columns_of_predict(tmp_path):
    path = str(tmp_path / "a.parquet")
    writing.write_answers(path, NAMES, ANSWERS, 2)
    assert polars.read_parquet(path).to_dict(as_series=False) == {
        "row": [0, 4, 6],
        "id": ["a", "e", None],
        "class_1": ["bee", "cat", "bee"],
        "score_1": [9, 0.5, 2],
        "class_2": ["cat", "ant", "ant"],
        "score_2": [8, 0.25, 1],
    }


def test_without_ids_there_is_no_column_of_them(tmp_path):
    path = str(tmp_path / "a.parquet")
    bare = [(one[0], [None] * len(one[0]), *one[2:]) for one in ANSWERS]
    writing.write_answers(path, NAMES, bare, 2)
    assert polars.read_parquet(path).columns[:2] == ["row", "class_1"]


def test_a_record_has_row_classes_and_scores(tmp_path):
    path = str(tmp_path / "a.tfrecord")
    writing.write_answers(path, NAMES, ANSWERS, 2)
    first, *_, last = [
        tf.train.Example.FromString(record.numpy()).features.feature
        for record in tf.data.TFRecordDataset(path)
    ]
    assert first["row"].int64_list.value[:] == [0]
    assert first["id"].bytes_list.value[:] == [b"a"]
    assert first["classes"].bytes_list.value[:] == [b"bee", b"cat"]
    assert first["scores"].float_list.value[:] == [9, 8]
    assert last["row"].int64_list.value[:] == [6] and "id" not in last


@pytest.mark.parametrize("kind", writing.FORMATS)
def test_no_answer_is_a_whole_file(tmp_path, kind):
    path = tmp_path / f"a.{kind}"
    writing.write_answers(str(path), NAMES, [], 2)
    if kind == "parquet":
        assert polars.read_parquet(path).columns[-1] == "score_2"
    else:
        assert path.read_bytes() == b""


@pytest.mark.parametrize("kind", writing.FORMATS)
def test_an_error_leaves_nothing(tmp_path, kind):
    wrong = [ANSWERS[0], (np.array([9]), ["x"], np.array([[7, 7]]), None)]
    with pytest.raises((IndexError, TypeError)):
        writing.write_answers(str(tmp_path / f"a.{kind}"), NAMES, wrong, 2)
    assert not any(tmp_path.iterdir())


def test_bad_rows_are_lines_and_none_is_no_file(tmp_path):
    path = tmp_path / "a.bad.jsonl"
    writing.write_bad(str(path), "in/a", [Bad(3, "NaN"), Bad(None, "cut")])
    assert [json.loads(line) for line in path.read_text().splitlines()] == [
        {"shard": "in/a", "row": 3, "reason": "NaN"},
        {"shard": "in/a", "row": None, "reason": "cut"},
    ]
    writing.write_bad(str(path), "in/a", [])
    assert not path.exists()
