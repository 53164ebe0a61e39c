"""Answers as CSV or JSON lines, some thousand lines at a time."""

import io
import itertools
import pathlib
import time

import numpy as np
import polars

from aspn_tf import disk
from aspn_tf.data import harmless
from aspn_tf.errors import InputError, Stopped
from aspn_tf.serving.unfinished import Unfinished

LINES = 16384  # formatted at once; fewer cost more a line
SECONDS = 1.0  # of work that a kill can cost, at most, and one batch


class Writer:
    """Writes the best classes of example after example.

    The file appears under its name when all is written; what is there before
    is gone on with, see `Unfinished`. After an error that is the user's
    nothing of it is left. Use as a context manager.

    Attributes:
      taken: how many examples there were up to what is written, also those
        that have no line; where to go on.
      rows: how many lines are written or wait.

    Args:
      path: .csv or .jsonl; must not exist.
      names: of the classes that the answers index.
      of: what the answers are of, a dict; nothing else goes on with them.
      escape_formulas: whether names of classes and of pictures that a
        spreadsheet would compute stand behind `'`; of .csv alone.

    Raises:
      InputError: the path is taken, cannot be written, has another suffix or
        was begun with something else.
    """

    def __init__(self, path, names, of=None, escape_formulas=False):
        suffix = pathlib.Path(path).suffix
        if suffix not in FORMATS:
            raise InputError(
                f"`--output` must end in {' or '.join(FORMATS)}. Received: "
                f"{path}"
            )
        if escape_formulas and suffix != ".csv":
            raise InputError(
                "`--escape_formulas` must come with an `--output` that ends in "
                f".csv. Received: {path}"
            )
        self._format = FORMATS[suffix]
        self._cells = harmless.cells if escape_formulas else list
        self._names = polars.Series(self._cells(names), dtype=polars.String)
        self._waiting = []
        self._file = Unfinished(path, of or {})
        self.rows = self._file.position.get("rows", 0)
        self.taken = self._file.position.get("taken", 0)
        self._done = self.rows, self.taken
        self._latest = time.monotonic()

    def __enter__(self):
        """Returns the writer."""
        return self

    def __exit__(self, kind, error, _):
        """Gives the file its name; after an error keeps what may go on."""
        if kind is None:
            try:
                self._flush()
                self._file.finish()
            except BaseException:
                self._file.leave()
                raise
        elif isinstance(error, InputError) and not disk.failed(error):
            self._file.drop()
        else:
            try:
                if kind is Stopped:
                    self._flush()
                if not disk.failed(error):
                    self._keep()
            finally:
                self._file.leave()

    def write(self, index, scores, pictures=None, taken=None):
        """Adds n lines.

        Args:
          index: int (n, k), the best classes.
          scores: float32 (n, k).
          pictures: n names of files; None where rows are not of pictures.
          taken: examples so far, with those that have no line; None: lines.

        Raises:
          InputError: a score is not finite.
          OSError: the disk does not take them.
        """
        if not np.isfinite(scores).all():
            raise InputError(
                "Scores must be finite numbers. Received: NaN or infinity; the "
                "features are beyond what float32 holds."
            )
        self.rows += len(index)
        self.taken = self.rows if taken is None else taken
        self._waiting.append((index, scores, pictures))
        late = time.monotonic() - self._latest >= SECONDS
        if late or self.rows - self._done[0] >= LINES:
            self._flush()
        if late:
            self._keep()

    def _flush(self):
        if not self._waiting:
            return
        index, scores, pictures = zip(*self._waiting, strict=True)
        index, scores = np.concatenate(index), np.concatenate(scores)
        names = self._names.gather(index.ravel()).reshape(index.shape)
        columns = {"row": np.arange(self._done[0], self.rows)}
        if pictures[0] is not None:
            columns["picture"] = self._cells(itertools.chain(*pictures))
        text = io.BytesIO()
        self._format(text, columns, names, scores)
        self._file.write(text.getbuffer())
        self._done, self._waiting = (self.rows, self.taken), []

    def _keep(self):
        rows, taken = self._done
        if rows:
            self._file.keep({"rows": rows, "taken": taken})
        self._latest = time.monotonic()


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
