"""From a file of features to a file of answers, through an exported model.

Reads, scores and writes a few batches at a time; memory does not grow with the
rows.
"""

import collections
import contextlib
import hashlib
import itertools
import os
import pathlib
import sys
from concurrent import futures

import numpy as np
import tqdm

from aspn_tf import stopping
from aspn_tf.data import harmless, rows
from aspn_tf.errors import (
    InputError,
    Stopped,
    refuse_absent,
    refuse_below_one,
)
from aspn_tf.serving import answers, loaded, manifest, pictured

AT_ONCE = 4  # batches; one alone leaves cores idle between its parts
LISTED = 5  # classes in the note


def predict(
    model,
    features,
    semantics,
    class_names,
    output,
    top_k,
    batch_size,
    images="",
    backbone="",
    weights="",
    escape_formulas=False,
):
    """Writes the best classes of every row of a file, or of every picture.

    Where the classes come from a file, a note on stderr tells which of them
    are taken as seen in training; a file that is no picture is named there.
    The same call goes on with what a stopped one has left, see `answers`.

    Args:
      model: directory of the SavedModel.
      features: file of rows, or "".
      semantics: file of the classes to choose among, or "".
      class_names: file of their names, or "".
      output: file to write.
      top_k: classes a row.
      batch_size: rows at a time.
      images: names of pictures and directories, in place of `features`.
      backbone: where the model's backbone is now, or "".
      weights: file of its weights, or "".
      escape_formulas: whether no name in a .csv is one, see `answers.Writer`.

    Raises:
      InputError: a file or a value cannot be used.
      OSError: the disk does not take the answers.
      Stopped: a signal has come; what was answered is kept.
    """
    stopping.listen()
    refuse_absent(model=model, features=features or images, output=output)
    refuse_below_one(top_k=top_k, batch_size=batch_size)
    if features and images:
        raise InputError(
            "`--images` must come without `--features`. Received: both"
        )
    for name, value, other, there in (
        ("class_names", class_names, "semantics", semantics),
        ("backbone", backbone, "images", images),
        ("weights", weights, "images", images),
    ):
        if value and not there:
            raise InputError(
                f"`--{name}` must come with `--{other}`. Received: {value} "
                "alone"
            )
    file = rows.read(features, batch_size) if features else None
    servant = loaded.load(model)
    if file:
        _refuse_width(features, file.width, model, servant)
        of = {"features": _state(features), "batch_size": batch_size}
    else:
        own = pictured.backbone_of(servant, backbone, weights)
        pictures = pictured.Pictures(images, own, batch_size)
        of = {"images": pictures.state(), "backbone": own.key}
    names, table, seen = list(servant.classes), None, None
    if semantics:
        names, table = _classes(semantics, class_names, batch_size)
        seen = np.zeros(len(names), bool)
        if class_names:
            seen = servant.were_seen(names)
        _say(_note(names, seen, bool(class_names)))
        of["semantics"] = _digest(table.tobytes())
    of |= {
        "model": _digest((pathlib.Path(model) / manifest.FILE).read_bytes()),
        "class_names": _digest("\n".join(names).encode()),
        "top_k": (top_k := min(top_k, len(names))),
        "escape_formulas": escape_formulas,
    }
    writing = answers.Writer(output, names, of, escape_formulas)
    with stopping.deferred(), writing as writer:
        done = writer.taken
        if done:
            _say(f"going on after {done} rows of {output}")
        if file:
            whole = -(-done // batch_size)  # batches; the last is shorter
            parts = itertools.islice(file.batches, whole, None)
            batches = ((None, part, None) for part in parts)
        else:
            batches = pictures.batches(done, _say)

        def answer(start, batch):
            of_files, batch, taken = batch
            with _naming_row(features, start, batch):
                return *servant.best(batch, table, seen, top_k), of_files, taken

        count = file.count if file else len(pictures.paths)
        with tqdm.tqdm(
            total=count, initial=done, unit="row", unit_scale=True
        ) as bar:
            for found in _in_order(answer, batches, writer.rows):
                writer.write(*found)
                bar.update(len(found[0]))
                _refuse_to_go_on(output)


def _refuse_to_go_on(output):
    """Raises `Stopped` where a signal has come."""
    try:
        stopping.refuse_to_go_on()
    except Stopped as stopped:
        way = f"the same command goes on with {output}"
        raise Stopped(stopped.signal, way) from stopped


def _state(path):
    """What tells a file from another without reading it: size and time."""
    found = os.stat(path)
    return [found.st_size, found.st_mtime_ns]


def _digest(data):
    return hashlib.sha256(data).hexdigest()


def _say(sentence):
    print(f"aspn_tf: {harmless.line(sentence)}", file=sys.stderr)


def _refuse_width(path, width, model, servant):
    if width != servant.feature_width:
        raise InputError(
            f"`{path}` must have rows of {servant.feature_width} numbers, "
            f"as {model} was trained on. Received: {width}"
        )


def _classes(semantics, class_names, batch_size):
    """Names and semantics (m, q), in the order of the file."""
    table = rows.read(semantics, batch_size, key="att")
    table = np.concatenate(list(table.batches))
    if not class_names:
        return [str(row) for row in range(len(table))], table
    try:
        text = pathlib.Path(class_names).read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(
            f"`--class_names` must be a text file. Received: {class_names} "
            f"({error})"
        ) from error
    # Not `splitlines`, for which a form feed ends a line too.
    names = text.removesuffix("\n").split("\n")
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
        f"{len(seen)} of the {len(names)} classes are taken as seen "
        "in training and calibrated"
    )
    if seen:
        return f"{line}: {', '.join(seen[:LISTED])}" + (
            ", ..." if len(seen) > LISTED else ""
        )
    return line if named else f"{line}; --class_names tells which they are"


def _in_order(answer, batches, start):
    """answer(first row, batch) of every batch, `AT_ONCE` worked on at once."""
    waiting = collections.deque()
    with futures.ThreadPoolExecutor(AT_ONCE) as pool:
        for batch in batches:
            waiting.append(pool.submit(answer, start, batch))
            start += len(batch[1])
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
