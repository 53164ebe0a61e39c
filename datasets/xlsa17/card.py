"""card.json: what made the features and the semantics of a user's own data."""

import json
import pathlib

from aspn_tf.errors import InputError

FILE = "card.json"
LARGEST = 256 << 20  # bytes


def read(folder):
    """The card of a folder, a dict; None where it has none.

    Raises:
      InputError: the file is not JSON as `write` leaves it.
    """
    path = pathlib.Path(folder) / FILE
    if not path.is_file():
        return None
    try:
        if path.stat().st_size > LARGEST:
            raise ValueError(f"more than {LARGEST} bytes")
        content = json.loads(path.read_text(encoding="utf-8"))
        for key in ("pictures", "descriptions", "examples"):
            if not isinstance(content[key], dict):
                raise ValueError(f"`{key}` is no object")
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise InputError(
            f"{path} must be what `python -m aspn_tf.prepare` writes. "
            f"Received: {error}; delete it, or prepare the data again."
        ) from error
    return content


def text(content):
    """The content of the file."""
    return json.dumps(content, indent=1, ensure_ascii=False) + "\n"


def image_shape(content, width):
    """(height, width) where features are the pixels of grey pictures."""
    size = content["pictures"].get("size")
    if content["pictures"].get("backbone") != "grey_pixels":
        return None
    if not isinstance(size, list | tuple) or len(size) != 2:
        return None
    if not all(type(side) is int for side in size):
        return None
    return tuple(size) if size[0] * size[1] == width else None
