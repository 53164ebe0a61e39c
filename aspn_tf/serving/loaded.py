"""`aspn_tf.load`: an exported model from Python; the same from memory.

Needs TensorFlow and NumPy alone; what the directory holds is told in
`aspn_tf.serving.export`.
"""

import json
import pathlib

import numpy as np
import tensorflow as tf

from aspn_tf.errors import InputError
from aspn_tf.serving import manifest
from aspn_tf.serving.model import Model
from aspn_tf.serving.signatures import Signatures

ASSETS = (
    "classes",
    "attributes",
    "config",
    "data",
    "measured",
    "confidence",
    "added",
)


def load(directory):
    """The `Model` that `aspn_tf.serving.export` wrote.

    A SavedModel is code: load only what comes from where you trust it. What is
    checked is that it is one of ours and as it was written.

    Args:
      directory: where the SavedModel lies.

    Raises:
      InputError: it is not there, is not one of ours, or has changed.
    """
    manifest.check(directory)
    assets = pathlib.Path(directory) / "assets"
    try:
        saved = tf.saved_model.load(str(directory))
        about = {
            name: json.loads((assets / f"{name}.json").read_text())
            for name in ASSETS
        }
        semantics = np.load(assets / "semantics.npy", allow_pickle=False)
        specs = saved.signatures["serving_default"].structured_input_signature
        width = specs[1]["features"].shape[1]
    except (OSError, ValueError, KeyError, tf.errors.OpError) as error:
        raise InputError(
            "A model must be a directory that --export, or a run, has "
            f"written. Received: {directory} ({error})"
        ) from error
    widths = {"features": width, "semantics": semantics.shape[1]}
    return Model(Signatures(saved.signatures, widths, saved), semantics, about)


def of(servable, semantics, about):
    """The `Model` of what is still in memory.

    Args:
      servable: an `aspn_tf.serving.servable.Servable`.
      semantics: (C, q), of the classes of training.
      about: what `aspn_tf.serving.export.about` returns.
    """
    traced = {
        name: lambda function=function, **inputs: function(*inputs.values())
        for name, function in servable.functions.items()
    }
    widths = {
        "features": servable.feature_width,
        "semantics": semantics.shape[1],
    }
    return Model(Signatures(traced, widths, servable), semantics, about)
