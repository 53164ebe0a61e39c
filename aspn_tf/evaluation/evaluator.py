"""Heads by batches in a tf.function; T; u, s, H; AUSUC; confusions."""

import dataclasses

import numpy as np
import tensorflow as tf

from aspn_tf import distribution
from aspn_tf.evaluation import metrics
from aspn_tf.evaluation.curve import Curve, curve_of
from aspn_tf.evaluation.ranks import Ranked, joined, ranks_of
from aspn_tf.evaluation.scores import Heads
from aspn_tf.methods.base import TASKS, weigh

BATCH_SIZE = 1024
SCORES = 1 << 24  # of a head and a split that are held at once


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
      confusion_all: counts of the generalized task over all classes. Of very
        many classes both are None, see `metrics.confusion`.
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


class Evaluator:
    """Measures a method on the test splits of one benchmark.

    The rows are scored by batches, of which only the ranks are kept, and of
    some rows the scores: of one in so many that these are bounded.
    Made within the scope of a strategy, each replica scores a part of a batch.

    Args:
      method: an `aspn_tf.methods.base.Method`.
      benchmark: an `aspn_tf.data.benchmark.Benchmark`.
      batch_size: examples per call of the traced function, at most.
    """

    def __init__(self, method, benchmark, batch_size=BATCH_SIZE):
        self.method = method
        self.benchmark = benchmark
        fitting = max(1, SCORES // benchmark.class_count)
        self.batch_size = min(batch_size, fitting)
        spec = tf.TensorSpec((None, benchmark.feature_width), tf.float32)
        self._function = tf.function(
            distribution.by_parts(method.heads),
            input_signature=[spec],
            autograph=False,
        )

    def trace(self):
        """Traces what `heads` calls, so that a clock need not see it."""
        self._function.get_concrete_function()

    def found(self, weighings, heads=None):
        """What the method's present state makes of the test rows, in one pass.

        Args:
          weighings: list of dicts of task to weights, see `Method.weights`.
          heads: callable in place of the method's own, of the tasks but "open".

        Returns:
          A list of pairs of `Ranked`, the second by the scores of `classify`,
          None where there are none such; and the `Heads` of some rows.
        """
        benchmark = self.benchmark
        opens = heads is None and "classify" in self.method.abilities()
        heads = heads or self._function
        tasks = TASKS if opens else TASKS[:2]
        seen, of_seen, one_in = self._side(
            heads, benchmark.test_seen, weighings, (TASKS[0], *tasks[2:])
        )
        unseen, of_unseen, another = self._side(
            heads, benchmark.test_unseen, weighings, tasks
        )
        pairs = []
        for one, other in zip(seen, unseen, strict=True):
            general, only = (other[task] for task in TASKS[:2])
            ranked, opened = Ranked(one[TASKS[0]], general, only), None
            if opens:
                own = other["open"]
                opened = Ranked(one["open"], own, own)
            pairs.append((ranked, opened))
        return pairs, Heads(of_seen, of_unseen, (one_in, another))

    def heads(self):
        """The `Heads` of the method's present state."""
        return self.found([])[1]

    def in_use(self):
        """What is `Ranked` as the method is put to use, and some `Scores`.

        By the one affine map that is exported, where the scores are one.
        """
        weights, mapped = self._weights(), None
        general, traditional = TASKS[:2]
        heads = {general: general, traditional: traditional}
        if weights[traditional] == weights[general]:
            heads[traditional] = general
        maps = {head: self.method.linear(head) for head in heads.values()}
        if None not in maps.values():
            weights = {task: {head: 1.0} for task, head in heads.items()}
            mapped = _affine(maps)
        ((ranked, _),), heads = self.found([weights], mapped)
        return ranked, heads.weighed(weights)

    def scores(self):
        """The `Scores` at the weights the method is put to use at."""
        return self.heads().weighed(self._weights())

    def report(self, scores=None, calibration=0.0):
        """The measures, with `calibration` taken from seen-class scores."""
        return measure(scores or self.in_use()[0], self.benchmark, calibration)

    def _weights(self):
        return {task: self.method.task_weights(task) for task in TASKS}

    def _side(self, function, split, weighings, tasks):
        """Of a split: dicts of task to `Ranks`, heads of rows, one in so many.

        What several tasks weigh alike is ranked once.
        """
        count = len(split.labels)
        every = max(1, -(-count * self.benchmark.class_count // SCORES))
        parts, kept = [[] for _ in weighings], []
        for start in range(0, count, self.batch_size):
            batch = function(split.features[start : start + self.batch_size])
            heads = {head: rows.numpy() for head, rows in batch.items()}
            own = slice(-start % every, None, every)
            kept.append(
                {head: rows[own].copy() for head, rows in heads.items()}
            )
            for weights, ranks in zip(weighings, parts, strict=True):
                ranks.append(self._ranks(heads, weights, tasks))
        found = [
            {task: joined([part[task] for part in ranks]) for task in tasks}
            for ranks in parts
        ]
        rows = {h: np.concatenate([part[h] for part in kept]) for h in kept[0]}
        return found, rows, every

    def _ranks(self, heads, weights, tasks):
        """A dict of task to the `Ranks` of a batch."""
        known, found = [], {}
        for task in tasks:
            alike = [ranks for own, ranks in known if own == weights[task]]
            if not alike:
                scores = weigh(heads, weights[task])
                alike = [ranks_of(scores, self.benchmark)]
                known.append((weights[task], alike[0]))
            found[task] = alike[0]
        return found


def _affine(maps):
    """A function of features: a head for each of the maps, see `linear`."""
    parts = {}
    for head, (shift, weights, bias) in maps.items():
        near = np.float32(shift)
        bias = bias + (near.astype(np.float64) - shift) @ weights
        parts[head] = near, np.float32(weights), np.float32(bias)
    return lambda features: {
        head: tf.matmul(features - near, weights) + bias
        for head, (near, weights, bias) in parts.items()
    }


def measure(scores, benchmark, calibration=0.0):
    """The `Report` of scores on the test splits of a benchmark.

    Args:
      scores: `Scores`, or what is `Ranked`.
      benchmark: the `Benchmark`.
      calibration: what the scores of seen classes give up in the generalized
        task.
    """
    names = np.asarray(benchmark.class_names)
    unseen = benchmark.unseen
    true_unseen = benchmark.test_unseen.labels
    true_seen = benchmark.test_seen.labels
    seen, tested = np.unique(true_seen), np.unique(true_unseen)
    ranked = scores.ranked(benchmark)
    among_unseen = ranked.unseen_only.unseen_class
    of_unseen = ranked.unseen.named(calibration)
    of_seen = ranked.seen.named(calibration)
    top1 = metrics.per_class_top1
    curve = curve_of(ranked, benchmark)
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
