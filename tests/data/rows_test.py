"""The same rows from every format, a batch at a time."""

import gzip
import itertools
import os
import zipfile

import h5py
import hypothesis
import memory
import numpy as np
import polars
import pytest
import scipy.io
from hypothesis import strategies
from hypothesis.extra import numpy as numpy_strategies

from aspn_tf.data import formats
from aspn_tf.data import parquet as parquet_file
from aspn_tf.data import rows as feature_files
from aspn_tf.errors import InputError

ROWS = np.random.default_rng(3).normal(size=(7, 3)).astype(np.float32)


def npy(path, rows):
    np.save(path, rows)


def npy_by_column(path, rows):
    np.save(path, np.asfortranarray(rows))


def npz(path, rows):
    np.savez_compressed(path, features=rows, labels=np.arange(7))


def npz_of_one(path, rows):
    np.savez(path, anything=rows)


def csv(path, rows):
    np.savetxt(path, rows, "%.9g", ",")


def csv_with_header(path, rows):
    names = ",".join(f'"{i}"' for i in range(rows.shape[1]))
    np.savetxt(path, rows, "%.9g", ",", header=names, comments="")


def csv_of_windows(path, rows):
    np.savetxt(path, rows, "%.9g", ",", newline="\r\n", encoding="utf-8-sig")


def csv_without_last_newline(path, rows):
    csv(path, rows)
    path.write_text(path.read_text().rstrip("\n"))


def csv_with_blanks(path, rows):
    edges = {"header": "\n", "footer": "\n", "comments": ""}
    np.savetxt(path, rows, " %.9g ", ",", **edges)


def mat(path, rows):
    scipy.io.savemat(path, {"features": rows.T})


def mat_of_matlab_7_3(path, rows):
    with h5py.File(path, "w") as file:
        file["features"] = rows
        file["features"].attrs["MATLAB_class"] = np.bytes_("single")


def mat_of_h5py(path, rows):
    with h5py.File(path, "w") as file:
        file["features"] = rows.T


def parquet(path, rows):
    polars.DataFrame(rows).write_parquet(path)


def parquet_in_groups(path, rows):
    polars.DataFrame(rows).write_parquet(path, row_group_size=3)


WRITERS = [
    (".npy", npy),
    (".npy", npy_by_column),
    (".npz", npz),
    (".npz", npz_of_one),
    (".csv", csv),
    (".csv", csv_with_header),
    (".csv", csv_of_windows),
    (".csv", csv_without_last_newline),
    (".csv", csv_with_blanks),
    (".mat", mat),
    (".mat", mat_of_matlab_7_3),
    (".mat", mat_of_h5py),
    (".parquet", parquet),
    (".parquet", parquet_in_groups),
]
tables = numpy_strategies.arrays(
    np.float32,
    numpy_strategies.array_shapes(min_dims=2, max_dims=2, max_side=9),
    elements=strategies.floats(width=32),
)


def check(path, rows, size):
    """Reads what was written, in batches that are full but for the last."""
    found = feature_files.read(path, size)
    assert (found.count, found.width) == rows.shape
    batches = list(found.batches)
    starts = range(0, len(rows), size)
    assert [len(batch) for batch in batches] == [
        min(size, len(rows) - start) for start in starts
    ]
    assert {batch.dtype for batch in batches} == {np.dtype(np.float32)}
    np.testing.assert_array_equal(np.concatenate(batches), rows)


@pytest.mark.slow
@pytest.mark.parametrize("suffix, write", WRITERS)
def test_what_is_written_is_read_in_any_batch_size(
    tmp_path_factory, suffix, write
):
    path = tmp_path_factory.mktemp("rows") / f"rows{suffix}"

    # Parquet has a process a file.
    examples = 5 if suffix == ".parquet" else 20

    @hypothesis.settings(max_examples=examples, deadline=None)
    @hypothesis.given(tables, strategies.integers(1, 10))
    def is_read(rows, size):
        write(path, rows)
        check(path, rows, size)

    is_read()


@pytest.mark.parametrize("write", [csv, csv_with_header, parquet])
@pytest.mark.parametrize("size", [1, 2, 3, 10])
def test_a_batch_is_put_together_from_pieces(
    tmp_path, monkeypatch, write, size
):
    monkeypatch.setattr(formats, "CSV_BYTES", 60)
    monkeypatch.setattr(parquet_file, "PIECE", 60)
    path = tmp_path / f"rows.{write.__name__.partition('_')[0]}"
    write(path, ROWS)
    check(path, ROWS, size)


