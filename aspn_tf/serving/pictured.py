"""Pictures as rows for a model that was trained on pictures."""

import io

import numpy as np

from aspn_tf.errors import InputError

AT_ONCE = 32  # pictures through the backbone


def backbone_of(model, name="", weights=""):
    """The `Backbone` that a model's features are of.

    Args:
      model: an `aspn_tf.serving.model.Model`.
      name: of where it is now; "" for what it was.
      weights: file of its weights; "" for Keras' own cache.

    Raises:
      InputError: the model was not trained on pictures, or the backbone cannot
        be had, or is another one.
    """
    from aspn_tf.pictures import backbone

    card = (model.data.get("card") or {}).get("pictures")
    if not card:
        raise InputError(
            "Pictures must go to a model that was trained on data of `python "
            f"-m aspn_tf.prepare`. Received: one of {model.data['name']}"
        )
    return backbone.of_card(card, name, weights)


def read(images, backbone, batch_size, skip):
    """The pictures that a user names, as rows.

    Args:
      images: names with commas between them, of files or directories.
      backbone: a `Backbone`.
      batch_size: pictures at a time, at most.
      skip: callable, told a sentence for each file that is no picture.

    Returns:
      How many there are, and an iterator of (names, features (k, d)).
    """
    from aspn_tf.pictures import extract, folders

    paths = folders.asked(images)
    size = min(batch_size, AT_ONCE)

    def batches():
        for found, places, bad in extract.features(paths, backbone, size):
            for place in sorted(bad):
                skip(bad[place])
            if len(places):
                yield [str(paths[place]) for place in places], found

    return len(paths), batches()


def one(content, backbone):
    """The features (1, d) of a picture's bytes.

    Raises:
      InputError: it is no whole picture.
    """
    from aspn_tf.pictures import decoding

    pixels = decoding.pixels(io.BytesIO(content), backbone.size, backbone.mode)
    return np.asarray(backbone.function(pixels[None]), np.float32)
