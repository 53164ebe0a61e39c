"""The classes that a caller asks for, and the answer."""

import dataclasses

import numpy as np

from aspn_tf.errors import InputError


@dataclasses.dataclass(frozen=True)
class Answer:
    """The k best classes of n examples, the best first.

    Attributes:
      names: (n, k) str.
      scores: (n, k) float32.
      index: (n, k) int32, which of the classes asked for.
      seen: names of the classes asked for that were taken as seen in training,
        whose scores are calibrated.
    """

    names: np.ndarray
    scores: np.ndarray
    index: np.ndarray
    seen: tuple[str, ...]


def asked(semantics, seen, were_seen):
    """Names, semantics (m, q) and bools (m,) of a caller's classes.

    Args:
      semantics: a dict of name to semantics (q,), or an array (m, q) whose
        rows are named by their number.
      seen: m bools, which of them training had images of; None: of a dict,
        those that `were_seen`.
      were_seen: callable; names to bools.

    Raises:
      InputError: there is no class, or which are seen is not told.
    """
    if not len(semantics):
        raise InputError(
            "`semantics` must hold one class or more. Received: none"
        )
    if isinstance(semantics, dict):
        names, rows = list(semantics), list(semantics.values())
        if seen is None:
            seen = were_seen(names)
    else:
        names, rows = [str(row) for row in range(len(semantics))], semantics
    if seen is None:
        raise InputError(
            "`seen` must tell which rows of `semantics` are classes that "
            "training had images of. Received: None; give a bool a row, or a "
            "dict of class name to semantics."
        )
    seen = np.asarray(seen)
    if seen.dtype != bool or seen.shape != (len(names),):
        raise InputError(
            f"`seen` must be one bool a class, {len(names)} in all. "
            f"Received: {seen.dtype} of shape {seen.shape}"
        )
    return names, rows, seen


def refuse_unless_new(classes, known):
    """Raises `InputError` where none is added, or one that is known.

    Args:
      classes: names of those to add.
      known: names of those that are there.
    """
    if not classes:
        raise InputError("`classes` must hold one or more. Received: none")
    for name in classes:
        if name in known:
            raise InputError(
                "A class that is added must be new. Received: "
                f"{name}, which is there already"
            )
