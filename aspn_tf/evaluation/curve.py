"""The seen-unseen accuracy curve and the area under it, AUSUC.

Chao et al., "An empirical study and analysis of generalized zero-shot learning
for object recognition in the wild", ECCV 2016: u and s at every calibration.
"""

import dataclasses

import numpy as np

from aspn_tf.evaluation.calibration import margins_of

POINTS = 500


@dataclasses.dataclass(frozen=True, eq=False)
class Curve:
    """What u and s are as seen classes give up ever more; in percent.

    It begins where all goes to seen classes (u is 0) and ends where all goes
    to unseen classes (s is 0).

    Attributes:
      u: (k,), rising.
      s: (k,), falling.
      plain: (u, s) where seen classes give up nothing.
    """

    u: np.ndarray
    s: np.ndarray
    plain: tuple

    @property
    def area(self):
        """AUSUC by the trapezoid rule, in percent of the unit square."""
        area = np.diff(self.u) @ (self.s[1:] + self.s[:-1]) / 200.0
        return float(area) + 0.0  # -0.0 is 0

    def thinned(self, points=POINTS):
        """The same of at most so many points, both ends among them."""
        rows = np.linspace(0, len(self.u) - 1, min(points, len(self.u)))
        rows = rows.round().astype(int)
        return dataclasses.replace(self, u=self.u[rows], s=self.s[rows])


def curve_of(scores, benchmark):
    """The `Curve` of scores; every step is a point of it.

    Args:
      scores: `Scores` on `benchmark`, or what is `Ranked`, without
        calibration.
      benchmark: the `Benchmark`.
    """
    found = margins_of(scores, benchmark)
    steps = np.unique(np.concatenate([found.unseen[0], found.seen[0]]))
    u, s = found.at(np.concatenate([[-np.inf], steps]))
    plain = (100.0 * float(rate[0]) for rate in found.at(np.zeros(1)))
    return Curve(100.0 * u, 100.0 * s, tuple(plain))
