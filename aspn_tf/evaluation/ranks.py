"""The best class of each example on both sides: all that the measures need.

Which class is named at any calibration, the margin that decides it, and the
class among its own side's follow from them; scores of all classes need not be
kept.
"""

import dataclasses
import typing

import numpy as np


class Ranks(typing.NamedTuple):
    """Of n examples; among equal scores the first class is the best.

    Attributes:
      seen_score: float32 (n,), the best score of a seen class.
      seen_class: int64 (n,), that class.
      unseen_score, unseen_class: the same of the unseen classes.
    """

    seen_score: np.ndarray
    seen_class: np.ndarray
    unseen_score: np.ndarray
    unseen_class: np.ndarray

    @property
    def margins(self):
        """Best seen minus best unseen score, float64 (n,)."""
        return self.seen_score.astype(np.float64) - self.unseen_score

    def named(self, calibration=0.0):
        """The best of all classes, (n,), where seen ones give something up."""
        seen = self.seen_score - np.float32(calibration)
        wins = np.where(
            self.seen_class < self.unseen_class,
            seen >= self.unseen_score,
            seen > self.unseen_score,
        )
        return np.where(wins, self.seen_class, self.unseen_class)


def ranks_of(scores, benchmark):
    """The `Ranks` of scores (n, C) over the classes of a `Benchmark`."""
    found = []
    for classes in (benchmark.seen, benchmark.unseen):
        own = scores[:, classes]
        best = own.argmax(1)
        found += [own[np.arange(len(own)), best], classes[best]]
    return Ranks(*found)


def joined(parts):
    """The `Ranks` of all examples, of those of some after others."""
    return Ranks(*map(np.concatenate, zip(*parts, strict=True)))


@dataclasses.dataclass(frozen=True)
class Ranked:
    """The `Ranks` of both test splits of a benchmark.

    Attributes:
      seen: of the test examples of seen classes.
      unseen: of those of unseen classes.
      unseen_only: of those again, by what the traditional task ranks.
    """

    seen: Ranks
    unseen: Ranks
    unseen_only: Ranks

    def ranked(self, benchmark):
        """Itself; see `aspn_tf.evaluation.scores.Scores`."""
        return self