def large_csv(path, rows):
    line = ",".join(["0.25"] * rows.shape[1]) + "\n"
    path.write_text(line * len(rows))


def large_parquet(path, rows):
    polars.DataFrame(rows).write_parquet(path, row_group_size=500)


@pytest.mark.slow
@pytest.mark.skipif(not memory.COUNTED, reason="Linux counts the pages")
@pytest.mark.parametrize(
    "suffix, write",
    [
        (".npy", npy),
        (".npz", npz),
        (".csv", large_csv),
        (".mat", mat_of_matlab_7_3),
        (".parquet", large_parquet),
    ],
)
def test_memory_does_not_grow_with_the_rows(
    tmp_path, monkeypatch, suffix, write
):
    monkeypatch.setattr(parquet_file, "PIECE", 1 << 20)
    path = tmp_path / f"rows{suffix}"
    rows = np.full((10000, 1000), 0.25, np.float32)
    write(path, rows)
    first = feature_files.read(path, 100).batches
    list(itertools.islice(first, 10))
    memory.peak()
    before = memory.peak()
    for batch in feature_files.read(path, 100).batches:
        assert batch[0, 0] == batch[-1, -1] == 0.25
    assert memory.peak() - before < rows.nbytes / 2


def test_parquet_of_other_numbers_is_read(tmp_path):
    polars.DataFrame(
        {"a": [1, 2, None], "b": [True, False, True], "c": [0.5, 1.5, 2.5]}
    ).write_parquet(tmp_path / "rows[0].parquet")
    (batch,) = feature_files.read(tmp_path / "rows[0].parquet", 3).batches
    np.testing.assert_array_equal(
        batch, np.array([[1, 1, 0.5], [2, 0, 1.5], [np.nan, 1, 2.5]])
    )


def damaged_csv(path):
    path.write_text("1,2,3\n4,five,6\n")


def csv_with_a_gap(path):
    path.write_text("1,2,3\n4,,6\n")


def csv_with_a_short_line(path):
    path.write_text("1,2,3\n4,5\n")


def csv_with_a_long_line(path):
    path.write_text("1,2,3\n4,5,6,7\n")


def compressed_csv(path):
    path.write_bytes(gzip.compress(b"1,2,3\n4,5,6\n"))


def text_csv(path):
    path.write_text("a,b\nc,d\n")


def empty(path):
    path.write_bytes(b"")


def vector_npy(path):
    np.save(path, np.arange(3.0))


def text_npy(path):
    np.save(path, np.array([["a", "b"]]))


def damaged_npz(path):
    path.write_bytes(b"PK\3\4 no archive")


def npz_without_features(path):
    np.savez(path, a=ROWS, b=ROWS)


def npz_by_column(path):
    np.savez(path, np.asfortranarray(ROWS))


def npz_of_text(path):
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("features.npy", "not an array")


def text_parquet(path):
    polars.DataFrame({"a": ["b", "c"]}).write_parquet(path)


def half_a_parquet(path):
    parquet(path, ROWS)
    path.write_bytes(path.read_bytes()[:-20])


def mat_without_features(path):
    scipy.io.savemat(path, {"labels": ROWS})


def h5_without_features(path):
    with h5py.File(path, "w") as file:
        file["labels"] = ROWS


@pytest.mark.parametrize(
    "suffix, write",
    [
        (".csv", damaged_csv),
        (".csv", csv_with_a_gap),
        (".csv", csv_with_a_short_line),
        (".csv", csv_with_a_long_line),
        (".csv", compressed_csv),
        (".csv", text_csv),
        (".csv", empty),
        (".npy", empty),
        (".npy", vector_npy),
        (".npy", text_npy),
        (".npz", damaged_npz),
        (".npz", npz_without_features),
        (".npz", npz_by_column),
        (".npz", npz_of_text),
        (".mat", empty),
        (".mat", mat_without_features),
        (".mat", h5_without_features),
        (".parquet", empty),
        (".parquet", csv_with_a_gap),
        (".parquet", half_a_parquet),
        (".parquet", text_parquet),
        (".txt", empty),
    ],
)
def test_a_broken_file_is_refused_by_name(tmp_path, suffix, write):
    path = tmp_path / f"rows{suffix}"
    write(path)
    with pytest.raises(InputError, match=f"rows{suffix}") as caught:
        list(feature_files.read(path, 3).batches)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "write", [damaged_csv, csv_with_a_gap, csv_with_a_short_line]
)
def test_a_broken_line_of_a_csv_is_named(tmp_path, write):
    write(tmp_path / "rows.csv")
    with pytest.raises(InputError, match="'4,.*' in row 1, counted from 0"):
        list(feature_files.read(tmp_path / "rows.csv", 3).batches)


