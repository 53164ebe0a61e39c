"""MAT files of versions 5 to 7, every size checked before it is used.

SciPy's reader trusts what it reads, and a damaged file can end the interpreter.
A file is a header of 128 bytes and elements, each a tag (type, bytes) and its
data; an element is a matrix, or zlib's stream of one. A matrix is elements
again: flags, dimensions, name, numbers. Those classes of matrices are read that
data sets have: numbers, text, sparse ones, and cells of these. MATLAB keeps
numbers in the smallest type that holds them; so they stay.
"""

import functools
import io
import math
import struct

import numpy as np

from aspn_tf.datasets.xlsa17.mat_bytes import (
    MATRIX,
    TYPES,
    Part,
    filler,
    inflated,
    refuse_to_swell,
)

TEXT = {1: "latin-1", 2: "latin-1", 4: "utf-16", 16: "utf-8"}
TEXT |= {17: "utf-16", 18: "utf-32"}
COMPRESSED = 15  # type of an element
# Classes of matrices, and what else their flags tell.
CELL, CHAR, SPARSE, NUMBERS, OPAQUE = 1, 4, 5, range(6, 16), 17
COMPLEX, LOGICAL = 0x0800, 0x0200
CELLS = 1 << 17  # of one variable, at most


def variables(file, size):
    """What is in a file, one after the other.

    Args:
      file: open, at its begin.
      size: its bytes.

    Yields:
      Name, and a callable for the value, to be called before the next. Text
      and cells of text are 1-D object arrays of str; of other cells each is an
      array, or None where it is of a class that is not read.

    Raises:
      ValueError: the file is damaged, or of another kind.
      EOFError: so too.
      zlib.error: so too.
    """
    head = file.read(128)
    order = {b"IM": "<", b"MI": ">"}.get(head[126:])
    if order is None or struct.unpack(order + "H", head[124:126]) != (0x0100,):
        raise ValueError("no header of a MAT file")
    at = 128
    while at < size:
        file.seek(at)
        tag = file.read(8)
        if len(tag) < 8:
            raise ValueError("an end within a tag")
        kind, length = struct.unpack(order + "II", tag)
        at += 8 + length
        if at > size:
            raise ValueError("an end within a variable")
        if kind == COMPRESSED:
            part, end = inflated(file, length, order)
        elif kind == MATRIX:
            part, end = Part(filler(file), length, order), lambda: None
        else:
            raise ValueError(f"a variable of type {kind}")
        name, *head = _head(part)
        yield name, functools.partial(_whole, part, head, end)


def _whole(part, head, end):
    value = _value(part, *head)
    end()
    return value


def _head(part):
    """Name, class, flags and dimensions of a matrix."""
    if not part.left:
        return "", NUMBERS[0], 0, (0, 0)
    flags = part.numbers((6,))
    if len(flags) != 2:
        raise ValueError("a variable without its flags")
    kind = int(flags[0]) & 0xFF
    if kind == OPAQUE:
        return "", kind, 0, ()
    shape = tuple(map(int, part.numbers((5, 6))))
    if not 2 <= len(shape) <= 32 or min(shape) < 0:
        raise ValueError(f"the dimensions {shape[:4]}")
    name = part.element()[1].decode("latin-1").rstrip("\0")
    return name, kind, int(flags[0]), shape


def _value(part, kind, flags, shape, within=False):
    """The rest of a matrix: what is in it."""
    if flags & COMPLEX:
        raise ValueError("complex numbers")
    if kind in NUMBERS:
        if not part.left:
            return np.zeros(shape if 0 in shape else (0, 0))
        return _shaped(part.numbers(), shape)
    if kind == CHAR:
        text = _text(part, shape)
        return text if within else np.array([t.strip() for t in text], object)
    if kind == SPARSE:
        return _sparse(part, shape, flags & LOGICAL)
    if within:
        return None
    if kind != CELL:
        raise ValueError("a structure, an object or a function")
    count = math.prod(shape)
    if count > CELLS:
        raise ValueError(f"{count} cells, where {CELLS} are the most")
    cells = [_cell(part) for _ in range(count)]
    if all(cell is not None and cell.dtype == object for cell in cells):
        cells = ["".join(cell) for cell in cells]
    value = np.empty(count, object)
    for at, cell in enumerate(cells):
        value[at] = cell
    return value


def _cell(part):
    kind, data = part.element()
    if kind != MATRIX:
        raise ValueError(f"a cell of type {kind}")
    own = Part(filler(io.BytesIO(data)), len(data), part.order)
    return _value(own, *_head(own)[1:], within=True)


def _shaped(numbers, shape):
    if len(numbers) != math.prod(shape):
        raise ValueError(f"{len(numbers)} numbers for the dimensions {shape}")
    return numbers.reshape(shape, order="F")


def _text(part, shape):
    """The rows of a matrix of characters."""
    kind, data = part.element() if part.left else (1, b"")
    if kind not in TEXT:
        raise ValueError(f"text of type {kind}")
    name = TEXT[kind]
    if name.startswith("utf-") and name != "utf-8":
        name += "-le" if part.order == "<" else "-be"
    return lines(data.decode(name), shape)


def lines(text, shape):
    """The rows of a matrix of characters, which lie column by column."""
    rows, columns = shape if len(shape) == 2 else (0, 1)
    if rows == 1 and len(text) <= columns:  # two units may be one character
        return np.array([text.strip("\0")], object)
    if len(text) != rows * columns:
        raise ValueError(f"{len(text)} characters for the dimensions {shape}")
    found = [text[row::rows] for row in range(rows if columns else 0)]
    return np.array([row.rstrip("\0") for row in found], object)


def _sparse(part, shape, logical):
    """A sparse matrix, filled."""
    rows, starts = part.numbers((5, 6)), part.numbers((5, 6))
    kind, data = part.element()
    if kind not in TYPES:
        raise ValueError(f"an element of type {kind}")
    # Of truth values the type is that of doubles, the data are bytes.
    dtype = "u1" if logical else part.order + TYPES[kind]
    values, counts = np.frombuffer(data, dtype), np.diff(starts.astype(int))
    if len(shape) != 2 or len(starts) != shape[1] + 1 or starts[:1].any():
        raise ValueError("a sparse matrix of other dimensions")
    if (counts < 0).any() or starts[-1] > min(len(rows), len(values)):
        raise ValueError("a sparse matrix whose columns overlap")
    used = int(starts[-1])
    columns = np.repeat(np.arange(shape[1]), counts)
    return filled(rows[:used], columns, values[:used], shape)


def filled(rows, columns, values, shape):
    """The matrix that has values where rows and columns tell, else 0."""
    refuse_to_swell(math.prod(shape) * values.itemsize, values.nbytes)
    whole = np.zeros(shape, values.dtype)
    np.add.at(whole, (rows, columns), values)
    return whole
