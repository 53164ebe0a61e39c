"""Pictures as rows for a model that was trained on pictures."""

import hashlib
import io
import os

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


class Pictures:
    """The pictures that a user names, as rows.

    Attributes:
      paths: of the files.

    Args:
      images: names with commas between them, of files or directories.
      backbone: a `Backbone`.
      batch_size: pictures at a time, at most.

    Raises:
      InputError: one is not there, or there is none.
    """

    def __init__(self, images, backbone, batch_size):
        from aspn_tf.pictures import folders

        self.paths = folders.asked(images)
        self._backbone, self._size = backbone, min(batch_size, AT_ONCE)

    def state(self):
        """What tells these files from others: names, sizes, times; batches."""
        digest = hashlib.sha256(f"{self._size}\n".encode())
        for path in self.paths:
            found = path.stat()
            line = f"{path}\0{found.st_size}\0{found.st_mtime_ns}\n"
            digest.update(os.fsencode(line))
        return digest.hexdigest()

    def batches(self, start, skip):
        """Features, a batch after the other.

        Args:
          start: how many pictures to leave out, a multiple of a batch.
          skip: callable, told a sentence for each file that is no picture.

        Yields:
          (names, features (k, d), how many pictures there were so far).
        """
        from aspn_tf.pictures import extract

        paths = self.paths[start:]
        for found, places, bad in extract.features(
            paths, self._backbone, self._size
        ):
            start = min(start + self._size, len(self.paths))
            for place in sorted(bad):
                skip(bad[place])
            if len(places):
                yield [str(paths[place]) for place in places], found, start


def one(content, backbone):
    """The features (1, d) of a picture's bytes.

    Raises:
      InputError: it is no whole picture.
    """
    from aspn_tf.pictures import decoding

    pixels = decoding.pixels(io.BytesIO(content), backbone.size, backbone.mode)
    return np.asarray(backbone.function(pixels[None]), np.float32)
