"""A few damaged files of every kind; `benchmarks/fuzz.py` reads many."""

import importlib.util
import pathlib
import sys

import pytest

BENCHMARKS = pathlib.Path(__file__).parents[1] / "benchmarks"
FILES = (
    *("npy", "npz", "csv", "mat4", "mat5", "mat73"),
    *("classes", "card", "flags", "model", "run", "picture"),
)
SLOW = ("parquet", "shards", "progress")  # each with a process to start


@pytest.fixture(scope="module")
def fuzz():
    kept = list(sys.path)
    spec = importlib.util.spec_from_file_location(
        "fuzz", BENCHMARKS / "fuzz.py"
    )
    module = importlib.util.module_from_spec(spec)
    sys.modules["fuzz"] = module  # its dataclass looks there
    spec.loader.exec_module(module)
    yield module
    del sys.modules["fuzz"]
    sys.path[:] = kept


def test_every_kind_is_here(fuzz):
    assert {*FILES, *SLOW} == set(fuzz.cases.KINDS)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize("kind", [*FILES, *SLOW])
def test_damaged_files_load_or_are_refused(fuzz, kind, tmp_path):
    count = {"picture": 8, "npz": 10}.get(kind, 5 if kind in SLOW else 24)
    counts, bad = fuzz.run(kind, count, 0, tmp_path)
    assert not bad
    assert counts["loaded"] + counts["refused"] == counts["cases"] == count


def test_what_a_reader_may_not_do_is_counted(fuzz, monkeypatch, tmp_path):
    code = """
import json, os, pickle, sys
from fuzzing import worker
sys.addaudithook(worker.watch)
worker.folder = sys.argv[1]
open(sys.argv[1] + "/within", "w").close()
open(os.devnull, "w").close()
open(sys.argv[1] + "/../outside", "w").close()
pickle.loads(pickle.dumps(json.loads))
worker.folder = None
assert len(worker.violations) == 2, worker.violations
"""
    (tmp_path / "in").mkdir()
    fuzz.subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "in")],
        env=fuzz.os.environ | {"PYTHONPATH": str(BENCHMARKS)},
        check=True,
    )
