"""`python -m aspn_tf.predict`: an exported model on a file of features.

Reads, scores and writes a few batches at a time; memory does not grow with the
rows.
"""

import collections
import pathlib
from concurrent import futures

from aspn_tf import command
from aspn_tf.errors import InputError

AT_ONCE = 4  # batches; one alone leaves cores idle between its parts
FLAGS = (
    ("model", "", "Directory of the SavedModel: <run_dir>/model, or --export."),
    (
        "features",
        "",
        "One row an example: .npy, .npz, .csv, .parquet (with pyarrow), or "
        ".mat with `features`, one column an example.",
    ),
    (
        "semantics",
        "",
        "The classes to choose among, one row each, in any of these formats "
        "(.mat with `att`); empty: those of training.",
    ),
    (
        "class_names",
        "",
        "Their names, one a line; empty: 0, 1, ... . With --semantics.",
    ),
    ("output", "", "The file to write: .csv or .jsonl; must not exist."),
    ("top_k", 5, "Classes a row, the best first."),
    ("batch_size", 8192, "Rows at a time."),
)


def predict(model, features, semantics, class_names, output, top_k, batch_size):
    """Writes the best classes of every row of a file.

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
    import tqdm

    from aspn_tf import answer_files, feature_files, serving

    _check(model, features, output, top_k, batch_size)
    rows = feature_files.read(features, batch_size)
    servant = serving.Model(model)
    if rows.width != servant.feature_width:
        raise InputError(
            f"`{features}` must have rows of {servant.feature_width} numbers, "
            f"as {model} was trained on. Received: {rows.width}"
        )
    names, table = list(servant.classes), None
    if semantics:
        names, table = _classes(semantics, class_names, batch_size)
    top_k = min(top_k, len(names))
    with (
        answer_files.Writer(output, names) as writer,
        tqdm.tqdm(total=rows.count, unit="row", unit_scale=True) as bar,
    ):

        def answer(start, batch):
            return _best(servant, features, batch, table, top_k, start)

        for index, scores in _in_order(answer, rows.batches):
            writer.write(index, scores)
            bar.update(len(index))


def _check(model, features, output, top_k, batch_size):
    needed = {"model": model, "features": features, "output": output}
    for name, value in needed.items():
        if not value:
            raise InputError(f"`--{name}` must be given. Received: nothing")
    for name, value in {"top_k": top_k, "batch_size": batch_size}.items():
        if value < 1:
            raise InputError(
                f"`--{name}` must be at least 1. Received: {value}"
            )


def _classes(semantics, class_names, batch_size):
    """Names and semantics (m, q), in the order of the file."""
    import numpy as np

    from aspn_tf import feature_files

    table = feature_files.read(semantics, batch_size, key="att")
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


def _best(servant, path, batch, table, top_k, start):
    """The answer to one batch; an error names the row of the file."""
    import numpy as np

    try:
        return servant.best(batch, table, top_k)
    except InputError as error:
        bad = np.flatnonzero(~np.isfinite(batch).all(axis=1))
        if not len(bad):
            raise
        raise InputError(
            f"`{path}` must hold finite numbers. Received: NaN or infinity "
            f"in row {start + bad[0]}, counted from 0"
        ) from error


if __name__ == "__main__":
    command.run(predict, FLAGS, configured=False)
