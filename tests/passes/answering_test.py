"""`python -m aspn_tf.beam_predict`, as it is typed, beside `predict`."""

import json
import os
import pathlib
import subprocess
import sys

import forked
import numpy as np
import polars
import pytest
from stand_ins import Linear

pytest.importorskip("apache_beam")

import shard_files  # noqa: E402
import tensorflow as tf  # noqa: E402

from aspn_tf.errors import InputError  # noqa: E402
from aspn_tf.passes import answering  # noqa: E402
from aspn_tf.serving import export, predicting  # noqa: E402

ROOT = pathlib.Path(__file__).parents[2]
TWO_WORKERS = (
    "--",
    "--direct_num_workers=2",
    "--direct_running_mode=multi_processing",
)
TOP_K = 3
COUNT = 50  # of a shard's rows


def run(place, *words):
    """The command; what it says and its exit code."""
    return subprocess.run(
        [sys.executable, "-m", "aspn_tf.beam_predict", *words],
        cwd=place,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
    )


def typed(output, *others):
    return (
        *("--model=model", "--input=rows/*", f"--output={output}"),
        *(f"--top_k={TOP_K}", "--batch_size=20", *others),
    )


def rows(shard):
    stream = np.random.default_rng(shard)
    return stream.normal(size=(COUNT, 6)).astype(np.float32)


@pytest.fixture(scope="module")
def place(tiny, tmp_path_factory):
    """A model, shards of both kinds, and what `predict` says of the rows."""
    place = tmp_path_factory.mktemp("shards")
    method = Linear(tiny.training())
    export.save(place / "model", method, tiny, [], {}, 0.25, 0.25)
    (place / "rows").mkdir()
    shard_files.columns(place / "rows" / "0.parquet", rows(0))
    shard_files.lists(place / "rows" / "1.parquet", rows(1))
    shard_files.records(place / "rows" / "2.tfrecord", rows(2))
    for shard in range(3):
        np.save(place / f"{shard}.npy", rows(shard))
        predicting.predict(
            model=place / "model",
            features=str(place / f"{shard}.npy"),
            semantics="",
            class_names="",
            output=place / f"{shard}.csv",
            top_k=TOP_K,
            batch_size=20,
        )
    return place


def told(place, shard, kept=None):
    """What `predict` said of a shard's rows: names and scores, both (n, k)."""
    table = polars.read_csv(place / f"{shard}.csv")
    if kept is not None:
        table = table[kept]
    return table["row"].to_list(), *(
        table.select(f"{what}_{k + 1}" for k in range(TOP_K)).to_numpy()
        for what in ("class", "score")
    )


def found(path):
    """What a file of answers says: rows, names and scores."""
    if path.suffix == ".parquet":
        table = polars.read_parquet(path)
        return table["row"].to_list(), *(
            table.select(f"{what}_{k + 1}" for k in range(TOP_K)).to_numpy()
            for what in ("class", "score")
        )
    all_rows, names, scores = [], [], []
    for record in tf.data.TFRecordDataset(str(path)):
        one = tf.train.Example.FromString(record.numpy()).features.feature
        all_rows += one["row"].int64_list.value
        names.append([n.decode() for n in one["classes"].bytes_list.value])
        scores.append(one["scores"].float_list.value)
    return all_rows, np.array(names), np.array(scores)


def assert_same(one, other):
    assert one[0] == other[0]
    np.testing.assert_array_equal(one[1], other[1])
    np.testing.assert_allclose(one[2], other[2], rtol=1e-5, atol=1e-6)


@pytest.mark.slow
@pytest.mark.parametrize(
    "flags", [(), pytest.param(TWO_WORKERS, marks=pytest.mark.long)]
)
def test_it_answers_as_predict(place, flags):
    output = f"out{len(flags)}/"
    done = run(place, *typed(output, *flags))
    assert done.returncode == 0, done.stderr
    assert "3 of 3 shards are to be answered" in done.stderr
    assert "150 rows answered, 0 that cannot be used" in done.stderr
    assert_same(found(place / output / "0.parquet"), told(place, 0))
    assert_same(found(place / output / "1.parquet"), told(place, 1))
    assert_same(found(place / output / "2.tfrecord"), told(place, 2))
    files = {path.name for path in (place / output).iterdir()}
    assert files == {"0.parquet", "1.parquet", "2.tfrecord", "about.json"}