def npy_that_is_a_npz(path):
    npz(path.with_suffix(".npz"), ROWS)
    path.with_suffix(".npz").rename(path)


def npy_of_objects(path):
    np.save(path, np.array([[Harm()]], object))


def npy_of_an_odd_header(path):
    words = b"{'descr': '<f4', 'shape': (((3, 3)"
    head = b"\x93NUMPY\1\0" + bytes((len(words), 0)) + words
    path.write_bytes(head + bytes(36))


def npz_of_objects(path):
    np.savez(path, features=np.array([[Harm()]], object))


def npz_of_nothing(path):
    zipfile.ZipFile(path, "w").close()


def npz_of_lzma(path):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_LZMA) as archive:
        archive.writestr("features.npy", bytes(300))


def npz_that_is_locked(path):
    npz(path, ROWS)
    data = bytearray(path.read_bytes())
    for at, mark in ((6, b"PK\3\4"), (8, b"PK\1\2")):
        data[data.index(mark) + at] |= 1
    path.write_bytes(data)


def npz_that_claims_more(path):
    head = {"descr": "<f4", "fortran_order": False, "shape": (1 << 40, 9)}
    with zipfile.ZipFile(path, "w") as archive:
        with archive.open("features.npy", "w") as member:
            np.lib.format.write_array_header_1_0(member, head)


def npz_twice(path):
    npz_of_one(path, ROWS)
    with zipfile.ZipFile(path, "a") as archive:
        for _ in range(2):
            archive.writestr(zipfile.ZipInfo("features.npy"), b"")


def a_wide_row(path):
    np.save(path, np.zeros((1, 1 << 29), bool))


def a_line_without_end(path):
    path.write_bytes(b"1,2\n")
    os.truncate(path, 1 << 36)


def h5_that_is_empty(path):
    with h5py.File(path, "w") as file:
        file["features"] = h5py.Empty("f4")


def h5_of_another_file(path):
    with h5py.File(path.with_name("other"), "w") as file:
        file["features"] = ROWS
    with h5py.File(path, "w") as file:
        file["features"] = h5py.ExternalLink("other", "features")


def a_pipe(path):
    os.mkfifo(path)


class Harm:
    """Unpickled, it ends the process."""

    def __reduce__(self):  # noqa: D105
        return os._exit, (9,)


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize(
    "suffix, write",
    [
        (".npy", npy_that_is_a_npz),
        (".npy", npy_of_objects),
        (".npy", npy_of_an_odd_header),
        (".npy", a_wide_row),
        (".npz", npz_of_objects),
        (".npz", npz_of_nothing),
        (".npz", npz_of_lzma),
        (".npz", npz_that_is_locked),
        (".npz", npz_that_claims_more),
        (".npz", npz_twice),
        (".csv", a_line_without_end),
        (".mat", h5_that_is_empty),
        (".mat", h5_of_another_file),
        *((suffix, a_pipe) for suffix in feature_files.READERS),
    ],
)
def test_a_harmful_file_is_refused(tmp_path, monkeypatch, suffix, write):
    monkeypatch.setattr(formats, "CSV_LINE", 1 << 16)
    test_a_broken_file_is_refused_by_name(tmp_path, suffix, write)


def test_a_parquet_that_ends_its_reader_is_refused(tmp_path, monkeypatch):
    parquet(tmp_path / "rows.parquet", ROWS)
    monkeypatch.setattr(parquet_file, "MEMORY", 1 << 24)
    with pytest.raises(InputError, match="a file that ends its reader"):
        list(feature_files.read(tmp_path / "rows.parquet", 3).batches)


def test_a_missing_file_is_refused(tmp_path):
    for suffix in feature_files.READERS:
        with pytest.raises(InputError, match="missing"):
            feature_files.read(tmp_path / f"missing{suffix}", 3)


def test_rows_of_a_npy_are_mapped_and_the_file_is_never_written(tmp_path):
    npy(tmp_path / "rows.npy", ROWS)
    batch = next(feature_files.read(tmp_path / "rows.npy", 3).batches)
    assert isinstance(batch.base, np.memmap) and batch.flags.writeable
    batch[:] = 0.0
    np.testing.assert_array_equal(np.load(tmp_path / "rows.npy"), ROWS)
