"""Answers as CSV or JSON lines, some thousand lines at a time."""

import os
import pathlib

import numpy as np
import polars

from aspn_tf.errors import InputError

LINES = 16384  # formatted at once; fewer cost more a line


class Writer:
    """Writes the best classes of example after example.

    The file appears under its name when all is written; after an error
    nothing of it is left. Use as a context manager.

    Args:
      path: .csv or .jsonl; must not exist.
      names: of the classes that the answers index.

    Raises:
      InputError: the path is taken, cannot be written or has another suffix.
    """

    def __init__(self, path, names):
        self._path = pathlib.Path(path)
        if self._path.suffix not in FORMATS:
            raise InputError(
                f"`--output` must end in {' or '.join(FORMATS)}. Received: "
                f"{path}"
            )
        if self._path.exists():
            raise InputError(f"`--output` must not exist yet. Received: {path}")
        self._format = FORMATS[self._path.suffix]
        self._names = polars.Series(names, dtype=polars.String)
        self._waiting = []
        self._written = 0
        self._partial = self._path.with_name(f".{self._path.name}.partial")
        try:
            self._file = open(self._partial, "wb")
        except OSError as error:
            raise InputError(
                "`--output` must name a file that can be written. Received: "
                f"{path} ({error.strerror})"
            ) from error

    def __enter__(self):
        """Returns the writer."""
        return self

    def __exit__(self, kind, *_):
        """Gives the file its name, or removes it after an error."""
        try:
            if kind is None:
                self._flush()
                self._file.close()
                os.rename(self._partial, self._path)
        finally:
            self._file.close()
            self._partial.unlink(missing_ok=True)

    def write(self, index, scores, pictures=None):
        """Adds n lines.

        Args:
          index: int (n, k), the best classes.
          scores: float32 (n, k).
          pictures: n names of files; None where rows are not of pictures.

        Raises:
          InputError: a score is not finite.
        """
        if not np.isfinite(scores).all():
            raise InputError(
                "Scores must be finite numbers. Received: NaN or infinity; the "
                "features are beyond what float32 holds."
            )
        self._waiting.append((index, scores, pictures))
        if sum(len(index) for index, *_ in self._waiting) >= LINES:
            self._flush()

    def _flush(self):
        if not self._waiting:
            return
        index, scores, pictures = zip(*self._waiting, strict=True)
        index, scores = np.concatenate(index), np.concatenate(scores)
        names = self._names.gather(index.ravel()).reshape(index.shape)
        end = self._written + len(index)
        columns = {"row": np.arange(self._written, end)}
        if pictures[0] is not None:
            columns["picture"] = [name for own in pictures for name in own]
        self._format(self._file, columns, names, scores)
        self._waiting = []
        self._written = end


def _csv(file, columns, names, scores):
    first = columns["row"][0] == 0
    for k, column in enumerate(scores.T):
        columns[f"class_{k + 1}"] = names.arr.get(k)
        columns[f"score_{k + 1}"] = column
    polars.DataFrame(columns).write_csv(file, include_header=bool(first))


def _json_lines(file, columns, names, scores):
    columns = {**columns, "classes": names, "scores": scores}
    polars.DataFrame(columns).write_ndjson(file)


FORMATS = {".csv": _csv, ".jsonl": _json_lines}
