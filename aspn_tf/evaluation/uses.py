"""What a benchmark finds of the uses of a state, and which is best."""

import dataclasses
import itertools
import typing

import numpy as np

from aspn_tf.evaluation import confidence
from aspn_tf.evaluation.calibration import (
    Margins,
    common,
    harmonic,
    margins_of,
)
from aspn_tf.evaluation.evaluator import Evaluator
from aspn_tf.evaluation.metrics import per_class_top1

COLUMNS = ("T", "u", "s", "H")  # and the two scalars
LEAST_GAIN = 0.1  # percent; by less a use that comes later is no better


@dataclasses.dataclass(frozen=True)
class Choice:
    """What the validation partitions (or, if asked, the test) have chosen.

    Attributes:
      setting: a state and how it is used, see `Method.uses`; the traditional
        task may have a use of its own, under "traditional".
      calibration: what seen-class scores give up in generalized ZSL.
      measures: T, u, s and H in percent of that state where it was chosen,
        the mean over the partitions; None where nothing was measured.
      open_calibration: the same scalar for the scores of `classify`, which
        knows no class but by its semantics.
      confidence: of `aspn_tf.evaluation.confidence.of` by task, on the walked
        partition alone; {} where `walk` was not asked for it.
    """

    setting: dict
    calibration: float
    measures: dict
    open_calibration: float = 0.0
    confidence: dict = dataclasses.field(default_factory=dict)

    @property
    def quality(self):
        """The mean of T and H, in percent; the highest is chosen."""
        return (self.measures["T"] + self.measures["H"]) / 2.0


class Found(typing.NamedTuple):
    """One use of a state on one partition.

    Attributes:
      T: in percent.
      margins: `Margins` of the generalized task.
      opened: those of the scores of `classify`; None without.
    """

    T: float
    margins: Margins
    opened: Margins | None


def scout(method, benchmark):
    """Measures the states that cost no training on one more partition.

    Args:
      method: a `Method` built from `benchmark.training()`.
      benchmark: what to measure on.

    Returns:
      A list over those states of lists over their uses of `Found`.
    """
    evaluator = Evaluator(method, benchmark)
    found = []
    for state in itertools.takewhile(method.untrained, method.rounds()):
        method.advance(state)
        found.append(of_state(method, evaluator, state)[0])
    return found


def of_state(method, evaluator, state):
    """What one benchmark finds of every use of a state.

    Args:
      method: a `Method` in that state.
      evaluator: the `Evaluator` of the method on the benchmark.
      state: one of the method's.

    Returns:
      A list over uses of `Found`, and the `Heads` that `sure` asks for.
    """
    weighings = [method.weights(setting) for setting in method.uses(state)]
    pairs, heads = evaluator.found(weighings)
    benchmark = evaluator.benchmark
    found = [
        Found(
            _traditional(ranked, benchmark),
            margins_of(ranked, benchmark),
            opened and margins_of(opened, benchmark),
        )
        for ranked, opened in pairs
    ]
    return found, heads


def sure(method, heads, choice, benchmark):
    """How sure the answers of a choice are, for every task with all classes."""
    weights = method.weights(choice.setting)
    asked = {"generalized": (heads.weighed(weights), choice.calibration)}
    if "classify" in method.abilities():
        asked["open"] = heads.opened(weights), choice.open_calibration
    return {
        task: confidence.of(scores, benchmark, calibration)
        for task, (scores, calibration) in asked.items()
    }


def _traditional(ranked, benchmark):
    """T of what is `Ranked`, in percent."""
    named = ranked.unseen_only.unseen_class
    labels = benchmark.test_unseen.labels
    rates = per_class_top1(labels, named, np.unique(labels))
    return 100.0 * float(rates.mean())


def estimates(partitions, calibrated):
    """Columns `COLUMNS` for every use, the means over partitions.

    Args:
      partitions: list over partitions of lists over uses of `Found`.
      calibrated: whether the scalars are the best, or 0.

    Returns:
      float64 (uses, columns).
    """
    rows = []
    for founds in zip(*partitions, strict=True):
        margins = [found.margins for found in founds]
        scalar = common(margins) if calibrated else 0.0
        opened = [found.opened for found in founds if found.opened]
        open_scalar = common(opened) if calibrated and opened else 0.0
        u, s = np.transpose([m.at(np.array([scalar])) for m in margins])[0]
        h = 100.0 * harmonic(u, s).mean()
        t = np.mean([found.T for found in founds])
        u, s = 100.0 * u.mean(), 100.0 * s.mean()
        rows.append((t, u, s, h, scalar, open_scalar))
    return np.array(rows)


def choose(uses, estimates):
    """The `Choice` of a state: each task's best use."""
    t, u, s, h, scalar, open_scalar = estimates.T
    of_t, of_h = _first_of_the_best(t), _first_of_the_best(h)
    setting = dict(uses[of_h])
    if of_t != of_h:
        setting["traditional"] = uses[of_t]
    measures = (t[of_t], u[of_h], s[of_h], h[of_h])
    return Choice(
        setting,
        float(scalar[of_h]),
        dict(zip(COLUMNS, map(float, measures))),
        float(open_scalar[of_h]),
    )


def _first_of_the_best(values):
    """The first that no other exceeds by more than the least gain."""
    return int(np.argmax(values >= values.max() - LEAST_GAIN))
