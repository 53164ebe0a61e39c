"""How each format of a file of rows is read.

Every reader takes the path, how many rows a batch has, and which variable to
read where a file has several. It returns the shape, whether the elements are
numbers, and an iterator of batches, of any dtype and order.
"""

import functools
import itertools
import math
import zipfile

import h5py
import numpy as np
import polars

from aspn_tf.data import parquet as parquets
from aspn_tf.datasets.xlsa17 import mat_file
from aspn_tf.errors import InputError

CSV_BYTES = 1 << 22  # of its text are parsed at once
CSV_LINE = 1 << 26  # bytes of a line, at most
DENSEST = 1032  # bytes that one of a compressed .npz can stand for


def npy(path, size, _):
    """Reads .npy, mapped."""
    whole = np.lib.format.open_memmap(path, mode="r")

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
                mapped = np.lib.format.open_memmap(path, mode="r")
                yield mapped[start : start + size]

    return whole.shape, _is_numeric(whole.dtype), batches()


def npz(path, size, key):
    """Reads one array of an .npz."""
    archive = zipfile.ZipFile(path)
    names = archive.namelist()
    name = names[0] if len(names) == 1 else f"{key}.npy"
    if names.count(name) != 1:
        raise InputError(
            f"`{path}` must hold `{key}` once. Received: {names[:5]}"
        )
    stored = archive.getinfo(name)
    if stored.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise ValueError(f"the compression {stored.compress_type}")
    member = archive.open(stored)
    version = np.lib.format.read_magic(member)
    header = {
        (1, 0): np.lib.format.read_array_header_1_0,
        (2, 0): np.lib.format.read_array_header_2_0,
    }[version]
    shape, by_column, dtype = header(member)
    there = min(stored.file_size, DENSEST * stored.compress_size)
    if math.prod(shape) * dtype.itemsize > there or min(shape, default=0) < 0:
        raise ValueError(f"shape {shape} in at most {there} bytes")
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


def csv(path, size, _):
    """Reads .csv, with a line of names or without."""
    with open(path, "rb") as file:
        lines = _filled(file)
        line = next(lines, b"").decode("utf-8-sig")
        header = not _are_numbers(line)
        if header:
            line = next(lines, b"").decode()
        count = (line != "") + sum(1 for _ in lines)
    width = line.count(",") + 1
    step = 1 + CSV_BYTES // (len(line) + 1)

    def batches():
        with open(path, "rb") as file:
            lines = itertools.islice(_filled(file), header, None)
            for start in range(0, count, size):
                batch = np.empty((min(size, count - start), width), np.float32)
                for at in range(0, len(batch), step):
                    part = batch[at : at + step]
                    block = list(itertools.islice(lines, len(part)))
                    part[:] = _numbers(block, width, start + at)
                yield batch

    return (count, width), _are_numbers(line), batches()


def _filled(file):
    """The lines that are not empty."""
    for line in iter(functools.partial(file.readline, CSV_LINE), b""):
        if len(line) == CSV_LINE:
            raise ValueError(f"a line of more than {CSV_LINE} bytes")
        if not line.isspace():
            yield line


def _numbers(lines, width, start):
    """The numbers of lines of a CSV file, of which `start` is the first."""
    names = map(str, range(width))
    try:
        table = polars.read_csv(
            b"".join(lines),
            has_header=False,
            schema=dict.fromkeys(names, polars.Float32),
            quote_char=None,
        )
        if not sum(table.null_count().row(0)):
            return table.to_numpy()
    except polars.exceptions.PolarsError:
        pass
    # Python knows more spellings than polars, and finds the line at fault.
    rows = []
    for row, line in enumerate(lines, start):
        text = line.decode("utf-8-sig").strip()
        if not _are_numbers(text) or text.count(",") + 1 != width:
            raise ValueError(f"{text[:40]!r} in row {row}, counted from 0")
        rows.append([float(cell) for cell in text.split(",")])
    return np.array(rows, np.float32)


def parquet(path, size, _):
    """Reads .parquet, in a process of its own."""
    return parquets.rows(path, size)


def mat(path, size, key):
    """Reads one variable of a .mat, whose columns are the rows."""
    if not h5py.is_hdf5(path):
        found = mat_file.read(path, (key,))
        if key not in found:
            raise InputError(f"`{path}` must hold `{key}`.")
        rows = found[key].T
        starts = range(0, len(rows), size)
        batches = (rows[start : start + size] for start in starts)
        return rows.shape, _is_numeric(rows.dtype), batches
    with h5py.File(path) as file:
        node = mat_file.dataset(file, key)
        if node is None:
            raise InputError(f"`{path}` must hold `{key}`.")
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
