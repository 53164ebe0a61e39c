"""The same rows from every format, a batch at a time."""

import zipfile

import h5py
import numpy as np
import pytest
import scipy.io

from aspn_tf import feature_files
from aspn_tf.errors import InputError

ROWS = np.random.default_rng(3).normal(size=(7, 3)).astype(np.float32)


def npy(path):
    np.save(path, ROWS)


def npy_by_column(path):
    np.save(path, np.asfortranarray(ROWS))


def npz(path):
    np.savez_compressed(path, features=ROWS, labels=np.arange(7))


def npz_of_one(path):
    np.savez(path, anything=ROWS)


def csv(path):
    np.savetxt(path, ROWS, "%.9g", ",")


def csv_with_header(path):
    np.savetxt(path, ROWS, "%.9g", ",", header="a,b,c", comments="")


def csv_without_last_newline(path):
    csv(path)
    path.write_text(path.read_text().rstrip("\n"))


def mat(path):
    scipy.io.savemat(path, {"features": ROWS.T})


def mat_of_matlab_7_3(path):
    with h5py.File(path, "w") as file:
        file["features"] = ROWS
        file["features"].attrs["MATLAB_class"] = np.bytes_("single")


def mat_of_h5py(path):
    with h5py.File(path, "w") as file:
        file["features"] = ROWS.T


def parquet(path):
    arrow = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    columns = {name: ROWS[:, i] for i, name in enumerate("abc")}
    parquet.write_table(arrow.table(columns), path)


@pytest.mark.parametrize(
    "suffix, write",
    [
        (".npy", npy),
        (".npy", npy_by_column),
        (".npz", npz),
        (".npz", npz_of_one),
        (".csv", csv),
        (".csv", csv_with_header),
        (".csv", csv_without_last_newline),
        (".mat", mat),
        (".mat", mat_of_matlab_7_3),
        (".mat", mat_of_h5py),
        (".parquet", parquet),
    ],
)
def test_every_format_gives_the_rows_in_batches(tmp_path, suffix, write):
    path = tmp_path / f"rows{suffix}"
    write(path)
    rows = feature_files.read(path, 3)
    assert (rows.count, rows.width) == ROWS.shape
    batches = list(rows.batches)
    assert [len(batch) for batch in batches] == [3, 3, 1]
    np.testing.assert_array_equal(np.concatenate(batches), ROWS)
    assert batches[0].dtype == np.float32


def damaged_csv(path):
    path.write_text("1,2,3\n4,five,6\n")


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


def mat_without_features(path):
    scipy.io.savemat(path, {"labels": ROWS})


def h5_without_features(path):
    with h5py.File(path, "w") as file:
        file["labels"] = ROWS


@pytest.mark.parametrize(
    "suffix, write",
    [
        (".csv", damaged_csv),
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
        (".txt", empty),
    ],
)
def test_a_broken_file_is_refused_by_name(tmp_path, suffix, write):
    path = tmp_path / f"rows{suffix}"
    write(path)
    with pytest.raises(InputError, match=f"rows{suffix}"):
        list(feature_files.read(path, 3).batches)


def test_a_missing_file_is_refused(tmp_path):
    for suffix in feature_files.READERS:
        with pytest.raises(InputError, match="missing"):
            feature_files.read(tmp_path / f"missing{suffix}", 3)


def test_rows_of_a_npy_are_mapped_and_the_file_is_never_written(tmp_path):
    npy(tmp_path / "rows.npy")
    batch = next(feature_files.read(tmp_path / "rows.npy", 3).batches)
    assert isinstance(batch.base, np.memmap) and batch.flags.writeable
    batch[:] = 0.0
    np.testing.assert_array_equal(np.load(tmp_path / "rows.npy"), ROWS)
