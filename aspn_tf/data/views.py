"""Examples, and all that a method sees of a benchmark."""

import dataclasses

import numpy as np

from aspn_tf.data.statistics import Statistics
from aspn_tf.data.stored import Stored

PART = 4096  # rows that are read at once


@dataclasses.dataclass(frozen=True, eq=False)
class Split:
    """Examples.

    Attributes:
      features: (n, d) float32.
      labels: (n,) int64.
    """

    features: np.ndarray | Stored
    labels: np.ndarray

    def take(self, rows) -> "Split":
        """Returns the examples that an index or a mask selects."""
        features = self.features
        if isinstance(features, Stored):
            return Split(features.take(rows), self.labels[rows])
        return Split(features[rows], self.labels[rows])


class Described:
    """What has `semantics`, (C, q), a row for every class."""

    @property
    def semantics_width(self) -> int:
        """The width q of a class description."""
        return self.semantics.shape[1]

    @property
    def class_count(self) -> int:
        """How many classes there are, seen and unseen."""
        return len(self.semantics)


@dataclasses.dataclass(frozen=True, eq=False)
class TrainingView(Described):
    """All that a method is built from: no test row is in it.

    Attributes:
      features: (n, d) float32, examples of seen classes.
      labels: (n,) int64.
      semantics: (C, q) float32 of every class, as the source has them.
      seen: sorted ids of the seen classes.
      unseen: sorted ids of the unseen classes.
      joint: whether features and semantics are of one space, as those that one
        model has made of pictures and of words.
    """

    features: np.ndarray | Stored
    labels: np.ndarray
    semantics: np.ndarray
    seen: np.ndarray
    unseen: np.ndarray
    joint: bool = False

    @property
    def streamed(self) -> bool:
        """Whether the features are read when they are asked for."""
        return isinstance(self.features, Stored)

    def statistics(self, groups=1) -> Statistics:
        """Those of the features, in one pass over the rows in their order."""
        found = Statistics(self.labels, self.feature_width, groups)
        for start in range(0, len(self.labels), PART):
            rows = slice(start, start + PART)
            found.add(self.features[rows], self.labels[rows])
        return found

    @property
    def feature_width(self) -> int:
        """The width d of a feature."""
        return self.features.shape[1]
