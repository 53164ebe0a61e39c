"""The scalar that seen classes give up in the generalized task.

Calibrated stacking: Chao et al., "An empirical study and analysis of
generalized zero-shot learning for object recognition in the wild", ECCV 2016.
"""

import numpy as np

from aspn_tf.evaluation import metrics


def calibrate(scores, benchmark):
    """The scalar that seen classes must give up for the highest H.

    To be asked of the scores on a validation benchmark alone. An example goes
    to a seen class while its margin, best seen minus best unseen score,
    exceeds the scalar; so u and s are step functions of it, and every step is
    tried.

    Args:
      scores: `aspn_tf.evaluation.evaluator.Scores` on `benchmark`.
      benchmark: the validation `Benchmark`.

    Returns:
      float, the middle of the best step.
    """
    u_margin, u_weight = _margins(
        scores.unseen, benchmark.test_unseen.labels, benchmark, benchmark.unseen
    )
    s_margin, s_weight = _margins(
        scores.seen, benchmark.test_seen.labels, benchmark, benchmark.seen
    )
    steps = np.unique(np.concatenate([u_margin, s_margin]))
    bounds = np.concatenate([steps[:1] - 1e-3, steps, steps[-1:] + 1e-3])
    candidates = (bounds[1:] + bounds[:-1]) / 2.0
    u = _mass_below(u_margin, u_weight, candidates)
    s = s_weight.sum() - _mass_below(s_margin, s_weight, candidates)
    h = [metrics.harmonic_mean(*pair) for pair in zip(u, s, strict=True)]
    return float(candidates[int(np.argmax(h))])


def _margins(scores, labels, benchmark, own):
    """Margins, and each example's share in its side's per-class accuracy."""
    seen = scores[:, benchmark.seen].astype(np.float64)
    unseen = scores[:, benchmark.unseen].astype(np.float64)
    right = own[scores[:, own].argmax(1)] == labels
    sizes = np.bincount(labels, minlength=scores.shape[1])
    weight = right / (sizes[labels] * np.count_nonzero(sizes))
    return seen.max(1) - unseen.max(1), weight


def _mass_below(margins, weights, points):
    order = np.argsort(margins)
    mass = np.concatenate([[0.0], np.cumsum(weights[order])])
    return mass[np.searchsorted(margins[order], points, side="right")]
