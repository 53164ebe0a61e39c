"""Which state of a method counts, and how far seen classes are handicapped."""

import dataclasses

from aspn_tf.evaluator import Evaluator, Report, calibrate

RULES = {
    "last": "the last state; nothing selected",
    "validation": "selected on the validation partition, retrained on trainval",
    "test": "SELECTED ON TEST DATA, as the paper did",
}


@dataclasses.dataclass(frozen=True)
class Choice:
    """What the validation partition (or, if asked, the test) has chosen.

    Attributes:
      setting: names the state to train to, see `Method.fit`.
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

    Of the refinements of one state, the best stands for it.

    Args:
      method: a `Method` not yet fitted.
      benchmark: what to train and to measure on; for an honest choice,
        `Benchmark.validation()`.
      calibrated: whether each state's best calibration is applied.

    Yields:
      (Choice, logs) for each state.
    """
    evaluator = None
    for state, logs in method.fit(benchmark):
        evaluator = evaluator or Evaluator(method, benchmark)
        choices = [
            _measure(refined, evaluator, calibrated)
            for refined in method.refinements(state)
        ]
        choice = best(choices, "validation")
        if calibrated and callable(getattr(method, "classify", None)):
            method.refine(choice.setting)
            scores = evaluator.open_scores()
            choice = dataclasses.replace(
                choice, open_calibration=calibrate(scores, benchmark)
            )
        yield choice, logs


def _measure(setting, evaluator, calibrated):
    """The `Choice` of the method's present state, used as a setting says."""
    evaluator.method.refine(setting)
    scores = evaluator.scores()
    calibration = 0.0
    if calibrated:
        calibration = calibrate(scores, evaluator.benchmark)
    report = evaluator.report(scores, calibration)
    return Choice(setting, calibration, report)


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
