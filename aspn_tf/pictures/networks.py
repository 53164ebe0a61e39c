"""Networks as functions of pixels: the user's files, and keras.applications.

Each is told as (function, size, digest): uint8 (n, height, width, 3) to float32
(n, d), the size that pictures are brought to, and SHA-256 of the weights.
"""

import hashlib
import importlib
import os
import pathlib
import re

import keras
import tensorflow as tf

from aspn_tf.errors import InputError

SUFFIX = ".keras"
BLOCK = 1 << 20


def of_file(path, size):
    """Of a .keras file or a SavedModel, from RGB in 0 to 255 to features."""
    digest = _digest(path, "--backbone")
    try:
        if path.is_dir():
            model = keras.layers.TFSMLayer(
                str(path), call_endpoint="serving_default"
            )
            own = None
        else:
            model = keras.models.load_model(path, compile=False)
            own = model.input_shape[1:3]
    # Keras and TensorFlow raise what they meet of files that are no models.
    except Exception as error:
        reason = " ".join(str(error).split())[:200]
        raise InputError(
            f"`--backbone` must be a {SUFFIX} file, or a SavedModel, that can "
            f"be read. Received: {path} ({reason})"
        ) from error
    size = size or own
    if size is None or None in size:
        raise InputError(
            f"`--image_size` must be given with {path}, which takes any size. "
            "Received: nothing"
        )
    return _pooled(model), tuple(size), digest


def of_applications(name, weights, size):
    """Of keras.applications, by its name in small letters, without its top."""
    network = names()[name]
    if size is None:
        size = network(weights=None, classes=2).input_shape[1:3]
    model = network(
        include_top=False, weights=None, pooling="avg", input_shape=(*size, 3)
    )
    path = pathlib.Path(weights) if weights else _cached(name)
    digest = _digest(path, "--weights")
    try:
        model.load_weights(path)
    except Exception as error:  # h5py's, Keras' and TensorFlow's
        reason = " ".join(str(error).split())[:200]
        raise InputError(
            f"`--weights` must be a file of {name}'s weights without its top. "
            f"Received: {path} ({reason})"
        ) from error
    home = network.__module__.rpartition(".")[2]
    scaled = importlib.import_module(
        f"keras.applications.{home}"
    ).preprocess_input
    return _pooled(model, scaled), tuple(size), digest


def names():
    """The networks of keras.applications by their names in small letters."""
    return {
        name.lower(): value
        for name, value in vars(keras.applications).items()
        if name[0].isupper() and callable(value)
    }


def _cached(name):
    """The file of a network's weights in Keras' own cache."""
    home = os.environ.get("KERAS_HOME") or pathlib.Path.home() / ".keras"
    cache = pathlib.Path(home) / "models"
    longer = r"(?!\d|v\d)" if name[-1].isdigit() else r"(?!v\d)"
    wanted = re.compile(f"(weights)?{name}{longer}.*notop(v2)?")
    for path in sorted(cache.glob("*.h5")):
        if wanted.fullmatch(re.sub(r"\W|_", "", path.stem.lower())):
            return path
    raise InputError(
        f"The weights of {name} must be in Keras' cache, {cache}, or be given "
        "as --weights=FILE. Received: neither; where there is a network, "
        "keras.applications fetches them when it is asked for that network "
        "without its top."
    )


def _digest(path, flag):
    """SHA-256 of a file, or of all files of a directory.

    Raises:
      InputError: it cannot be read; the sentence names the flag.
    """
    digest = hashlib.sha256()
    files = sorted(path.rglob("*")) if path.is_dir() else [path]
    try:
        for file in files:
            if path.is_dir():
                digest.update(str(file.relative_to(path)).encode())
            if file.is_dir():
                continue
            with file.open("rb") as source:
                while block := source.read(BLOCK):
                    digest.update(block)
    except OSError as error:
        raise InputError(
            f"`{flag}` must be a file that can be read. Received: {path} "
            f"({error.strerror})"
        ) from error
    return digest.hexdigest()


def _pooled(model, scaled=None):
    """A compiled function of a network; maps of features are averaged."""

    @tf.function(reduce_retracing=True)
    def function(batch):
        batch = tf.cast(batch, tf.float32)
        found = model(scaled(batch) if scaled else batch)
        if isinstance(found, dict):
            (found,) = found.values()
        if len(found.shape) == 4:
            found = tf.reduce_mean(found, (1, 2))
        return tf.cast(found, tf.float32)

    return function
