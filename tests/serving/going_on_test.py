"""`predict` that was stopped ends as if it had never been."""

import errno
import itertools
import json
import os
import pathlib
import signal
import time

import numpy as np
import pytest
from forked import Forked, own_lines
from stand_ins import Linear

from aspn_tf import stopping
from aspn_tf.errors import InputError, Stopped
from aspn_tf.serving import answers, export, predicting, unfinished

ROOT = pathlib.Path(__file__).parents[2]
ROWS, BATCH = 203, 10


class Cut(BaseException):
    """As sudden as a kill, for whoever is in the same process."""


@pytest.fixture(scope="module")
def model(tiny, tmp_path_factory):
    directory = tmp_path_factory.mktemp("going_on") / "model"
    export.save(directory, Linear(tiny.training()), tiny, [], {}, 0.25, 5.0)
    return str(directory)


@pytest.fixture(scope="module")
def rows(tiny, tmp_path_factory):
    """The same rows in formats that can seek and that cannot."""
    home = tmp_path_factory.mktemp("rows")
    stream = np.random.default_rng(0)
    rows = stream.normal(size=(ROWS, tiny.feature_width)).astype(np.float32)
    np.save(home / "r.npy", rows)
    np.savez(home / "r.npz", features=rows)
    np.savetxt(home / "r.csv", rows, "%.9g", ",")
    return home


@pytest.fixture(autouse=True)
def often(monkeypatch):
    """What is written is kept after every batch; signals are as they were."""
    monkeypatch.setattr(answers, "SECONDS", 0.0)
    monkeypatch.setattr(stopping, "listen", lambda: None)
    monkeypatch.setattr(stopping, "_asked", None)


def run(model, features, output, **changes):
    arguments = {"semantics": "", "class_names": "", "top_k": 3}
    predicting.predict(
        model=model,
        features=str(features),
        output=str(output),
        **({"batch_size": BATCH} | arguments | changes),
    )


def cut_at(number, monkeypatch, where=unfinished.Unfinished, name="keep"):
    """The numbered call of a method is as sudden as a kill."""
    true, calls = getattr(where, name), itertools.count()

    def cutting(self, *rest):
        if next(calls) == number:
            raise Cut
        return true(self, *rest)

    monkeypatch.setattr(where, name, cutting)
    # A kill leaves what there is.
    monkeypatch.setattr(answers.Writer, "__exit__", killed)


def killed(writer, kind, *_):
    if kind is None:
        writer._flush()
        writer._file.finish()
    writer._file._all.close()


@pytest.mark.parametrize(
    "suffix, ending, step",
    [
        ("npy", "csv", "keep"),
        ("csv", "jsonl", "write"),
        ("npz", "csv", "finish"),
        pytest.param("npz", "jsonl", "keep", marks=pytest.mark.slow),
        pytest.param("csv", "csv", "keep", marks=pytest.mark.slow),
        pytest.param("npy", "csv", "write", marks=pytest.mark.slow),
        pytest.param("npy", "jsonl", "finish", marks=pytest.mark.slow),
    ],
)
def test_after_a_kill_the_file_is_the_same(
    model, rows, tmp_path, monkeypatch, suffix, ending, step
):
    source, output = rows / f"r.{suffix}", tmp_path / f"a.{ending}"
    run(model, source, tmp_path / f"whole.{ending}")
    with monkeypatch.context() as patch:
        cut_at(0 if step == "finish" else 9, patch, name=step)
        with pytest.raises(Cut):
            run(model, source, output)
    assert not output.exists()
    partial = tmp_path / f".a.{ending}.partial"
    with partial.open("ab") as file:
        file.write(b'7,"half a li')
    asked = []
    true = predicting._in_order

    def counted(answer, batches, start):
        asked.append(start)
        return true(answer, batches, start)

    monkeypatch.setattr(predicting, "_in_order", counted)
    run(model, source, output)
    assert asked == [ROWS if step == "finish" else 9 * BATCH]
    assert output.read_bytes() == (tmp_path / f"whole.{ending}").read_bytes()
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        *(f"a.{ending}", f"whole.{ending}"),
    ]


@pytest.mark.parametrize("what", ["features", "top_k", "model", "batch_size"])
def test_it_goes_on_with_nothing_else(
    model, rows, tmp_path, monkeypatch, what, tiny
):
    output, changes = tmp_path / "a.csv", {"model": model, "features": None}
    changes["features"] = rows / "r.npy"
    with monkeypatch.context() as patch:
        cut_at(5, patch)
        with pytest.raises(Cut):
            run(output=output, **changes)
    kept = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    other = tmp_path / "other"
    if what == "features":
        np.save(f"{other}.npy", np.load(rows / "r.npy") + 1)
        changes[what] = f"{other}.npy"
    elif what == "model":
        method = Linear(tiny.training())
        export.save(other, method, tiny, [], {}, 0.5, 5.0)
        changes[what] = str(other)
    else:
        changes[what] = 2
    with pytest.raises(InputError, match=f"begun with other {what}; delete"):
        run(output=output, **changes)
    for name, content in kept.items():
        assert (tmp_path / name).read_bytes() == content


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_keeps_what_is_written(
    model, rows, tmp_path, monkeypatch, number
):
    run(model, rows / "r.npy", tmp_path / "whole.csv")
    monkeypatch.setattr(answers, "SECONDS", 1e9)
    true, calls = answers.Writer.write, itertools.count()

    def signalled(self, *rest):
        true(self, *rest)
        if next(calls) == 3:
            stopping._heard(number, None)

    with monkeypatch.context() as patch:
        patch.setattr(answers.Writer, "write", signalled)
        with pytest.raises(Stopped, match=f"signal {number}") as stopped:
            run(model, rows / "r.npy", tmp_path / "a.csv")
    assert "the same command goes on" in stopped.value.way
    told = json.loads((tmp_path / ".a.csv.partial.json").read_text())
    assert told["position"] == {"rows": 4 * BATCH, "taken": 4 * BATCH}
    monkeypatch.setattr(stopping, "_asked", None)
    run(model, rows / "r.npy", tmp_path / "a.csv")
    whole = (tmp_path / "whole.csv").read_bytes()
    assert (tmp_path / "a.csv").read_bytes() == whole


