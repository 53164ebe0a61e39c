"""The field's measures: per-class top-1 and the harmonic mean (Section 4.1)."""

import numpy as np

CONFUSED = 2000  # classes


def per_class_top1(labels, predictions, classes):
    """The share of right predictions, class by class.

    Args:
      labels: int array (n,).
      predictions: int array (n,), labels too.
      classes: int array (k,); every one must occur in `labels`.

    Returns:
      float64 array (k,) in [0, 1]. Its mean is the average per-class top-1.

    Raises:
      ValueError: a class has no example.
    """
    classes = np.asarray(classes)
    column = np.searchsorted(classes, labels)
    totals = np.bincount(column, minlength=len(classes))
    if not totals.all():
        raise ValueError(
            "every class must have an example. Received: none of class "
            f"{classes[np.flatnonzero(totals == 0)[0]]}"
        )
    right = np.bincount(column[labels == predictions], minlength=len(classes))
    return right / totals


def harmonic_mean(unseen, seen):
    """H = 2 u s / (u + s); 0 where both are 0."""
    total = unseen + seen
    return 2.0 * unseen * seen / total if total else 0.0


def confusion(labels, predictions, classes):
    """Counts (k, k): rows are true classes, columns predicted ones.

    Args:
      labels: int array (n,) with values in `classes`.
      predictions: int array (n,) with values in `classes`.
      classes: sorted int array (k,).

    Returns:
      int64 array (k, k); None of more than `CONFUSED` classes, whose counts
      would take gigabytes and show nothing.
    """
    size = len(classes)
    if size > CONFUSED:
        return None
    cells = np.searchsorted(classes, labels) * size
    cells = cells + np.searchsorted(classes, predictions)
    return np.bincount(cells, minlength=size * size).reshape(size, size)


def worst_confusions(values, most):
    """Places (row, column) of the largest values off the diagonal, above 0.

    Args:
      values: (k, k), counts or shares.
      most: how many at most.
    """
    wrong = values * (1 - np.eye(len(values), dtype=values.dtype))
    order = np.argsort(-wrong, axis=None, kind="stable")[:most]
    places = zip(*np.unravel_index(order, wrong.shape), strict=True)
    return [place for place in places if wrong[place] > 0]
