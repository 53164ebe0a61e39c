"""A trained method as a SavedModel, which TensorFlow alone can serve.

`aspn_tf.serving.servable` tells the signatures. The assets are the class names,
the class semantics, the attribute names where the data has them, the config,
the data's fingerprint, the measured accuracies, what turns scores into
probabilities, and the classes that came after training.
"""

import contextlib
import json
import pathlib
import shutil
import tempfile

import numpy as np
import tensorflow as tf

from aspn_tf import disk
from aspn_tf.errors import InputError
from aspn_tf.serving import manifest
from aspn_tf.serving.servable import Servable

TOLD = ("pictures", "words", "descriptions", "joint")  # of the data's card


def save(
    directory,
    method,
    benchmark,
    config_lines,
    results,
    calibration,
    open_calibration,
    confidence=None,
):
    """Writes the SavedModel.

    Args:
      directory: where to; must not exist.
      method: a trained `aspn_tf.methods.base.Method`, put to use.
      benchmark: the `Benchmark` it was trained on.
      config_lines: the config of the run as lines of a flagfile.
      results: the content of results.json.
      calibration: what the scores of seen classes give up.
      open_calibration: the same where the classes are the caller's.
      confidence: of a `Choice`; None where it is not known.

    Raises:
      InputError: the directory exists or cannot be made.
    """
    directory = _free(directory)
    measured = {
        "calibration": calibration,
        "open_calibration": open_calibration,
        **results,
    }
    servable = Servable(method, benchmark, calibration, open_calibration)
    told = about(benchmark, config_lines, measured, confidence)
    write(directory, servable, benchmark.semantics, told)


def write(directory, servable, semantics, told):
    """Writes a servable; whole or not at all.

    Args:
      directory: where to; must not exist.
      servable: an `aspn_tf.serving.servable.Servable`.
      semantics: (C, q), of the classes of training.
      told: what `about` returns, with "added": name to semantics, as lists,
        of classes that came after training.

    Raises:
      InputError: the directory exists or cannot be made.
    """
    with whole(directory) as model:
        sources = model.with_name("sources")
        servable.assets = [
            tf.saved_model.Asset(str(path))
            for path in _write(sources, told, semantics)
        ]
        tf.saved_model.save(servable, str(model), dict(servable.functions))


@contextlib.contextmanager
def whole(directory):
    """A directory that stands in its place once it is full.

    Args:
      directory: where; must not exist.

    Yields:
      Where to make and fill it.

    Raises:
      InputError: the directory exists or cannot be made.
    """
    directory = _free(directory)
    must = "A SavedModel must go to a directory that can be made."
    with disk.refusing(must, directory):
        directory.parent.mkdir(parents=True, exist_ok=True)
        partial = pathlib.Path(
            tempfile.mkdtemp(prefix=disk.PART, dir=directory.parent)
        )
    try:
        model = partial / "model"
        yield model
        manifest.write(model)
        disk.sync(model)
        model.rename(directory)
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def _free(directory):
    """The path of a directory; refused where it exists."""
    directory = pathlib.Path(directory)
    if directory.exists():
        raise InputError(
            "A SavedModel must go to a directory that does not exist yet. "
            f"Received: {directory}"
        )
    return directory


def save_tflite(directory, path):
    """Writes a saved model as one TensorFlow Lite file, all signatures.

    TensorFlow Lite has no assertions: there NaN and infinity are not refused.

    Args:
      directory: what `save` wrote.
      path: the .tflite file; must not exist.

    Raises:
      InputError: the file exists.
    """
    path = pathlib.Path(path)
    if path.exists():
        raise InputError(f"A .tflite file must not exist yet. Received: {path}")
    path.parent.mkdir(parents=True, exist_ok=True)
    signatures = tf.saved_model.load(str(directory)).signatures
    converter = tf.lite.TFLiteConverter.from_saved_model(
        str(directory), signature_keys=sorted(signatures)
    )
    disk.write_bytes(path, converter.convert())


def refuse_another(place):
    """Raises `InputError` where what is in a place is no whole model."""
    if place.is_dir():
        manifest.check(place)


def about(benchmark, config_lines, measured, confidence):
    """What is told of a model, by the name of the asset.

    Args:
      benchmark: the `Benchmark` it was trained on.
      config_lines: the config of the run as lines of a flagfile.
      measured: dict of results.
      confidence: of a `Choice`; None where it is not known.
    """
    names = np.asarray(benchmark.class_names)
    return {
        "classes": {
            "names": list(benchmark.class_names),
            "seen": names[benchmark.seen].tolist(),
            "unseen": names[benchmark.unseen].tolist(),
        },
        "attributes": list(benchmark.attribute_names),
        "data": {
            "name": benchmark.name,
            "fingerprint": benchmark.fingerprint,
            "notes": list(benchmark.notes),
            "card": {key: benchmark.card.get(key) for key in TOLD}
            if benchmark.card
            else None,
        },
        "config": dict(line[2:].split("=", 1) for line in config_lines),
        "measured": measured,
        "confidence": confidence or {},
        "added": {},
    }


def _write(directory, told, semantics):
    """Writes the assets and returns their paths."""
    directory.mkdir()
    paths = []
    for name, content in told.items():
        path = directory / f"{name}.json"
        path.write_text(json.dumps(content, indent=2) + "\n")
        paths.append(path)
    path = directory / "semantics.npy"
    np.save(path, semantics)
    return [*paths, path]
