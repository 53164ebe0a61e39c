"""How sure answers are: a temperature, and what strangers are believed to be.

Temperature scaling: Guo et al., "On calibration of modern neural networks",
ICML 2017.
"""

import numpy as np
import scipy.optimize
import scipy.special

QUANTILES = 101
RANGE = 1e4  # the temperature is at most so many spreads of scores, or one in
BINS = 15


def of(scores, benchmark, calibration):
    """What turns calibrated scores into probabilities, and when to doubt.

    The temperature is the one with which the true classes are most likely,
    test examples of seen and of unseen classes counting one half each. For
    strangers stand the examples of unseen classes, the true class of each
    taken out of the classes asked for.

    Args:
      scores: `aspn_tf.evaluation.scores.Scores` on `benchmark`, of all
        its test rows or of some.
      benchmark: a partition of the seen classes, as a `Benchmark`.
      calibration: what the scores of seen classes give up.

    Returns:
      A dict that json can write: `temperature`, and `strangers`, 101 rising
      quantiles of the largest probability that a stranger is given.
    """
    sides = _sides(scores, benchmark, calibration)
    spread = max(float(np.std(sides[0][0])), np.finfo(np.float32).tiny)

    def loss(log):
        rates = [_surprise(rows / np.exp(log), own) for rows, own in sides]
        return float(np.mean(rates))

    bounds = np.log(spread / RANGE), np.log(spread * RANGE)
    found = scipy.optimize.minimize_scalar(
        loss, bounds=bounds, method="bounded"
    )
    temperature = float(np.exp(found.x))
    strange, own = sides[1]
    strange = strange.copy()
    strange[np.arange(len(own)), own] = -np.inf
    believed = scipy.special.softmax(strange / temperature, axis=1).max(1)
    quantiles = np.quantile(believed, np.linspace(0.0, 1.0, QUANTILES))
    return {"temperature": temperature, "strangers": quantiles.tolist()}


def calibration_error(scores, benchmark, calibration, temperature):
    """The expected calibration error in percent, the mean of both sides.

    Args:
      scores: `Scores` on `benchmark`.
      benchmark: the `Benchmark`.
      calibration: what the scores of seen classes give up.
      temperature: of `of`.

    Returns:
      The distance of the largest probability from the share of right answers,
      in 15 bins of equal width, by how many examples each holds.
    """
    errors = []
    for rows, own in _sides(scores, benchmark, calibration):
        chances = scipy.special.softmax(rows / temperature, axis=1)
        sure, right = chances.max(1), chances.argmax(1) == own
        bins = np.minimum((sure * BINS).astype(int), BINS - 1)
        gaps = np.bincount(bins, sure - right, minlength=BINS)
        errors.append(np.abs(gaps).sum() / len(own))
    return 100.0 * float(np.mean(errors))


def _sides(scores, benchmark, calibration):
    """Calibrated scores and labels of the seen side and of the unseen one."""
    handicap = np.zeros(benchmark.class_count)
    handicap[benchmark.seen] = calibration
    return [
        (side - handicap, split.labels[::every])
        for side, split, every in zip(
            (scores.seen, scores.unseen),
            (benchmark.test_seen, benchmark.test_unseen),
            scores.every,
            strict=True,
        )
    ]


def _surprise(scores, labels):
    """-log P of the true class, the mean over examples."""
    own = scores[np.arange(len(labels)), labels]
    return np.mean(scipy.special.logsumexp(scores, axis=1) - own)
