"""Classes by words: semantics from the encoder of a model's training."""

import functools
import json

from aspn_tf.errors import InputError
from aspn_tf.serving import signatures


def checked(classes, data, width):
    """The classes with semantics that can be used, float32 (q,) each.

    Args:
      classes: dict of name to semantics (q,), to a text, or to a list of texts.
      data: the `data` of a `Model`, whose card names the encoder.
      width: q.

    Raises:
      InputError: semantics have another width or are not finite; or there are
        texts, and the model's semantics are not of words, or their encoder
        cannot be had.
    """
    told = _vectors(classes, data)
    rows = signatures.rows("semantics", list(told.values()), width).numpy()
    signatures.refuse_unless_finite("semantics", rows)
    return dict(zip(told, rows, strict=True))


def _vectors(classes, data):
    """The classes with every text, or list of texts, as semantics."""
    told = {name: _texts(value) for name, value in classes.items()}
    told = {name: texts for name, texts in told.items() if texts}
    if not told:
        return classes
    card = (data.get("card") or {}).get("words")
    if not card:
        raise InputError(
            "A class must be told by its semantics, numbers. Received: words "
            f"on {next(iter(told))}, and a model whose semantics are not of "
            "words"
        )
    found = encoder(json.dumps(card)).semantics(list(told.values()))
    return {**classes, **dict(zip(told, found, strict=True))}


@functools.lru_cache(maxsize=4)
def encoder(card, name=""):
    """The `Encoder` of a card; loaded once.

    Args:
      card: of `aspn_tf.pictures.words.Encoder.card`, as JSON.
      name: of where it is now; "" for what it was.
    """
    from aspn_tf.pictures import words

    return words.of_card(json.loads(card), name)


def _texts(value):
    """A list of texts where a value is one, or a text; else nothing."""
    if isinstance(value, str):
        return [value]
    if isinstance(value, (list, tuple)) and value:
        if all(isinstance(one, str) for one in value):
            return list(value)
    return []
