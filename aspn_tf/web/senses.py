"""What a server takes beside numbers: pictures, and words about classes."""

import asyncio
import dataclasses
import json
import threading

from fastapi.concurrency import run_in_threadpool

from aspn_tf.errors import InputError
from aspn_tf.serving import described, pictured

AT_ONCE = 4  # pictures that are decoded; the largest takes a gigabyte


class Senses:
    """Turns pictures and words into rows, as it was done for the model.

    A model of pictures has a backbone, and one of words an encoder. A server
    does without one that cannot be had, unless the user has named it.

    Args:
      model: an `aspn_tf.serving.model.Model`.
      backbone: where its backbone is now; "" for where it was.
      weights: file of the backbone's weights; "" for Keras' own cache.
      encoder: where its encoder is now; "" for where it was.
      say: callable, told a sentence for each that the server does without.

    Raises:
      InputError: one that was named cannot be had.
    """

    def __init__(self, model, backbone="", weights="", encoder="", say=None):
        card = model.data.get("card") or {}
        self._backbone = _Maker(
            lambda: pictured.backbone_of(model, backbone, weights),
            bool(backbone or weights),
            say if card.get("pictures") else None,
        )
        self._encoder = _Maker(
            lambda: _encoder_of(model, encoder),
            bool(encoder),
            say if card.get("words") else None,
        )
        self._reading = asyncio.Semaphore(AT_ONCE)

    @property
    def pictures(self):
        """Whether pictures can be taken."""
        return self._backbone.there

    @property
    def words(self):
        """Whether words about a class can be taken."""
        return self._encoder.there

    async def features(self, content):
        """The features (1, d) of a picture's bytes.

        Raises:
          InputError: it is no whole picture, or there is no backbone.
        """
        backbone = self._backbone.get()
        async with self._reading:
            return await run_in_threadpool(pictured.one, content, backbone)

    def semantics(self, texts):
        """The semantics (q,) of the class that some texts describe.

        Raises:
          InputError: a text says nothing, or there is no encoder.
        """
        return self._encoder.get().semantics([texts])[0]


class _Maker:
    """A backbone or an encoder, or the sentence why there is none.

    Its function is called by one thread at a time: tokenizers want that, and
    a network has all cores anyway.

    Args:
      load: callable; returns it, or raises `InputError`.
      named: whether the user named it; then the error is raised.
      say: callable, told the sentence; or None.
    """

    def __init__(self, load, named, say):
        self._found, self._sentence = None, ""
        try:
            found = load()
        except InputError as error:
            if named:
                raise
            self._sentence = " ".join(str(error).split())
            if say:
                say(self._sentence)
        else:
            alone = _one_at_a_time(found.function)
            self._found = dataclasses.replace(found, function=alone)

    @property
    def there(self):
        return self._found is not None

    def get(self):
        if not self.there:
            raise InputError(self._sentence)
        return self._found


def _encoder_of(model, name):
    card = (model.data.get("card") or {}).get("words")
    if not card:
        raise InputError(
            "Words must go to a model whose semantics are of words. Received: "
            f"one of {model.data['name']}"
        )
    return described.encoder(json.dumps(card), name)


def _one_at_a_time(function):
    lock = threading.Lock()

    def alone(batch):
        with lock:
            return function(batch)

    return alone
