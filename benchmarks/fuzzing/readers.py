"""What reads each kind of file: the package, as its commands call it."""

import contextlib
import pathlib
import types

import numpy as np

from fuzzing.hdf5 import SECRET

ENOUGH = 1 << 28  # bytes of a file of rows that are read
EXTERNAL = "what lies in another file was read"


def rows(path):
    """Reads a file of rows."""
    from aspn_tf.data import rows as files

    found, left = files.read(path, 64), ENOUGH
    for batch in found.batches:
        _not_secret(batch)
        left -= batch.nbytes
        if left < 0:
            break


def _not_secret(numbers):
    if numbers.dtype.kind in "fiu" and (numbers == SECRET).any():
        raise AssertionError(EXTERNAL)


def matlab(path):
    """Reads a MAT file as rows, as variables, and as a data set."""
    from aspn_tf.datasets.xlsa17 import mat_file, source
    from aspn_tf.errors import InputError

    errors = []
    try:
        rows(path)
    except InputError as error:
        errors.append(error)
    try:
        keys = ("features", "labels", "att", "allclasses_names")
        for value in mat_file.read(path, keys).values():
            _not_secret(value)
        source.read_tables(path.parent, path.name)
    except InputError as error:
        errors.append(error)
    if errors:
        raise errors[-1]


def classes(path):
    """Reads what is told of classes."""
    from aspn_tf.pictures import classes as told

    told.read(path)


def picture(path):
    """Reads a picture, large and small."""
    from aspn_tf.pictures import decoding

    decoding.pixels(path, (32, 32), "RGB")
    decoding.thumbnail(path, 16)


def card(path):
    """Reads the card of a folder."""
    from aspn_tf.datasets.xlsa17 import card as cards

    content = cards.read(path.parent)
    if content is not None:
        cards.image_shape(content, 64)


def flags(path):
    """Parses a command line that names a flagfile."""
    from absl import flags as absl_flags
    from absl.testing import flagsaver

    from aspn_tf import command
    from aspn_tf import config as configs
    from aspn_tf.errors import InputError
    from aspn_tf.methods import registry

    if "seeds" not in absl_flags.FLAGS:
        command._define_fields(configs.Config)
        for method in registry.METHODS:
            command._define_fields(
                registry.settings_class(method), f"{method}."
            )
    kept = flagsaver.save_flag_values()
    try:
        with contextlib.suppress(SystemExit):  # of --help
            command._parse(["command", f"--flagfile={path}"], (), True, set())
    except absl_flags.Error as error:  # which the command takes as such
        raise InputError(str(error)) from error
    finally:
        flagsaver.restore_flag_values(kept)


def run(path):
    """Asks whether a run that was begun has the same flags."""
    from aspn_tf import config as configs
    from aspn_tf.runs import directory

    directory.agree(path, configs.Config(), free=())


def model(path):
    """Checks an exported model, as is done before TensorFlow opens it."""
    from aspn_tf.serving import manifest

    manifest.check(path)


def shards(path):
    """Reads the features that are kept."""
    from aspn_tf.pictures import extract

    known = extract._shards(path)
    if known:
        np.stack(list(known.values()))


def _method():
    import tensorflow as tf

    method = tf.Module()
    method.weights = [tf.Variable(tf.ones((40, 30))), tf.Variable(0.0)]
    method.step = tf.Variable(0, dtype=tf.int64)
    return method


def _trail(folder):
    from aspn_tf.runs import trail

    monitor = types.SimpleNamespace(flush=lambda: None)
    return trail.Trail(folder, "training", _method(), monitor)


def stopped(folder):
    """Leaves what a run leaves that is stopped in its training."""
    from aspn_tf.runs import trail

    _trail(folder)._keep({"states": 3, "logs": {}, "seconds": 1.0})
    trail.write(folder, "chosen", {"choice": {}, "seconds": 1.0})


def progress(path):
    """Goes on with a stopped run."""
    from aspn_tf.errors import InputError
    from aspn_tf.runs import trail

    made = trail.read(path, "chosen")
    kept = _trail(path)
    if made is None or not kept.position:
        raise InputError("`progress` must be whole. Received: another; anew")


READERS = {
    **dict.fromkeys(("npy", "npz", "csv", "parquet"), rows),
    **dict.fromkeys(("mat4", "mat5", "mat73"), matlab),
    "classes": classes,
    "picture": picture,
    "card": card,
    "flags": flags,
    "run": run,
    "model": model,
    "shards": shards,
    "progress": progress,
}


def read(kind, path):
    """Has the package read a case."""
    READERS[kind](pathlib.Path(path))
