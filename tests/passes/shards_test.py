"""Which shards are to be answered, and where their answers go."""

import os

import pytest

pytest.importorskip("apache_beam")

from aspn_tf.errors import InputError  # noqa: E402
from aspn_tf.passes import shards  # noqa: E402


@pytest.fixture
def place(tmp_path):
    """Three shards, and what else is there."""
    for name in ("a.parquet", "b.parquet", "c.tfrecord", "notes.txt"):
        (tmp_path / name).write_bytes(b"")
    (tmp_path / "out").mkdir()
    return tmp_path


def targets(place, kind=""):
    return shards.Targets(f"{place}/out/x-", kind)


def names(place, kind=""):
    asked = shards.to_do(f"{place}/*", targets(place, kind))
    return [[one.rpartition("/")[2] for one in those] for those in asked]


def answer(place, name, time=None):
    (place / "out" / name).write_bytes(b"")
    if time:
        os.utime(place / "out" / name, (time, time))


def test_the_answers_are_named_as_the_shard(place):
    told = targets(place)
    assert told.answers("in/a.parquet") == f"{place}/out/x-a.parquet"
    assert told.answers("c.tfrecord") == f"{place}/out/x-c.tfrecord"
    assert told.bad("in/a.parquet") == f"{place}/out/x-a.bad.jsonl"
    told = targets(place, "tfrecord")
    assert told.answers("in/a.parquet") == f"{place}/out/x-a.tfrecord"


def test_all_shards_are_to_be_answered_at_first(place):
    three = ["a.parquet", "b.parquet", "c.tfrecord"]
    assert names(place) == [three, three]


def test_a_shard_that_has_its_answers_is_done(place):
    answer(place, "x-b.parquet")
    answer(place, "x-c.parquet")
    assert names(place)[1] == ["a.parquet", "c.tfrecord"]
    assert names(place, "parquet")[1] == ["a.parquet"]


def test_a_shard_that_has_changed_since_is_not_done(place):
    answer(place, "x-b.parquet", time=1)
    assert "b.parquet" in names(place)[1]


def test_what_was_left_half_written_is_removed(place):
    answer(place, "x-a.parquet.part-12")
    answer(place, "x-b.parquet.part-34")
    answer(place, "x-b.parquet")
    names(place)
    there = sorted(path.name for path in (place / "out").iterdir())
    assert there == ["x-b.parquet", "x-b.parquet.part-34"]


def test_shards_of_one_name_are_refused(place):
    with pytest.raises(InputError, match="whose names differ.*2 whose"):
        (place / "a.tfrecord").write_bytes(b"")
        names(place, "parquet")


@pytest.mark.parametrize("pattern", ["none*", "*.txt", "none/*.parquet"])
def test_a_pattern_of_no_shard_is_refused(place, pattern):
    with pytest.raises(InputError, match="which names none"):
        shards.to_do(f"{place}/{pattern}", targets(place))


def test_answers_go_on_with_the_same_alone(place):
    told = shards.Targets(f"{place}/new/deep/x-", "")
    shards.begin(told, {"model": "a", "top_k": 3})
    shards.begin(told, {"model": "a", "top_k": 3})
    for other in ({"model": "b", "top_k": 3}, {"model": "a", "top_k": 4}):
        with pytest.raises(InputError, match="go on as it was begun"):
            shards.begin(told, other)


def test_a_place_that_cannot_be_made_is_refused(place):
    told = shards.Targets(f"{place}/a.parquet/x-", "")
    with pytest.raises(InputError, match="`--output` must"):
        shards.begin(told, {})
