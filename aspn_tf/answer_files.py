"""Answers as CSV or JSON lines, formatted a column at a time.

A line is put together as a row of a byte matrix: constant text, class names
from a table of padded bytes, digits computed from the numbers. Unused bytes
are zero and are dropped at the end. A million rows take seconds, where Python
formats would take minutes.
"""

import csv
import io
import json
import os
import pathlib

import numpy as np

from aspn_tf.errors import InputError

DIGITS = 9  # as many as bring every float32 back


class Writer:
    """Writes the best classes of example after example.

    The file appears under its name when all is written; after an error
    nothing of it is left. Use as a context manager.

    Args:
      path: .csv or .jsonl; must not exist.
      names: of the classes that the answers index.
      top_k: classes in a line.

    Raises:
      InputError: the path is taken, cannot be written or has another suffix.
    """

    def __init__(self, path, names, top_k):
        self._path = pathlib.Path(path)
        if self._path.suffix not in LINES:
            raise InputError(
                f"`--output` must end in {' or '.join(LINES)}. Received: {path}"
            )
        if self._path.exists():
            raise InputError(f"`--output` must not exist yet. Received: {path}")
        quote, self._line, header = LINES[self._path.suffix]
        self._table = _padded([quote(name) for name in names])
        self._partial = self._path.with_name(f".{self._path.name}.partial")
        try:
            self._file = open(self._partial, "wb")
        except OSError as error:
            raise InputError(
                "`--output` must name a file that can be written. Received: "
                f"{path} ({error.strerror})"
            ) from error
        self._file.write(header(top_k))
        self._count = 0

    def __enter__(self):
        """Returns the writer."""
        return self

    def __exit__(self, kind, *_):
        """Gives the file its name, or removes it after an error."""
        self._file.close()
        if kind is None:
            os.rename(self._partial, self._path)
        else:
            os.unlink(self._partial)

    def write(self, index, scores):
        """Adds n lines.

        Args:
          index: int (n, k), the best classes.
          scores: float32 (n, k).
        """
        rows = np.arange(self._count, self._count + len(index))
        self._count += len(index)
        cells = self._line(
            _integers(rows),
            [self._table[column] for column in index.T],
            [scientific(column) for column in scores.T],
        )
        self._file.write(_joined(cells, len(index)))


def scientific(values):
    """Numbers as ASCII, such as -1.23456789e-02.

    Args:
      values: float32 (n,).

    Returns:
      uint8 (n, 15); the sign is a zero byte where there is none.

    Raises:
      InputError: a value is not finite.
    """
    values = values.astype(np.float64)
    if not np.isfinite(values).all():
        raise InputError(
            "Scores must be finite numbers. Received: NaN or infinity; the "
            "features are beyond what float32 holds."
        )
    magnitude = np.abs(values)
    exponent = np.floor(np.log10(np.where(magnitude > 0, magnitude, 1.0)))
    digits = np.rint(magnitude * 10.0 ** (DIGITS - 1 - exponent))
    rounded_up = digits >= 10.0**DIGITS
    digits = np.where(rounded_up, digits / 10.0, digits).astype(np.int64)
    exponent = (exponent + rounded_up).astype(np.int64)
    text = np.zeros((len(values), DIGITS + 6), np.uint8)
    text[:, 0] = np.where(values < 0, ord("-"), 0)
    text[:, 1:2] = _decimals(digits // 10 ** (DIGITS - 1), 1)
    text[:, 2] = ord(".")
    text[:, 3:-4] = _decimals(digits, DIGITS - 1)
    text[:, -4] = ord("e")
    text[:, -3] = np.where(exponent < 0, ord("-"), ord("+"))
    text[:, -2:] = _decimals(np.abs(exponent), 2)
    return text


def _decimals(values, width):
    """The last `width` decimal digits, (n, width)."""
    text = np.empty((len(values), width), np.uint8)
    for column in reversed(range(width)):
        values, text[:, column] = values // 10, values % 10 + ord("0")
    return text


def _integers(values):
    """Whole numbers from 0 up, (n, width), without leading zeros."""
    width = len(str(values[-1]))
    text = _decimals(values, width)
    leading = np.logical_and.accumulate(text[:, :-1] == ord("0"), axis=1)
    text[:, :-1][leading] = 0
    return text


def _padded(texts):
    encoded = np.array([text.encode() for text in texts])
    return encoded.view(np.uint8).reshape(len(texts), -1)


def _joined(cells, count):
    parts = [
        np.broadcast_to(np.frombuffer(cell, np.uint8), (count, len(cell)))
        if isinstance(cell, bytes)
        else cell
        for cell in cells
    ]
    return np.concatenate(parts, axis=1).tobytes().translate(None, b"\0")


def _csv_name(name):
    line = io.StringIO()
    csv.writer(line, lineterminator="").writerow([name])
    return line.getvalue()


def _csv_header(top_k):
    columns = [f"class_{k},score_{k}" for k in range(1, top_k + 1)]
    return ",".join(["row", *columns]).encode() + b"\n"


def _csv_line(rows, names, scores):
    cells = [rows]
    for name, score in zip(names, scores, strict=True):
        cells += [b",", name, b",", score]
    return [*cells, b"\n"]


def _json_line(rows, names, scores):
    cells = [b'{"row": ', rows, b', "classes": [', names[0]]
    for name in names[1:]:
        cells += [b", ", name]
    cells += [b'], "scores": [', scores[0]]
    for score in scores[1:]:
        cells += [b", ", score]
    return [*cells, b"]}\n"]


LINES = {
    ".csv": (_csv_name, _csv_line, _csv_header),
    ".jsonl": (json.dumps, _json_line, lambda top_k: b""),
}
