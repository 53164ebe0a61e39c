"""What the server asks of a model, one thread at a time."""

import threading

import numpy as np

from aspn_tf.errors import InputError
from aspn_tf.serving import confidence
from aspn_tf.serving.model import UNKNOWN


class Recognizer:
    """A model whose classes may change while others are scored.

    Args:
      model: an `aspn_tf.serving.model.Model`.
    """

    def __init__(self, model):
        self.model = model
        self._lock = threading.Lock()

    def scores(self, features):
        """Scores (n, C), and what they are scores of.

        Returns:
          (names, temperature), C names and the temperature or None; and the
          scores.
        """
        with self._lock:
            scores = self.model.decision_function(features)
            return (tuple(self.model.classes), self.model.temperature), scores

    def scores_among(self, features, semantics):
        """The same among a caller's classes, a dict of name to vector."""
        with self._lock:
            scores = self.model.decision_function(features, semantics)
        return (tuple(semantics), None), scores

    def describe(self, features):
        """The semantics (n, q) that the model sees in features."""
        with self._lock:
            return self.model.describe(features)

    def classes(self):
        """A dict for each class: `name`, `seen`, `added`."""
        with self._lock:
            names, added = list(self.model.classes), self.model.added
            seen = self.model.were_seen(names).tolist()
        return [
            {"name": name, "seen": was_seen, "added": name in added}
            for name, was_seen in zip(names, seen, strict=True)
        ]

    def add(self, name, semantics):
        """Takes a class; see `Model.add_classes`."""
        if not name.strip() or name == UNKNOWN:
            raise InputError(
                "A class must have a name, and not the word for none. "
                f"Received: {name!r}"
            )
        with self._lock:
            self.model.add_classes({name: semantics})

    def remove(self, name):
        """Forgets a class that was added; see `Model.remove_classes`."""
        with self._lock:
            self.model.remove_classes([name])


def answers(found, top_k, unknown_below):
    """The answer for every example.

    Args:
      found: what `Recognizer.scores` returned.
      top_k: how many classes, the best first.
      unknown_below: a probability; below it the answer is "unknown".

    Returns:
      Dicts that json can write.

    Raises:
      InputError: there are no probabilities to compare with `unknown_below`.
    """
    (names, temperature), scores = found
    if unknown_below and temperature is None:
        raise InputError(
            "`unknown_below` must come with probabilities. Received: "
            "classes, or a model, that have none"
        )
    chances = [None] * len(scores)
    if temperature is not None:
        chances = confidence.probabilities(scores, temperature)
    return [
        _ranked(names, *pair, top_k, unknown_below)
        for pair in zip(scores, chances, strict=True)
    ]


def _ranked(names, scores, chances, top_k, unknown_below):
    """The answer for one example, by scores (C,) and chances (C,) or None."""
    best = np.argsort(-scores, kind="stable")[:top_k]
    classes = [
        {
            "name": names[k],
            "score": float(scores[k]),
            "probability": None if chances is None else float(chances[k]),
        }
        for k in best
    ]
    doubted = chances is not None and chances.max() < unknown_below
    return {
        "answer": UNKNOWN if doubted else names[best[0]],
        "classes": classes,
    }
