"""Counts, sums and products of labelled features, batch by batch.

All that the closed-form methods need of the training features, in memory that
does not grow with the rows. What two processes have gathered is merged; in
which order does not matter, to within float64's rounding.
"""

import numpy as np

from aspn_tf.errors import InputError

ROWS = 4096  # of a part, whose products are float32
ROUNDING = 20.0 * np.finfo(np.float32).eps


class Grouped:
    """Classes that are dealt to groups in turn, and how their examples spread.

    A subclass has these attributes, and `_reference`, what was subtracted
    before the products, and `_total`, the products without a group.

    Attributes:
      classes: (k,) sorted ids; group g holds `classes[g::groups]`.
      groups: how many.
      counts: (k,) examples of each.
      means: (k, d) float64.
    """

    def kept(self, without=None):
        """A mask (k,) of the classes that are not in a group."""
        return np.arange(len(self.classes)) % self.groups != without

    def covariance(self, without=None):
        """The pooled within-class covariance, float64 (d, d).

        Zeros where classes spread no more than rounding does, as those of one
        example each; what is left of the subtraction there may be negative.

        Args:
          without: a group to leave out; None for all classes.
        """
        kept = self.kept(without)
        counts, means = self.counts[kept], self.means[kept] - self._reference
        products = self._total(without)
        # About the reference, less what the classes' own means make of it.
        spread = (products - (counts * means.T) @ means) / counts.sum()
        rounding = ROUNDING * np.trace(products) / counts.sum()
        if np.trace(spread) <= rounding * len(spread):
            return np.zeros_like(spread)
        return spread

    def _total(self, without):
        raise NotImplementedError


class Statistics(Grouped):
    """Of classes that are known beforehand, dealt to groups in turn.

    Attributes:
      classes: (k,) sorted ids; group g holds `classes[g::groups]`.
      groups: how many.
      width: d.
      counts: (k,) examples of each class so far.
      sums: (k, d) float64, of each class's features.
      largest: the largest magnitude of a feature.

    Args:
      classes: (k,) distinct ids.
      width: d.
      groups: how many, such as folds that are left out in turn.
    """

    def __init__(self, classes, width, groups=1):
        self.classes = np.unique(np.asarray(classes, np.int64))
        self.groups, self.width = groups, width
        self.counts = np.zeros(len(self.classes), np.int64)
        self.sums = np.zeros((len(self.classes), width))
        self.largest = 0.0
        # Subtracted before the products, which are float32, as it is.
        self._reference = None
        self._products = np.zeros((groups, width, width))

    def add(self, features, labels):
        """Takes a batch; some thousand rows at once cost least a row.

        Args:
          features: (n, d) float32.
          labels: int (n,), of `classes`.

        Returns:
          Itself.

        Raises:
          InputError: a shape is another, a label is none of the classes, or a
            feature is not finite. Nothing of the batch is taken then.
        """
        features = np.asarray(features, np.float32)
        rows = self._rows(features, np.asarray(labels))
        if not len(rows):
            return self
        order = np.argsort(rows, kind="stable")
        present, starts = np.unique(rows[order], return_index=True)
        sums = np.add.reduceat(features[order], starts, dtype=np.float64)
        if not np.isfinite(sums).all():
            raise InputError(
                "`features` must be finite numbers. Received: NaN or infinity"
            )
        if self._reference is None:
            self._reference = (sums.sum(0) / len(rows)).astype(np.float32)
        self.counts += np.bincount(rows, minlength=len(self.counts))
        self.sums[present] += sums
        self.largest = max(self.largest, float(np.abs(features).max()))
        for group in range(self.groups):
            own = np.flatnonzero(rows % self.groups == group)
            for start in range(0, len(own), ROWS):
                part = features[own[start : start + ROWS]] - self._reference
                self._products[group] += part.T @ part
        return self

    def merge(self, other):
        """Takes what another one of the same classes and groups has.

        Returns:
          Itself; the other stays as it is.

        Raises:
          InputError: the classes, the groups or the width are others.
        """
        mine, theirs = (
            (one.classes.tolist(), one.groups, one.width)
            for one in (self, other)
        )
        if mine != theirs:
            raise InputError(
                "`other` must be of the same classes, groups and width. "
                f"Received: {len(theirs[0])} classes, {theirs[1]} groups and "
                f"width {theirs[2]}"
            )
        if other._reference is not None:
            if self._reference is None:
                self._reference = other._reference
            for group in range(self.groups):
                self._products[group] += other._about(self._reference, group)
        self.counts += other.counts
        self.sums += other.sums
        self.largest = max(self.largest, other.largest)
        return self

    @property
    def means(self):
        """(k, d) float64; refused while a class has no example."""
        if not self.counts.all():
            none = self.classes[self.counts == 0]
            raise InputError(
                "Every class must have an example. Received: none of class "
                f"{none[0]}, {len(none)} such classes in all"
            )
        return self.sums / self.counts[:, None]

    @property
    def origin(self):
        """(d,) float64, the mean of all examples."""
        return self.counts @ self.means / self.counts.sum()

    def gram(self, without=None):
        """The products X'X of the features X themselves, float64 (d, d).

        Args:
          without: a group to leave out; None for all classes.
        """
        zero = np.zeros(self.width, np.float32)
        return self._total(without, zero)

    def _total(self, without, reference=None):
        """The products about a reference, None for its own, (d, d)."""
        total = np.zeros((self.width, self.width))
        for group in range(self.groups):
            if group != without:
                total += self._about(reference, group)
        return total

    def _about(self, reference, group):
        """A group's products about another reference, float64 (d, d)."""
        products = self._products[group]
        if reference is None or self._reference is None:
            return products
        moved = self._reference.astype(np.float64) - reference
        if not moved.any():
            return products
        own = slice(group, None, self.groups)
        count = self.counts[own].sum()
        rest = self.sums[own].sum(0) - count * self._reference.astype(float)
        cross = np.outer(moved, rest + 0.5 * count * moved)
        return products + cross + cross.T

    def _rows(self, features, labels):
        """Which of the classes each label is, (n,)."""
        wanted = (len(labels), self.width)
        if labels.ndim != 1 or features.shape != wanted:
            raise InputError(
                f"`features` must have the shape (rows, {self.width}), with a "
                f"label a row. Received: {features.shape}, and labels of shape "
                f"{labels.shape}"
            )
        rows = np.searchsorted(self.classes, labels)
        known = np.isin(labels, self.classes)
        if not known.all():
            raise InputError(
                f"`labels` must be of the {len(self.classes)} classes. "
                f"Received: {labels[~known][0]}"
            )
        return rows
