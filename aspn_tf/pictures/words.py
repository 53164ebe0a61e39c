"""Encoders: descriptions to semantics, and how to tell one from another."""

import dataclasses
import hashlib
from collections.abc import Callable

import numpy as np

from aspn_tf.errors import InputError

DEFAULT = "words"
WIDTH = 1024  # of the bag of words
SENTENCES = "sentence-transformers:"


@dataclasses.dataclass(frozen=True, eq=False)
class Encoder:
    """What turns texts into vectors.

    Attributes:
      name: as `named` takes it.
      digest: of its weights, as far as it has any.
      function: a list of texts to (n, q).
    """

    name: str
    digest: str
    function: Callable

    def card(self) -> dict:
        """What is remembered of it."""
        return {"encoder": self.name, "digest": self.digest}

    def semantics(self, descriptions):
        """The mean vector of every class's texts.

        Args:
          descriptions: for each of C classes a list of texts, at least one.

        Returns:
          (C, q) float32.

        Raises:
          InputError: the encoder's answer is not one finite row a text, or a
            text says nothing to it.
        """
        texts = [text for own in descriptions for text in own]
        rows = np.asarray(self.function(texts), np.float32)
        if rows.ndim != 2 or len(rows) != len(texts):
            raise InputError(
                "An encoder must answer one row a text. Received: shape "
                f"{rows.shape} for {len(texts)} texts from {self.name}"
            )
        if not np.isfinite(rows).all():
            raise InputError(
                "An encoder must answer finite numbers. Received: NaN or "
                f"infinity from {self.name}"
            )
        silent = np.flatnonzero(~rows.any(axis=1))
        if len(silent):
            raise InputError(
                "A description must have words that the encoder knows. "
                f"Received: {texts[silent[0]]!r}"
            )
        ends = np.cumsum([len(own) for own in descriptions])[:-1]
        return np.stack([part.mean(0) for part in np.split(rows, ends)])


def named(name):
    """An encoder by its name.

    Args:
      name: "words", a bag of words and pairs of words, hashed, which knows no
        meaning but needs nothing; or "sentence-transformers:MODEL", a model
        of that library's, by its name or its directory.

    Raises:
      InputError: there is no such encoder, or it is not on this machine.
    """
    if name == DEFAULT:
        return Encoder(name, f"hashed {WIDTH}", _bag)
    if name.startswith(SENTENCES):
        model = transformer(name, "--encoder")
        return Encoder(name, digest_of(model), model.encode)
    raise InputError(
        f"`--encoder` must be {DEFAULT} or {SENTENCES}MODEL. Received: {name}"
    )


def of_card(card, name=""):
    """The encoder that made the semantics of a model, or none.

    Args:
      card: what `Encoder.card` told.
      name: of where it is now; "" for what it was.

    Raises:
      InputError: it cannot be had, or it is another one.
    """
    found = named(name or card["encoder"])
    if found.digest != card["digest"]:
        raise InputError(
            "The encoder must be the one that the model was trained on, "
            f"{card['encoder']} with weights {card['digest'][:12]}. Received: "
            f"{found.name} with weights {found.digest[:12]}"
        )
    return found


def transformer(name, flag):
    """A model of sentence-transformers, from this machine alone."""
    try:
        import sentence_transformers
    except ImportError as error:
        raise InputError(
            f"`{flag}={name}` must have its library: pip install "
            f"'aspn_tf[text]'. Received: {error}"
        ) from error
    model = name.removeprefix(SENTENCES)
    try:
        return sentence_transformers.SentenceTransformer(
            model, device="cpu", local_files_only=True
        )
    # Whatever torch, transformers and the hub raise.
    except Exception as error:
        reason = " ".join(str(error).split())[:200]
        raise InputError(
            f"`{flag}` must name a model that is on this machine, by its "
            f"directory or in the cache of the hub. Received: {model} "
            f"({reason})"
        ) from error


def digest_of(model):
    """SHA-256 of the weights of a model of sentence-transformers."""
    digest = hashlib.sha256()
    for name, tensor in sorted(model.state_dict().items()):
        digest.update(name.encode())
        digest.update(tensor.cpu().contiguous().numpy().tobytes())
    return digest.hexdigest()


def _bag(texts):
    """Counts of hashed words and pairs of words, each row of length 1."""
    from sklearn.feature_extraction.text import HashingVectorizer

    bag = HashingVectorizer(
        n_features=WIDTH,
        ngram_range=(1, 2),
        alternate_sign=False,
        token_pattern=r"\w+",  # a single letter or digit is a word too
    )
    return bag.transform(texts).toarray()
