"""Souls: the means of clusters within each class, and distances to them."""

import numpy as np
import tensorflow as tf

STEPS = 100  # of Lloyd's, at most


def clusters(rows, count, stream):
    """K-means with the usual start (k-means++).

    Args:
      rows: (n, d).
      count: k, at most n.
      stream: a `numpy.random.Generator`.

    Returns:
      int (n,), the cluster of each row; one of them may have no row.
    """
    centres = rows[stream.integers(len(rows), size=1)]
    for _ in range(1, count):
        nearest = _distances(rows, centres).min(1)
        total = nearest.sum()
        chances = nearest / total if total > 0.0 else None
        centres = np.vstack(
            [centres, rows[stream.choice(len(rows), size=1, p=chances)]]
        )
    found = _distances(rows, centres).argmin(1)
    for _ in range(STEPS):
        for cluster in np.unique(found):
            centres[cluster] = rows[found == cluster].mean(0)
        before, found = found, _distances(rows, centres).argmin(1)
        if np.array_equal(before, found):
            break
    return found


def souls_of(features, labels, classes, count, metric, seed):
    """The souls of some classes.

    A class with fewer rows than souls has its mean for each of them.

    Args:
      features: (n, d).
      labels: int (n,).
      classes: (S,), their ids.
      count: k, souls a class.
      metric: (d,), the weight of each squared difference.
      seed: of the clusters' start.

    Returns:
      float32 (S, k, d).
    """
    souls = np.empty((len(classes), count, features.shape[1]), np.float32)
    for place, label in enumerate(classes):
        rows = features[labels == label]
        souls[place] = rows.mean(0)
        if len(rows) < count:
            continue
        stream = np.random.default_rng((seed, place))
        found = clusters(rows * np.sqrt(metric), count, stream)
        for cluster in np.unique(found):
            souls[place, cluster] = rows[found == cluster].mean(0)
    return souls


def distance(features, souls, metric):
    """Squared distances to the nearest of one's own souls, their mean.

    Args:
      features: (n, d).
      souls: (n, k, d).
      metric: (d,), the weight of each squared difference.

    Returns:
      A scalar.
    """
    square = tf.math.squared_difference(features[:, None], souls)
    return tf.reduce_mean(
        tf.reduce_min(tf.reduce_sum(metric * square, axis=-1), axis=-1)
    )


def _distances(rows, centres):
    """Squared, (n, k), float64 and not below 0."""
    products = rows.astype(np.float64) @ centres.T.astype(np.float64)
    lengths = [np.square(m, dtype=np.float64).sum(1) for m in (rows, centres)]
    return np.maximum(lengths[0][:, None] + lengths[1] - 2.0 * products, 0.0)