@pytest.mark.slow
@pytest.mark.parametrize("place", ["write", "keep"])
def test_a_full_disk_keeps_what_is_written(
    model, rows, tmp_path, monkeypatch, place
):
    run(model, rows / "r.npy", tmp_path / "whole.csv")
    true, calls = getattr(unfinished.Unfinished, place), itertools.count()

    def full(self, *rest):
        if next(calls) >= 4:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        true(self, *rest)

    with monkeypatch.context() as patch:
        patch.setattr(unfinished.Unfinished, place, full)
        with pytest.raises(OSError, match="No space"):
            run(model, rows / "r.npy", tmp_path / "a.csv")
    told = json.loads((tmp_path / ".a.csv.partial.json").read_text())
    assert told["position"]["rows"] == 4 * BATCH
    run(model, rows / "r.npy", tmp_path / "a.csv")
    whole = (tmp_path / "whole.csv").read_bytes()
    assert (tmp_path / "a.csv").read_bytes() == whole


def test_two_cannot_write_the_same(tmp_path):
    with answers.Writer(tmp_path / "a.csv", ["a"]):
        with pytest.raises(InputError, match="another process writes"):
            answers.Writer(tmp_path / "a.csv", ["a"])


def test_pictures_go_on_behind_those_that_are_none(tmp_path):
    from aspn_tf.serving import pictured

    names = [f"{k:02d}.png" for k in range(11)]
    for name in names:
        (tmp_path / name).write_bytes(b"none")
    pictures = pictured.Pictures(str(tmp_path), None, 4)
    seen = []

    def features(paths, backbone, size):
        for at in range(0, len(paths), size):
            some = paths[at : at + size]
            good = [k for k in range(len(some)) if "5" not in some[k].name]
            seen.extend(some)
            yield np.zeros((len(good), 1)), [at + k for k in good], {}

    from aspn_tf.pictures import extract

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(extract, "features", features)
        whole = list(pictures.batches(0, print))
        seen.clear()
        rest = list(pictures.batches(whole[0][2], print))
    assert [taken for *_, taken in whole] == [4, 8, 11]
    assert [own[0] for own in rest] == [own[0] for own in whole[1:]]
    assert len(seen) == 11 - 4


PREDICT = """
import sys
from aspn_tf.serving import answers
answers.SECONDS = 0.0
import runpy
sys.argv[0] = "predict"
runpy.run_module("aspn_tf.predict", run_name="__main__")
"""


def begin(model, rows, output, limit=None):
    """The process of `predict`, whose files may not grow beyond a limit."""
    words = [
        *("-c", PREDICT, f"--model={model}", f"--features={rows}"),
        *(f"--output={output}", "--batch_size=200"),
    ]
    return Forked(words, limit)


@pytest.fixture(scope="module")
def many(tiny, tmp_path_factory):
    path = tmp_path_factory.mktemp("many") / "rows.npy"
    stream = np.random.default_rng(1)
    np.save(path, stream.normal(size=(20_000, tiny.feature_width)))
    return path


@pytest.mark.slow
def test_a_process_that_is_killed_goes_on(model, many, tmp_path):
    output = tmp_path / "a.csv"
    told = tmp_path / ".a.csv.partial.json"
    kills = 0
    for _ in range(3):
        before = told.read_bytes() if told.exists() else b""
        process = begin(model, many, output)
        while process.poll() is None:
            if told.exists() and told.read_bytes() != before:
                process.kill()
                kills += 1
            time.sleep(0.01)
        process.communicate()
        if output.exists():
            break
    assert kills >= 2
    if not output.exists():
        assert begin(model, many, output).communicate() and output.exists()
    begin(model, many, tmp_path / "whole.csv").communicate()
    whole = (tmp_path / "whole.csv").read_bytes()
    assert output.read_bytes() == whole
    assert len(list(tmp_path.iterdir())) == 2


@pytest.mark.slow
@pytest.mark.parametrize("limit", [0, 5000, 100_000])
def test_with_too_little_space_a_sentence_and_then_on(
    model, many, tmp_path, limit
):
    output = tmp_path / "a.csv"
    process = begin(model, many, output, limit)
    _, said = process.communicate()
    assert process.returncode == 3, said
    (line,) = own_lines(said)
    assert "The disk must have space" in line
    if limit:  # else there is no place for temporary files, it says
        assert "File too large" in line
    assert not output.exists()
    assert begin(model, many, output).communicate() and output.exists()
    assert [path.name for path in tmp_path.iterdir()] == ["a.csv"]
    assert len(output.read_bytes().splitlines()) == 20_001