@pytest.mark.slow
def test_it_goes_on_shard_by_shard(place):
    """Bad rows are put aside; a damaged shard waits until it is mended."""
    damaged = place / "rows" / "3.parquet"
    bad = rows(0)
    bad[7, 1] = np.nan
    kept = np.delete(np.arange(COUNT), 7)
    shard_files.columns(damaged, bad)
    whole = damaged.read_bytes()
    damaged.write_bytes(whole[:-9])
    try:
        output = typed("on/x-", "--output_format=tfrecord")
        begin = ["-m", "aspn_tf.beam_predict", *output]
        done = forked.run(begin, cwd=place)
        assert done.returncode == 2
        (sentence,) = [
            line for line in done.stderr.splitlines() if "must be" in line
        ]
        assert "1 of 4 that are not, the first rows/3.parquet" in sentence
        assert not (place / "on" / "x-3.tfrecord").exists()
        reason = json.loads((place / "on" / "x-3.bad.jsonl").read_text())
        assert reason["row"] is None
        before = (place / "on" / "x-0.tfrecord").stat().st_mtime_ns
        damaged.write_bytes(whole)
        done = forked.run(begin, cwd=place)
        assert done.returncode == 0, done.stderr
        assert "1 of 4 shards are to be answered" in done.stderr
        assert "49 rows answered, 1 that cannot be used" in done.stderr
    finally:
        damaged.unlink()
    assert (place / "on" / "x-0.tfrecord").stat().st_mtime_ns == before
    assert_same(found(place / "on" / "x-0.tfrecord"), told(place, 0))
    answers = found(place / "on" / "x-3.tfrecord")
    assert_same(answers, told(place, 0, kept))
    reason = json.loads((place / "on" / "x-3.bad.jsonl").read_text())
    assert reason == {
        "shard": "rows/3.parquet",
        "row": 7,
        "reason": "NaN or infinity",
    }


def predict(place, **given):
    answering.predict(
        **{
            "model": place / "model",
            "input": f"{place}/rows/*",
            "output": f"{place}/refused/",
            "output_format": "",
            "top_k": TOP_K,
            "batch_size": 20,
            "beam_flags": [],
            **given,
        }
    )


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"model": ""}, "`--model` must be given"),
        ({"input": ""}, "`--input` must be given"),
        ({"output": ""}, "`--output` must be given"),
        ({"model": "none"}, "A model must be a directory"),
        ({"input": "none*"}, "`--input` must name shards"),
        ({"output_format": "csv"}, "one of parquet, tfrecord. Received: csv"),
        ({"top_k": 0}, "`--top_k` must be at least 1"),
        ({"batch_size": 0}, "`--batch_size` must be at least 1"),
        ({"beam_flags": ["--runner=Abacus"]}, "pipeline runner: Abacus"),
        ({"beam_flags": ["--direct_num_workers=x"]}, "invalid int value"),
    ],
)
def test_a_value_that_cannot_be_used_is_refused(place, given, said):
    with pytest.raises(InputError, match=said) as refused:
        predict(place, **given)
    assert "\n" not in str(refused.value)
    assert not (place / "refused").exists()


def test_scores_beyond_float32_make_a_row_bad(tmp_path):
    (tmp_path / "rows").mkdir()
    target = answering.shards.Targets(f"{tmp_path}/", "parquet")
    scores = np.array([[1, 0.5], [np.inf, 0]], np.float32)
    index = np.zeros((2, 2), np.int32)
    block = np.array([3, 4]), [None, None], index, scores
    write = answering._Write(target, ["ant", "bee"], 2)
    write.process(("rows/a.parquet", {"bad": [], "answers": [block]}))
    assert polars.read_parquet(tmp_path / "a.parquet")["row"].to_list() == [3]
    told = json.loads((tmp_path / "a.bad.jsonl").read_text())
    assert told["row"] == 4 and "float32" in told["reason"]
