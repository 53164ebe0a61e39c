"""MAT files of version 4: matrices of numbers, of text, and sparse ones."""

import functools
import math
import struct

import numpy as np

from aspn_tf.datasets.xlsa17 import mat_bytes, mat_elements

TYPES = ("f8", "f4", "i4", "i2", "u2", "u1")
HEADER = 20  # bytes
TEXT, SPARSE = 1, 2


def is_old(head):
    """Whether the first bytes of a file are of this version."""
    return len(head) >= HEADER and 0 in head[:4]


def variables(file, size):
    """What is in a file; arguments, yields and raises as `mat_elements`."""
    at = 0
    while at < size:
        file.seek(at)
        head = file.read(HEADER)
        if len(head) < HEADER:
            raise ValueError("an end within a header")
        order = "<" if 0 <= struct.unpack("<i", head[:4])[0] < 5000 else ">"
        code, *shape, imaginary, letters = struct.unpack(order + "5i", head)
        machine, kind, form = code // 100, code // 10 % 10, code % 10
        if machine != (0 if order == "<" else 10) or form > SPARSE:
            raise ValueError("no header of a MAT file")
        if kind >= len(TYPES) or min(shape) < 0 or imaginary or letters < 1:
            raise ValueError(f"a variable of {code}, {shape}, {imaginary}")
        dtype = np.dtype(order + TYPES[kind])
        length = math.prod(shape) * dtype.itemsize
        if at + HEADER + letters + length > size:
            raise ValueError("an end within a variable")
        at += HEADER + letters + length
        part = mat_bytes.Part(mat_bytes.filler(file), letters + length, order)
        name = part.take(letters).rstrip(b"\0").decode("latin-1")
        yield name, functools.partial(_value, part, dtype, shape, form)


def _value(part, dtype, shape, form):
    numbers = np.frombuffer(part.take(part.left), dtype)
    if form == TEXT:
        codes = numbers.astype(np.uint8).tobytes()
        rows = mat_elements.lines(codes.decode("latin-1"), shape)
        return np.array([row.strip() for row in rows], object)
    whole = numbers.reshape(shape, order="F")
    return _filled(whole) if form == SPARSE else whole


def _filled(table):
    """A sparse matrix from rows of row, column, value; last its shape."""
    if table.ndim != 2 or table.shape[1] != 3 or not len(table):
        raise ValueError(f"a sparse matrix of {table.shape}")
    if not (np.abs(table[:, :2]) < 2**31).all() or (table[:, :2] < 0).any():
        raise ValueError("a sparse matrix of other dimensions")
    rows, columns = table[:, :2].astype(np.int64).T
    shape = int(rows[-1]), int(columns[-1])
    if len(rows) > 1 and min(rows[:-1].min(), columns[:-1].min()) < 1:
        raise ValueError("a sparse matrix of other dimensions")
    return mat_elements.filled(
        rows[:-1] - 1, columns[:-1] - 1, table[:-1, 2], shape
    )
