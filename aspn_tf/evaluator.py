"""Scores by batches in a tf.function; T; u, s, H; calibration; confusions."""

import dataclasses

import numpy as np
import tensorflow as tf

from aspn_tf import metrics

BATCH_SIZE = 1024


@dataclasses.dataclass(frozen=True)
class Report:
    """What one evaluation found; every rate in percent.

    Attributes:
      T: traditional task, unseen examples among the unseen classes.
      u: generalized task, unseen examples among all classes.
      s: generalized task, seen examples among all classes.
      H: harmonic mean of u and s.
      calibration: what the scores of seen classes gave up before u, s and H.
      T_per_class, u_per_class, s_per_class: class name to rate.
      confusion_unseen: counts of the traditional task, rows the true class.
      confusion_all: counts of the generalized task over all classes.
    """

    T: float
    u: float
    s: float
    H: float
    calibration: float
    T_per_class: dict
    u_per_class: dict
    s_per_class: dict
    confusion_unseen: np.ndarray
    confusion_all: np.ndarray

    def summary(self):
        """The four measures by name."""
        return {name: getattr(self, name) for name in ("T", "u", "s", "H")}


@dataclasses.dataclass(frozen=True)
class Scores:
    """Uncalibrated scores of both test splits against every class.

    Attributes:
      seen: (n, C) float32, of the test examples of seen classes.
      unseen: (m, C) float32, of the test examples of unseen classes.
      unseen_only: (m, C) float32, what the traditional task ranks.
    """

    seen: np.ndarray
    unseen: np.ndarray
    unseen_only: np.ndarray


class Evaluator:
    """Measures a method on the test splits of one benchmark.

    Args:
      method: an `aspn_tf.method.Method`.
      benchmark: an `aspn_tf.benchmark.Benchmark`.
      batch_size: examples per call of the traced function.
    """

    def __init__(self, method, benchmark, batch_size=BATCH_SIZE):
        self.benchmark = benchmark
        self.batch_size = batch_size
        self.method = method
        self._functions = {}

    def scores(self):
        """The scores of the method's present state."""
        score = self._traced("scores")
        seen = self._batched(score, self.benchmark.test_seen)
        unseen = self._batched(score, self.benchmark.test_unseen)
        unseen_only = unseen
        if hasattr(self.method, "unseen_scores"):
            unseen_only = self._batched(
                self._traced("unseen_scores"), self.benchmark.test_unseen
            )
        return Scores(seen, unseen, unseen_only)

    def open_scores(self):
        """The scores of `classify` against every class's semantics."""
        semantics = tf.constant(self.benchmark.semantics, tf.float32)
        score = _traced(
            lambda features: self.method.classify(features, semantics),
            self.benchmark.feature_width,
        )
        seen = self._batched(score, self.benchmark.test_seen)
        unseen = self._batched(score, self.benchmark.test_unseen)
        return Scores(seen, unseen, unseen)

    def report(self, scores=None, calibration=0.0):
        """The measures, with `calibration` taken from seen-class scores."""
        benchmark = self.benchmark
        scores = scores or self.scores()
        names = np.asarray(benchmark.class_names)
        unseen = benchmark.unseen
        true_unseen = benchmark.test_unseen.labels
        true_seen = benchmark.test_seen.labels
        seen = np.unique(true_seen)
        among_unseen = unseen[scores.unseen_only[:, unseen].argmax(1)]
        handicap = np.zeros(len(names), np.float32)
        handicap[benchmark.seen] = calibration
        of_unseen = (scores.unseen - handicap).argmax(1)
        of_seen = (scores.seen - handicap).argmax(1)
        top1 = metrics.per_class_top1
        traditional = 100.0 * top1(true_unseen, among_unseen, unseen)
        u = 100.0 * top1(true_unseen, of_unseen, unseen)
        s = 100.0 * top1(true_seen, of_seen, seen)
        return Report(
            T=float(traditional.mean()),
            u=float(u.mean()),
            s=float(s.mean()),
            H=float(metrics.harmonic_mean(u.mean(), s.mean())),
            calibration=float(calibration),
            T_per_class=_by_name(names[unseen], traditional),
            u_per_class=_by_name(names[unseen], u),
            s_per_class=_by_name(names[seen], s),
            confusion_unseen=metrics.confusion(
                true_unseen, among_unseen, unseen
            ),
            confusion_all=metrics.confusion(
                np.concatenate([true_seen, true_unseen]),
                np.concatenate([of_seen, of_unseen]),
                np.arange(len(names)),
            ),
        )

    def _traced(self, name):
        """The method's function, traced anew when it is another one."""
        function = getattr(self.method, name)
        if self._functions.get(name, (None,))[0] != function:
            width = self.benchmark.feature_width
            self._functions[name] = function, _traced(function, width)
        return self._functions[name][1]

    def _batched(self, function, split):
        starts = range(0, len(split.labels), self.batch_size)
        batches = (
            split.features[start : start + self.batch_size] for start in starts
        )
        return np.concatenate([function(batch).numpy() for batch in batches])


def calibrate(scores, benchmark):
    """The scalar that seen classes must give up for the highest H.

    To be asked of the scores on a validation benchmark alone. An example goes
    to a seen class while its margin, best seen minus best unseen score,
    exceeds the scalar; so u and s are step functions of it, and every step is
    tried (calibrated stacking, Chao et al., ECCV 2016).

    Args:
      scores: `Scores` on `benchmark`.
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


def _traced(function, width):
    return tf.function(
        function, input_signature=[tf.TensorSpec((None, width), tf.float32)]
    )


def _by_name(names, rates):
    return {
        str(name): float(rate) for name, rate in zip(names, rates, strict=True)
    }
