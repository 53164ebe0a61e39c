"""Counts, means and second moments of classes, from one pass over the rows.

All that whitening, its cross-validation and the closed-form start need of the
training features: the moments without some of the classes follow from those
that are kept, by subtraction.
"""

import functools

import numpy as np

from aspn_tf.data.statistics import Grouped

ROWS = 4096  # of a part, whose products are float32


class Moments(Grouped):
    """Of labelled features, whose classes are dealt to groups in turn.

    Attributes:
      classes: (k,) sorted ids; group g holds `classes[g::groups]`.
      counts: (k,) examples of each.
      means: (k, d) float64.
      origin: (d,) float64, the mean of all examples.

    Args:
      features: (n, d) float32.
      labels: int (n,).
      groups: how many.
    """

    def __init__(self, features, labels, groups=1):
        self.classes, self.counts = np.unique(labels, return_counts=True)
        self.groups = groups
        rows = np.argsort(labels, kind="stable")
        of_class = np.split(rows, np.cumsum(self.counts)[:-1])
        self.means = np.stack(
            [features[own].mean(0, dtype=np.float64) for own in of_class]
        )
        self.origin = self.counts @ self.means / len(labels)
        self._features, self._of_class = features, of_class
        # What is subtracted before the products is float32, as they are.
        self._reference = self.origin.astype(np.float32)

    def _total(self, without):
        """The products of the rows, but of a group's, float64 (d, d)."""
        return sum(
            gram for group, gram in enumerate(self._grams) if group != without
        )

    @functools.cached_property
    def _grams(self):
        """The products of each group's rows, made when first asked for."""
        return [
            _gram(self._features, np.concatenate(own), self._reference)
            for own in (
                self._of_class[g :: self.groups] for g in range(self.groups)
            )
            if own
        ]


def _gram(features, rows, reference):
    """The products of some rows, taken from there, float64 (d, d)."""
    total = np.zeros((len(reference), len(reference)))
    for start in range(0, len(rows), ROWS):
        part = features[rows[start : start + ROWS]] - reference
        total += part.T @ part
    return total
