"""Scores of test rows against every class, and the heads they are made of."""

import dataclasses

import numpy as np

from aspn_tf.evaluation.ranks import Ranked, ranks_of
from aspn_tf.methods.base import weigh


@dataclasses.dataclass(frozen=True)
class Scores:
    """Uncalibrated scores of test rows against every class.

    Attributes:
      seen: (n, C) float32, of the test examples of seen classes.
      unseen: (m, C) float32, of the test examples of unseen classes.
      unseen_only: (m, C) float32, what the traditional task ranks.
      every: one in how many test rows they are of, on either side.
    """

    seen: np.ndarray
    unseen: np.ndarray
    unseen_only: np.ndarray
    every: tuple = (1, 1)

    def ranked(self, benchmark):
        """What is `Ranked` by them."""
        sides = self.seen, self.unseen, self.unseen_only
        return Ranked(*(ranks_of(side, benchmark) for side in sides))


@dataclasses.dataclass(frozen=True)
class Heads:
    """Every head of a method's present state, on rows of both test splits.

    Attributes:
      seen: head to (n, C) float32, of the test examples of seen classes.
      unseen: head to (m, C) float32, of those of unseen classes.
      every: one in how many test rows they are of, on either side.
    """

    seen: dict
    unseen: dict
    every: tuple = (1, 1)

    def weighed(self, weights):
        """The `Scores` of a dict of task to weights, see `Method.weights`."""
        general = weights["generalized"]
        unseen = weigh(self.unseen, general)
        only = unseen
        if weights["traditional"] != general:
            only = weigh(self.unseen, weights["traditional"])
        return Scores(weigh(self.seen, general), unseen, only, self.every)

    def opened(self, weights):
        """The `Scores` of `classify` against every class's semantics."""
        unseen = weigh(self.unseen, weights["open"])
        seen = weigh(self.seen, weights["open"])
        return Scores(seen, unseen, unseen, self.every)
