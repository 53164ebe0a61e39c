"""Backbones: pixels to features, and how to tell one from another."""

import dataclasses
import hashlib
import pathlib
from collections.abc import Callable

import tensorflow as tf
from PIL import Image

from aspn_tf.errors import InputError
from aspn_tf.pictures import networks, words

DEFAULT = "resnet101"  # the paper's
MODES = {"pixels": "RGB", "grey_pixels": "L"}  # backbones that are none
CHANNELS = {"RGB": 3, "L": 1}
SQUARE = (224, 224)  # where a model brings pictures to its size by itself


@dataclasses.dataclass(frozen=True, eq=False)
class Backbone:
    """What turns pictures into features.

    Attributes:
      name: as `named` takes it.
      size: (height, width) that pictures are brought to.
      mode: "RGB" or "L", which is grey.
      digest: of the weights and of what else decides a feature.
      function: uint8 (n, height, width, channels) to (n, d), tensors or arrays.
    """

    name: str
    size: tuple[int, int]
    mode: str
    digest: str
    function: Callable

    @property
    def channels(self) -> int:
        """Numbers of a pixel."""
        return CHANNELS[self.mode]

    @property
    def key(self) -> str:
        """What features are kept under: all that decides them."""
        told = f"{self.size} {self.mode} {self.digest}"
        return hashlib.sha256(told.encode()).hexdigest()[:16]

    def card(self) -> dict:
        """What is remembered of it, beside features and in exported models."""
        return {
            "backbone": self.name,
            "size": list(self.size),
            "mode": self.mode,
            "digest": self.digest,
        }


def named(name, weights="", size=None):
    """A backbone by its name.

    Args:
      name: of a network of keras.applications in small letters, such as
        "resnet101", without its top and with average pooling; or a .keras file
        or the directory of a SavedModel, from RGB pixels in 0 to 255 to
        features, its own scaling within; or "sentence-transformers:MODEL", of
        pictures and words together; or "pixels" or "grey_pixels", for tiny
        pictures.
      weights: file of weights of a network of keras.applications; "" for
        Keras' own cache.
      size: (height, width); None for the network's own.

    Raises:
      InputError: there is no such backbone, or its weights are nowhere.
    """
    if name in MODES:
        return _of_pixels(name, weights, size)
    if name.startswith(words.SENTENCES):
        return _of_transformer(name, weights)
    path = pathlib.Path(name)
    if path.suffix == networks.SUFFIX or path.is_dir():
        _refuse_weights(name, weights)
        function, size, digest = networks.of_file(path, size)
        return Backbone(name, size, "RGB", digest, function)
    known = networks.names()
    if name not in known:
        told = ", ".join([*sorted(known), *MODES])
        raise InputError(
            f"`--backbone` must be one of {told}, "
            f"{words.SENTENCES}MODEL, a {networks.SUFFIX} file or a "
            f"SavedModel. Received: {name}"
        )
    function, size, digest = networks.of_applications(name, weights, size)
    return Backbone(name, size, "RGB", digest, function)


def of_card(card, name="", weights=""):
    """The backbone that made the features of a model, or none.

    Args:
      card: what `Backbone.card` told.
      name: of where it is now; "" for what it was.
      weights: as of `named`.

    Raises:
      InputError: it cannot be had, or it is another one.
    """
    found = named(name or card["backbone"], weights, tuple(card["size"]))
    if found.digest != card["digest"] or found.mode != card["mode"]:
        raise InputError(
            "The backbone must be the one that the model was trained on, "
            f"{card['backbone']} with weights {card['digest'][:12]}. Received: "
            f"{found.name} with weights {found.digest[:12]}; pass --backbone "
            "or --weights."
        )
    return found


def _of_pixels(name, weights, size):
    _refuse_weights(name, weights)
    if size is None:
        raise InputError(
            f"`--image_size` must be given with --backbone={name}, such as "
            "--image_size=16,16. Received: nothing"
        )
    mode = MODES[name]
    width = size[0] * size[1] * CHANNELS[mode]

    def flattened(batch):
        return tf.reshape(tf.cast(batch, tf.float32) / 255.0, (-1, width))

    return Backbone(name, tuple(size), mode, "pixels", flattened)


def _of_transformer(name, weights):
    """Of a model that has pictures and words in one space, such as CLIP."""
    _refuse_weights(name, weights)
    model = words.transformer(name, "--backbone")

    def encoded(batch):
        return model.encode([Image.fromarray(picture) for picture in batch])

    digest = words.digest_of(model)
    return Backbone(name, SQUARE, "RGB", digest, encoded)


def _refuse_weights(name, weights):
    if weights:
        raise InputError(
            "`--weights` must go with a network of keras.applications. "
            f"Received: {weights} with {name}"
        )
