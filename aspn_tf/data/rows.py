"""Rows of numbers from a file, a batch at a time, in constant memory.

.npy, .npz, .csv, .parquet, and .mat in the layout of xlsa17, where one column
is one example. Of a version 5 MAT file the variable is read whole: that format
ends at 2 GB.
"""

import dataclasses
import pathlib
from collections.abc import Iterator

import numpy as np
import polars

from aspn_tf import files
from aspn_tf.data import formats
from aspn_tf.errors import InputError

READERS = {
    ".npy": formats.npy,
    ".npz": formats.npz,
    ".csv": formats.csv,
    ".parquet": formats.parquet,
    ".mat": formats.mat,
}

ERRORS = (
    *files.DAMAGED,
    polars.exceptions.PanicException,
    polars.exceptions.PolarsError,
)
LARGEST = 1 << 29  # bytes of a batch


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
    files.check(path)
    try:
        shape, numeric, batches = READERS[path.suffix](path, batch_size, key)
    except ERRORS as error:
        raise _unreadable(path, error) from error
    if len(shape) != 2 or 0 in shape or not numeric:
        raise InputError(
            f"`{path}` must hold a matrix of numbers, one row an example. "
            f"Received: shape {tuple(shape)}"
            + ("" if numeric else ", not numbers")
        )
    if min(batch_size, shape[0]) * shape[1] * 4 > LARGEST:
        raise InputError(
            f"`{path}` must have batches of at most {LARGEST} bytes. Received: "
            f"{batch_size} rows of {shape[1]} numbers in each"
        )
    return Rows(*shape, _guarded(path, batches))


def _unreadable(path, error):
    """The `InputError` for a file that its reader could not make sense of."""
    if isinstance(error, InputError):
        return error
    reason = str(error).partition("\n")[0][:200] or type(error).__name__
    return InputError(
        f"`{path}` must be a readable {path.suffix} file of "
        f"numbers. Received: {reason}"
    )


def _guarded(path, batches):
    try:
        for batch in batches:
            yield np.ascontiguousarray(batch, np.float32)
    except ERRORS as error:
        raise _unreadable(path, error) from error
