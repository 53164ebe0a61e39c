"""The scalar that seen classes give up in the generalized task.

Calibrated stacking: Chao et al., "An empirical study and analysis of
generalized zero-shot learning for object recognition in the wild", ECCV 2016.
"""

import dataclasses

import numpy as np


@dataclasses.dataclass(frozen=True)
class Margins:
    """What the scalar decides on one benchmark: an example at a time.

    An example goes to a seen class while its margin, best seen minus best
    unseen score, exceeds the scalar; so u and s are step functions of it.

    Attributes:
      unseen: margins of the test examples of unseen classes, and what each
        adds to u where it goes to an unseen class.
      seen: the same of seen classes and s.
    """

    unseen: tuple
    seen: tuple

    def at(self, scalars):
        """U and s in [0, 1], each an array like `scalars`."""
        u = mass_below(*self.unseen, scalars)
        s = self.seen[1].sum() - mass_below(*self.seen, scalars)
        return u, s


def margins_of(scores, benchmark):
    """The `Margins` of `Scores`, or of what is `Ranked`, on a `Benchmark`."""
    ranked = scores.ranked(benchmark)
    unseen, seen = ranked.unseen, ranked.seen
    return Margins(
        (
            unseen.margins,
            _shares(unseen.unseen_class, benchmark.test_unseen.labels),
        ),
        (seen.margins, _shares(seen.seen_class, benchmark.test_seen.labels)),
    )


def common(found):
    """The scalar of the highest H, the mean over several benchmarks.

    To be asked of partitions of the seen classes alone. Every step is tried.

    Args:
      found: list of `Margins`, one a benchmark.

    Returns:
      float, the middle of the best step.
    """
    steps = np.unique(
        np.concatenate([side[0] for m in found for side in (m.unseen, m.seen)])
    )
    bounds = np.concatenate([steps[:1] - 1e-3, steps, steps[-1:] + 1e-3])
    candidates = (bounds[1:] + bounds[:-1]) / 2.0
    h = sum(harmonic(*m.at(candidates)) for m in found)
    return float(candidates[int(np.argmax(h))])


def calibrate(scores, benchmark):
    """The scalar that seen classes must give up for the highest H.

    Args:
      scores: `Scores` on `benchmark`, or what is `Ranked`.
      benchmark: the validation `Benchmark`.

    Returns:
      float, the middle of the best step.
    """
    return common([margins_of(scores, benchmark)])


def harmonic(u, s):
    """H of arrays of u and s; 0 where both are 0."""
    total = u + s
    return np.divide(2.0 * u * s, total, np.zeros_like(total), where=total > 0)


def _shares(named, labels):
    """Each example's share in its side's per-class accuracy, (n,)."""
    sizes = np.bincount(labels)
    return (named == labels) / (sizes[labels] * np.count_nonzero(sizes))


def mass_below(margins, weights, points):
    """The sum of the weights of margins up to each point."""
    order = np.argsort(margins)
    mass = np.concatenate([[0.0], np.cumsum(weights[order])])
    return mass[np.searchsorted(margins[order], points, side="right")]
