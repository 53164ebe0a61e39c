"""Heads by batches in a tf.function; T; u, s, H; AUSUC; confusions."""

import dataclasses

import numpy as np
import tensorflow as tf

from aspn_tf import distribution
from aspn_tf.evaluation import metrics
from aspn_tf.evaluation.curve import Curve, curve_of
from aspn_tf.methods.base import TASKS, weigh

BATCH_SIZE = 1024


@dataclasses.dataclass(frozen=True)
class Report:
    """What one evaluation found; every rate in percent.

    Attributes:
      T: traditional task, unseen examples among the unseen classes.
      u: generalized task, unseen examples among all classes.
      s: generalized task, seen examples among all classes.
      H: harmonic mean of u and s.
      ausuc: area under the seen-unseen curve; no calibration changes it.
      calibration: what the scores of seen classes gave up before u, s and H.
      T_per_class, u_per_class, s_per_class: class name to rate.
      confusion_unseen: counts of the traditional task, rows the true class.
      confusion_all: counts of the generalized task over all classes.
      curve: the `Curve`, thinned for a picture.
      right: "T", "u", "s" to bool arrays, which test rows were right.
    """

    T: float
    u: float
    s: float
    H: float
    ausuc: float
    calibration: float
    T_per_class: dict
    u_per_class: dict
    s_per_class: dict
    confusion_unseen: np.ndarray
    confusion_all: np.ndarray
    curve: Curve
    right: dict

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


@dataclasses.dataclass(frozen=True)
class Heads:
    """Every head of a method's present state, on both test splits.

    Attributes:
      seen: head to (n, C) float32, of the test examples of seen classes.
      unseen: head to (m, C) float32, of those of unseen classes.
    """

    seen: dict
    unseen: dict

    def weighed(self, weights):
        """The `Scores` of a dict of task to weights, see `Method.weights`."""
        general = weights["generalized"]
        unseen = weigh(self.unseen, general)
        only = unseen
        if weights["traditional"] != general:
            only = weigh(self.unseen, weights["traditional"])
        return Scores(weigh(self.seen, general), unseen, only)

    def opened(self, weights):
        """The `Scores` of `classify` against every class's semantics."""
        unseen = weigh(self.unseen, weights["open"])
        return Scores(weigh(self.seen, weights["open"]), unseen, unseen)


class Evaluator:
    """Measures a method on the test splits of one benchmark.

    Made within the scope of a strategy, each replica scores a part of a batch.

    Args:
      method: an `aspn_tf.methods.base.Method`.
      benchmark: an `aspn_tf.data.benchmark.Benchmark`.
      batch_size: examples per call of the traced function.
    """

    def __init__(self, method, benchmark, batch_size=BATCH_SIZE):
        self.method = method
        self.benchmark = benchmark
        self.batch_size = batch_size
        spec = tf.TensorSpec((None, benchmark.feature_width), tf.float32)
        self._function = tf.function(
            distribution.by_parts(method.heads),
            input_signature=[spec],
            autograph=False,
        )

    def trace(self):
        """Traces what `heads` calls, so that a clock need not see it."""
        self._function.get_concrete_function()

    def heads(self):
        """The `Heads` of the method's present state."""
        return Heads(
            self._batched(self.benchmark.test_seen.features),
            self._batched(self.benchmark.test_unseen.features),
        )

    def scores(self, heads=None):
        """The `Scores` at the weights the method is put to use at."""
        heads = heads or self.heads()
        return heads.weighed(
            {task: self.method.task_weights(task) for task in TASKS}
        )

    def report(self, scores=None, calibration=0.0):
        """The measures, with `calibration` taken from seen-class scores."""
        return measure(scores or self.scores(), self.benchmark, calibration)

    def _batched(self, features):
        starts = range(0, len(features), self.batch_size)
        found = [
            self._function(features[start : start + self.batch_size])
            for start in starts
        ]
        return {
            head: np.concatenate([batch[head].numpy() for batch in found])
            for head in found[0]
        }


def measure(scores, benchmark, calibration=0.0):
    """The `Report` of scores on the test splits of a benchmark.

    Args:
      scores: `Scores`.
      benchmark: the `Benchmark`.
      calibration: what the scores of seen classes give up in the generalized
        task.
    """
    names = np.asarray(benchmark.class_names)
    unseen = benchmark.unseen
    true_unseen = benchmark.test_unseen.labels
    true_seen = benchmark.test_seen.labels
    seen, tested = np.unique(true_seen), np.unique(true_unseen)
    among_unseen = unseen[scores.unseen_only[:, unseen].argmax(1)]
    handicap = np.zeros(len(names), np.float32)
    handicap[benchmark.seen] = calibration
    of_unseen = (scores.unseen - handicap).argmax(1)
    of_seen = (scores.seen - handicap).argmax(1)
    top1 = metrics.per_class_top1
    curve = curve_of(scores, benchmark)
    traditional = 100.0 * top1(true_unseen, among_unseen, tested)
    u = 100.0 * top1(true_unseen, of_unseen, tested)
    s = 100.0 * top1(true_seen, of_seen, seen)
    return Report(
        T=float(traditional.mean()),
        u=float(u.mean()),
        s=float(s.mean()),
        H=float(metrics.harmonic_mean(u.mean(), s.mean())),
        ausuc=curve.area,
        calibration=float(calibration),
        T_per_class=_by_name(names[tested], traditional),
        u_per_class=_by_name(names[tested], u),
        s_per_class=_by_name(names[seen], s),
        confusion_unseen=metrics.confusion(true_unseen, among_unseen, unseen),
        confusion_all=metrics.confusion(
            np.concatenate([true_seen, true_unseen]),
            np.concatenate([of_seen, of_unseen]),
            np.arange(len(names)),
        ),
        curve=curve.thinned(),
        right={
            "T": among_unseen == true_unseen,
            "u": of_unseen == true_unseen,
            "s": of_seen == true_seen,
        },
    )


def _by_name(names, rates):
    return {
        str(name): float(rate) for name, rate in zip(names, rates, strict=True)
    }
