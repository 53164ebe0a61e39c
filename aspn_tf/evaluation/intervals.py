"""Intervals of T, u, s and H by the bootstrap over test rows within classes.

As many rows of each class are drawn, with replacement, as it has; the ends are
percentiles. `scipy.stats.bootstrap` with one sample a class draws row by row.
Here the number of times that a class's right and wrong rows are drawn is drawn
at once, from the binomial (of several predictions at a time the multinomial of
their patterns): the very same distribution, in less time.

An interval tells what other test rows would change; not what other seeds,
training rows or classes would.
"""

import numpy as np

from aspn_tf.evaluation.calibration import harmonic

LEVEL = 0.95
RESAMPLES = 2000


def of(right, benchmark, seed=0):
    """The interval of every measure of one evaluation.

    Args:
      right: of a `Report`.
      benchmark: the `Benchmark` it was measured on.
      seed: of the drawing.

    Returns:
      A dict of T, u, s, H to [low, high] in percent.
    """
    found = resampled([right], benchmark, seed)
    return {name: ends(values[:, 0]) for name, values in found.items()}


def ends(values):
    """[low, high] of the middle 95 % of resampled values."""
    tail = (1.0 - LEVEL) / 2.0
    return [float(end) for end in np.quantile(values, [tail, 1.0 - tail])]


def resampled(rights, benchmark, seed=0, resamples=RESAMPLES):
    """The measures on resampled test rows, the same rows for all evaluations.

    Args:
      rights: list of k dicts like the `right` of a `Report`.
      benchmark: the `Benchmark` they were measured on.
      seed: of the drawing.
      resamples: how many.

    Returns:
      A dict of T, u, s, H to float64 (resamples, k) in percent.
    """
    draw = np.random.default_rng(seed)
    t, u, s = (
        np.stack([right[name] for right in rights], axis=1) for name in "Tus"
    )
    both = _rates(
        draw, benchmark.test_unseen.labels, np.hstack([t, u]), resamples
    )
    t, u = np.split(both, 2, axis=1)
    s = _rates(draw, benchmark.test_seen.labels, s, resamples)
    return {"T": t, "u": u, "s": s, "H": harmonic(u, s)}


def _rates(draw, labels, right, resamples):
    """Average per-class accuracies (resamples, k) of `right`, bool (n, k)."""
    classes = np.unique(labels)
    total = np.zeros((resamples, right.shape[1]))
    for label in classes:
        patterns, counts = np.unique(
            right[labels == label], axis=0, return_counts=True
        )
        size = counts.sum()
        drawn = draw.multinomial(size, counts / size, resamples)
        total += drawn.astype(float) @ patterns.astype(float) / size
    return 100.0 * total / len(classes)
