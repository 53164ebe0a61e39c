"""From a file of features to a file of answers, through an exported model.

Reads, scores and writes a few batches at a time; memory does not grow with the
rows.
"""

import collections
import contextlib
import pathlib
import sys
from concurrent import futures

import numpy as np
import tqdm

from aspn_tf.data import rows
from aspn_tf.errors import InputError
from aspn_tf.serving import answers, loaded

AT_ONCE = 4  # batches; one alone leaves cores idle between its parts
LISTED = 5  # classes in the note


def predict(model, features, semantics, class_names, output, top_k, batch_size):
    """Writes the best classes of every row of a file.

    Where the classes come from a file, a note on stderr tells which of them
    are taken as seen in training.

    Args:
      model: directory of the SavedModel.
      features: file of rows.
      semantics: file of the classes to choose among, or "".
      class_names: file of their names, or "".
      output: file to write.
      top_k: classes a row.
      batch_size: rows at a time.

    Raises:
      InputError: a file or a value cannot be used.
    """
    _check(
        {"model": model, "features": features, "output": output},
        {"top_k": top_k, "batch_size": batch_size},
    )
    if class_names and not semantics:
        raise InputError(
            "`--class_names` must come with `--semantics`. Received: "
            f"{class_names} alone"
        )
    file = rows.read(features, batch_size)
    servant = loaded.load(model)
    if file.width != servant.feature_width:
        raise InputError(
            f"`{features}` must have rows of {servant.feature_width} numbers, "
            f"as {model} was trained on. Received: {file.width}"
        )
    names, table, seen = list(servant.classes), None, None
    if semantics:
        names, table = _classes(semantics, class_names, batch_size)
        seen = np.zeros(len(names), bool)
        if class_names:
            seen = servant.were_seen(names)
        print(_note(names, seen, bool(class_names)), file=sys.stderr)
    top_k = min(top_k, len(names))
    with (
        answers.Writer(output, names) as writer,
        tqdm.tqdm(total=file.count, unit="row", unit_scale=True) as bar,
    ):

        def answer(start, batch):
            with _naming_row(features, start, batch):
                return servant.best(batch, table, seen, top_k)

        for index, scores in _in_order(answer, file.batches):
            writer.write(index, scores)
            bar.update(len(index))


def _check(needed, counts):
    for name, value in needed.items():
        if not value:
            raise InputError(f"`--{name}` must be given. Received: nothing")
    for name, value in counts.items():
        if value < 1:
            raise InputError(
                f"`--{name}` must be at least 1. Received: {value}"
            )


def _classes(semantics, class_names, batch_size):
    """Names and semantics (m, q), in the order of the file."""
    table = rows.read(semantics, batch_size, key="att")
    table = np.concatenate(list(table.batches))
    if not class_names:
        return [str(row) for row in range(len(table))], table
    try:
        names = pathlib.Path(class_names).read_text().splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(
            f"`--class_names` must be a text file. Received: {class_names} "
            f"({error})"
        ) from error
    if len(names) != len(table) or len(set(names)) != len(names):
        raise InputError(
            f"`{class_names}` must name the {len(table)} rows of {semantics}, "
            f"each by a name of its own. Received: {len(names)} lines, "
            f"{len(set(names))} different"
        )
    return names, table


def _note(names, seen, named):
    """A line on which of the classes count as seen."""
    seen = [name for name, is_seen in zip(names, seen) if is_seen]
    line = (
        f"aspn_tf: {len(seen)} of the {len(names)} classes are taken as seen "
        "in training and calibrated"
    )
    if seen:
        return f"{line}: {', '.join(seen[:LISTED])}" + (
            ", ..." if len(seen) > LISTED else ""
        )
    return line if named else f"{line}; --class_names tells which they are"


def _in_order(answer, batches):
    """answer(first row, batch) of every batch, `AT_ONCE` worked on at once."""
    start, waiting = 0, collections.deque()
    with futures.ThreadPoolExecutor(AT_ONCE) as pool:
        for batch in batches:
            waiting.append(pool.submit(answer, start, batch))
            start += len(batch)
            if len(waiting) > AT_ONCE:
                yield waiting.popleft().result()
        for answered in waiting:
            yield answered.result()


@contextlib.contextmanager
def _naming_row(path, start, batch):
    """An error within names the row of the file, where there is a bad one."""
    try:
        yield
    except InputError as error:
        bad = np.flatnonzero(~np.isfinite(batch).all(axis=1))
        if not len(bad):
            raise
        raise InputError(
            f"`{path}` must hold finite numbers. Received: NaN or infinity "
            f"in row {start + bad[0]}, counted from 0"
        ) from error
