"""Rows of numbers from a file, a batch at a time, in constant memory.

.npy, .npz, .csv, .parquet, and .mat in the layout of xlsa17, where one column
is one example. Of a version 5 MAT file the variable is read whole: that format
ends at 2 GB.
"""

import dataclasses
import itertools
import pathlib
import zipfile
from collections.abc import Iterator

import h5py
import numpy as np

from aspn_tf.datasets.xlsa17 import mat_file
from aspn_tf.errors import InputError

ERRORS = (EOFError, KeyError, OSError, ValueError, zipfile.BadZipFile)


@dataclasses.dataclass(frozen=True)
class Rows:
    """A file of rows.

    Attributes:
      count: how many rows, n.
      width: numbers in a row, d.
      batches: iterator of float32 arrays, at most `batch_size` rows each.
    """

    count: int
    width: int
    batches: Iterator[np.ndarray]


def read(path, batch_size, key="features"):
    """Opens a file of rows.

    Args:
      path: the file; its suffix names the format.
      batch_size: rows in a batch.
      key: the variable of a .mat, and of a .npz with more than one array.

    Returns:
      `Rows`.

    Raises:
      InputError: the file is missing, of another format or not a matrix of
        numbers; while iterating, where a part of it cannot be read.
    """
    path = pathlib.Path(path)
    if path.suffix not in READERS:
        raise InputError(
            f"A file of rows must be one of {', '.join(READERS)}. Received: "
            f"{path}"
        )
    try:
        shape, numeric, batches = READERS[path.suffix](path, batch_size, key)
    except ERRORS as error:
        raise unreadable(path, error) from error
    if len(shape) != 2 or 0 in shape or not numeric:
        raise InputError(
            f"`{path}` must hold a matrix of numbers, one row an example. "
            f"Received: shape {tuple(shape)}"
            + ("" if numeric else ", not numbers")
        )
    return Rows(*shape, _guarded(path, batches))


def unreadable(path, error):
    """The `InputError` for a file that its reader could not make sense of."""
    if isinstance(error, InputError):
        return error
    return InputError(
        f"`{path}` must be a readable {pathlib.Path(path).suffix} file of "
        f"numbers. Received: {error}"
    )


def _guarded(path, batches):
    try:
        for batch in batches:
            yield np.ascontiguousarray(batch, np.float32)
    except ERRORS as error:
        raise unreadable(path, error) from error


def _npy(path, size, _):
    whole = np.load(path, mmap_mode="r", allow_pickle=False)

    def batches():
        # Each is mapped by itself, so that pages already read do not stay
        # resident; "c", as what TensorFlow takes without a copy is writable.
        for start in range(0, len(whole), size):
            if whole.flags.c_contiguous:
                yield np.memmap(
                    path,
                    whole.dtype,
                    "c",
                    whole.offset + start * whole.strides[0],
                    (min(size, len(whole) - start), whole.shape[1]),
                )
            else:
                mapped = np.load(path, mmap_mode="r", allow_pickle=False)
                yield mapped[start : start + size]

    return whole.shape, _is_numeric(whole.dtype), batches()


def _npz(path, size, key):
    archive = zipfile.ZipFile(path)
    names = archive.namelist()
    name = names[0] if len(names) == 1 else f"{key}.npy"
    member = archive.open(name)
    version = np.lib.format.read_magic(member)
    header = {
        (1, 0): np.lib.format.read_array_header_1_0,
        (2, 0): np.lib.format.read_array_header_2_0,
    }[version]
    shape, by_column, dtype = header(member)
    if by_column:
        raise InputError(
            f"`{path}` must hold `{key}` row by row. Received: an array in "
            "Fortran order; save numpy.ascontiguousarray of it, or a .npy"
        )

    def batches():
        with archive, member:
            for start in range(0, shape[0], size):
                rows = min(size, shape[0] - start)
                data = member.read(rows * shape[1] * dtype.itemsize)
                yield np.frombuffer(data, dtype).reshape(rows, shape[1])

    return shape, _is_numeric(dtype), batches()


def _csv(path, size, _):
    with open(path, "rb") as file:
        first = file.readline().decode("utf-8-sig")
        header = not _are_numbers(first)
        line = file.readline().decode() if header else first
        file.seek(0)
        chunks = iter(lambda: file.read(1 << 20), b"")
        ends, last = 0, b""
        for last in chunks:
            ends += last.count(b"\n")
    count = ends + (not last.endswith(b"\n")) - header

    def batches():
        with open(path, encoding="utf-8-sig") as file:
            lines = itertools.islice(file, header, None)
            while chunk := list(itertools.islice(lines, size)):
                yield np.loadtxt(chunk, np.float32, delimiter=",", ndmin=2)

    return (count, line.count(",") + 1), _are_numbers(line), batches()


def _parquet(path, size, _):
    try:
        from pyarrow import parquet
    except ImportError as error:
        raise InputError(
            "A .parquet file needs pyarrow. Received: an installation "
            "without it; pip install 'aspn_tf[parquet]'."
        ) from error
    file = parquet.ParquetFile(path)
    width = len(file.schema.names)

    def batches():
        for batch in file.iter_batches(size):
            yield np.stack(
                [np.asarray(c, np.float32) for c in batch.columns], axis=1
            )

    return (file.metadata.num_rows, width), True, batches()


def _mat(path, size, key):
    if not h5py.is_hdf5(path):
        found = mat_file.read(path, (key,))
        if key not in found:
            raise InputError(f"`{path}` must hold `{key}`.")
        rows = found[key].T
        starts = range(0, len(rows), size)
        batches = (rows[start : start + size] for start in starts)
        return rows.shape, _is_numeric(rows.dtype), batches
    with h5py.File(path) as file:
        if key not in file:
            raise InputError(f"`{path}` must hold `{key}`.")
        node = file[key]
        by_row = "MATLAB_class" in node.attrs
        shape = node.shape if by_row else node.shape[::-1]
        numeric = _is_numeric(node.dtype)

    def batches():
        with h5py.File(path) as file:
            node = file[key]
            for start in range(0, shape[0], size):
                part = slice(start, start + size)
                yield node[part] if by_row else node[:, part].T

    return shape, numeric, batches()


def _is_numeric(dtype):
    return dtype.kind in "fiub"


def _are_numbers(line):
    try:
        return bool([float(cell) for cell in line.split(",")])
    except ValueError:
        return False


READERS = {
    ".npy": _npy,
    ".npz": _npz,
    ".csv": _csv,
    ".parquet": _parquet,
    ".mat": _mat,
}
