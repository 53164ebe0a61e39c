"""Which state of a method counts, and how far seen classes are handicapped."""

import dataclasses

from aspn_tf.evaluation.calibration import calibrate
from aspn_tf.evaluation.evaluator import Evaluator, Report, measure

RULES = {
    "last": "the last state; nothing selected",
    "validation": "selected on the validation partition, retrained on trainval",
    "test": "SELECTED ON TEST DATA, as the paper did",
}


@dataclasses.dataclass(frozen=True)
class Choice:
    """What the validation partition (or, if asked, the test) has chosen.

    Attributes:
      setting: a state and how it is used, see `Method.uses`.
      calibration: what seen-class scores give up in generalized ZSL.
      report: the measures of that state where it was chosen.
      open_calibration: the same scalar for the scores of `classify`, which
        knows no class but by its semantics.
    """

    setting: dict
    calibration: float
    report: Report
    open_calibration: float = 0.0

    @property
    def quality(self):
        """The mean of T and H, in percent; the highest is chosen."""
        return (self.report.T + self.report.H) / 2.0


def walk(method, benchmark, calibrated):
    """Trains, and measures every state on the benchmark's own test splits.

    A state is scored once; of its uses, the best stands for it.

    Args:
      method: a `Method` built from `benchmark.training()`, not yet trained.
      benchmark: what to measure on; for an honest choice,
        `Benchmark.validation()`.
      calibrated: whether each state's best calibration is applied.

    Yields:
      (Choice, logs) for each state.
    """
    evaluator = Evaluator(method, benchmark)
    for state in method.rounds():
        logs = method.advance(state)
        heads = evaluator.heads()
        choice = best(
            [
                _measured(method, heads, setting, benchmark, calibrated)
                for setting in method.uses(state)
            ],
            "validation",
        )
        if calibrated and "classify" in method.abilities():
            opened = heads.opened(method.weights(choice.setting))
            choice = dataclasses.replace(
                choice, open_calibration=calibrate(opened, benchmark)
            )
        yield choice, logs


def train(method, setting=None):
    """Trains to a setting, or to the last state, and puts it to use.

    Args:
      method: a `Method`, not yet trained.
      setting: of a `Choice`; None for the last state as it is.

    Yields:
      (state, logs) for each state on the way.
    """
    for state in method.rounds(setting):
        logs = method.advance(state)
        yield state, logs
    method.use(setting or state)


def best(choices, rule):
    """The choice that counts: the last, or that of the highest quality.

    Args:
      choices: list of `Choice`, in the order of training.
      rule: "last", "validation" or "test".

    Returns:
      A `Choice`; among equals the first.
    """
    if rule == "last":
        return choices[-1]
    return max(choices, key=lambda choice: choice.quality)


def _measured(method, heads, setting, benchmark, calibrated):
    """The `Choice` of a state whose heads are weighed as a setting says."""
    scores = heads.weighed(method.weights(setting))
    calibration = calibrate(scores, benchmark) if calibrated else 0.0
    report = measure(scores, benchmark, calibration)
    return Choice(setting, calibration, report)
