"""Shards of rows, and what is told of those that cannot be used."""

import numpy as np
import pytest

pytest.importorskip("apache_beam")

import shard_files  # noqa: E402

from aspn_tf.datasets.shards import reading  # noqa: E402

WRITE = {
    "columns.parquet": shard_files.columns,
    "lists.parquet": shard_files.lists,
    "records.tfrecord": shard_files.records,
}


def rows(count=10, width=4):
    stream = np.random.default_rng(5)
    return stream.normal(size=(count, width)).astype(np.float32)


def parts(path, **options):
    """Blocks and bad rows of a shard."""
    found = list(reading.read(str(path), **{"width": 4, "size": 3, **options}))
    blocks = [one for one in found if isinstance(one, reading.Block)]
    return blocks, [one for one in found if not isinstance(one, reading.Block)]


@pytest.fixture(params=WRITE)
def written(request, tmp_path):
    """Writes rows in each of the formats; returns the path."""

    def write(features, **beside):
        WRITE[request.param](tmp_path / request.param, features, **beside)
        return tmp_path / request.param

    return write


def test_blocks_are_the_rows_in_order(written):
    blocks, bad = parts(written(rows()))
    assert [len(block.rows) for block in blocks] == [3, 3, 3, 1] and not bad
    np.testing.assert_array_equal(
        np.concatenate([block.features for block in blocks]), rows()
    )
    places = np.concatenate([block.rows for block in blocks])
    np.testing.assert_array_equal(places, range(10))
    assert blocks[0].features.dtype == np.float32


@pytest.mark.parametrize("ids", [range(7, 17), list("abcdefghij")])
def test_what_stands_beside_is_text_and_no_feature(written, ids):
    path = written(rows(), id=list(ids), label=[3] * 10)
    blocks, _ = parts(path)
    assert sum((b.beside for b in blocks), []) == [str(one) for one in ids]
    blocks, _ = parts(path, beside="label")
    assert blocks[0].beside == ["3"] * 3


def test_a_row_without_what_stands_beside_has_none(written):
    blocks, _ = parts(written(rows()))
    assert blocks[0].beside == [None] * 3


def test_a_row_that_is_not_finite_is_bad(written):
    features = rows()
    features[1, 2], features[8] = np.nan, np.inf
    blocks, bad = parts(written(features, id=list("abcdefghij")))
    assert bad == [(1, "NaN or infinity"), (8, "NaN or infinity")]
    places = np.concatenate([block.rows for block in blocks]).tolist()
    assert places == [0, 2, 3, 4, 5, 6, 7, 9]
    assert sum((b.beside for b in blocks), []) == list("acdefghj")


def test_rows_of_another_width_are_bad(written):
    blocks, bad = parts(written(rows()), width=5)
    assert not blocks and len(bad) == 10
    assert bad[9] == (9, "4 numbers, not 5")


@pytest.mark.parametrize("name", [*WRITE][1:])
def test_a_row_of_another_length_is_bad(tmp_path, name):
    features = [*rows()]
    features[4], features[5] = features[4][:1], None
    WRITE[name](tmp_path / name, features, id=list("abcdefghij"))
    blocks, bad = parts(tmp_path / name)
    assert bad == [(4, "1 numbers, not 4"), (5, "no features")]
    assert sum((b.beside for b in blocks), []) == list("abcdghij")


def test_a_record_that_is_no_example_is_bad(tmp_path):
    shard_files.records(tmp_path / "a.tfrecord", [*rows(4), b"\xff", *rows(1)])
    blocks, bad = parts(tmp_path / "a.tfrecord")
    assert bad == [(4, "no tf.train.Example")]
    assert [block.rows.tolist() for block in blocks] == [[0, 1, 2], [3, 5]]


def test_the_first_record_need_not_be_as_the_others(tmp_path):
    features = [rows(1)[0][:2], *rows(3)]
    path = tmp_path / "a.tfrecord"
    shard_files.records(path, features, id=["a", 5, None, "d"])
    ((block,), bad) = parts(path, size=9)
    assert bad == [(0, "2 numbers, not 4")]
    assert block.beside == ["5", None, "d"]


def test_a_cell_without_a_number_is_bad(tmp_path):
    import pyarrow as pa

    table = pa.table({"a": [1.0, None, 3.0], "b": [1, 2, 3]})
    pa.parquet.write_table(table, str(tmp_path / "a.parquet"))
    _, bad = parts(tmp_path / "a.parquet", width=2)
    assert bad == [(1, "NaN or infinity")]


def test_a_damaged_shard_ends_with_row_none(written):
    path = written(rows(1000))
    path.write_bytes(path.read_bytes()[:200])
    _, bad = parts(path)
    assert bad[-1].row is None and bad[-1].reason


def test_words_among_the_columns_end_with_row_none(tmp_path):
    path = tmp_path / "a.parquet"
    shard_files.columns(path, rows(), word=list("abcdefghij"))
    _, ((row, reason),) = parts(path)
    assert row is None and "parse" in reason


def test_the_width_is_that_of_the_first_row(written):
    assert reading.width_of(str(written(rows()))) == 4
