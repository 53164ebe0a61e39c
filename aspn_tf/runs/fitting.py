"""From a config to a fitted method: what is chosen where, and the training."""

import dataclasses
import gc
import math
import os
import tempfile
import time

import keras
import tensorflow as tf

from aspn_tf.data import partitions
from aspn_tf.errors import InputError
from aspn_tf.evaluation import selection
from aspn_tf.methods import registry
from aspn_tf.methods.base import Method
from aspn_tf.runs import progress

STOPPED = "validation stopped rising"
STOPPED_ON_TEST = "the TEST measure stopped rising"
BUDGET = "the stated budget"
TIME = "the budget of {:g} minutes"
SOLVED = "solved in closed form"


@dataclasses.dataclass(frozen=True)
class Fit:
    """A method in use at its setting, and how it came there.

    Attributes:
      method: the `Method`, trained on all training examples.
      choice: the `Choice` of its setting and calibration.
      states: how many states it was trained through.
      logs: of the last of them.
      ended: what ended the training in which the choice was made.
      seconds: "selection" and "training".
    """

    method: Method
    choice: selection.Choice
    states: int
    logs: dict
    ended: str
    seconds: dict


def build(config, benchmark, settings=None):
    """The config's method for a benchmark, not yet trained.

    Args:
      config: the `Config`.
      benchmark: the `Benchmark`.
      settings: in place of the config's own.
    """
    keras.config.set_dtype_policy(config.precision)
    settings = settings or config.own
    if config.selection != "validation":
        settings = settings.unvalidated()
    return registry.build(
        config.method, benchmark.training(), settings, config.seed
    )


def fit(config, benchmark, monitor):
    """The `Fit` by the config's rule; nothing sees test rows unless asked.

    Args:
      config: the `Config`, whose `seed` counts.
      benchmark: the `Benchmark`.
      monitor: of the run.

    Raises:
      InputError: the rule has no meaning here, or a loss is not finite.
    """
    started = time.perf_counter()
    method = build(config, benchmark)
    if config.selection == "test":  # what was chosen from is the training
        chosen = started
        choice, states, logs, ended = _on_test(
            config, method, benchmark, monitor
        )
    else:
        choice, ended = _choose(config, benchmark, method, monitor)
        chosen = time.perf_counter()
        states, logs, spent = _train(config, method, choice.setting, monitor)
        ended = spent or ended
    seconds = {
        "selection": chosen - started,
        "training": time.perf_counter() - chosen,
    }
    return Fit(method, choice, states, logs, ended, seconds)


def _choose(config, benchmark, method, monitor):
    """The `Choice`, made on partitions of the seen classes, and what ended it.

    Args:
      config: the `Config`.
      benchmark: the `Benchmark`.
      method: the one that will be trained on all of it, as it was built.
      monitor: of the run.
    """
    last = config.selection == "last"
    if last:
        _refuse_a_grid(method, config.method)
        if not config.calibration:
            return selection.Choice(None, 0.0, measures=None), BUDGET
    count = partitions.count_of(
        benchmark, config.partitions or method.partitions
    )
    settings, scouted = method.fixed(), []
    for number in range(1, count):
        part = partitions.partition(benchmark, number, count, config.seed)
        scout = build(config, part, method.scouting())
        scouted.append(selection.scout(scout, part))
        del part, scout  # before the next one's copy of the data is made
        gc.collect()  # a Keras model is in a cycle of references
    where = partitions.partition(benchmark, 0, count, config.seed)
    walked = build(config, where, settings)
    walk = selection.walk(
        walked,
        where,
        calibrated=config.calibration,
        scouted=scouted,
        patience=0 if last else method.patience,
    )
    choices, ended = _watched(config, walk, walked, "validation", monitor)
    return selection.best(choices, config.selection), ended


def _on_test(config, method, benchmark, monitor):
    """As the paper did: the state that is best on the test examples.

    Returns:
      The `Choice`, the states trained through, the last logs, what ended it.
    """
    walk = selection.walk(
        method,
        benchmark,
        calibrated=False,
        patience=method.patience,
        confident=False,
    )
    with tempfile.TemporaryDirectory() as place:
        kept = tf.train.Checkpoint(method=method)
        path = os.path.join(place, "best")
        walk = _kept(walk, kept, path)
        choices, ended = _watched(config, walk, method, "test", monitor)
        kept.read(path).expect_partial()
    best = selection.best(choices, config.selection)
    method.use(best.setting)
    reached = method.rounds()[: choices.index(best) + 1]
    trained = sum(not method.untrained(state) for state in reached)
    return best, trained, {}, ended


def _kept(walk, checkpoint, path):
    """A walk whose best state so far is in a checkpoint at `path`."""
    highest = -1.0
    for choice, logs in walk:
        if choice.quality > highest:
            highest = choice.quality
            checkpoint.write(path)
        yield choice, logs


def _train(config, method, setting, monitor):
    """Trains on all of trainval to the chosen setting and puts it to use.

    Where none was chosen, to the last state that the budget allows.

    Returns:
      How many states that were, those without training apart, the logs of the
      last, and what was spent, as text, if it was the budget.
    """
    trained, logs, spent = 0, {}, ""
    end = math.inf if setting else _end(config.budget)
    prototypes = method.abilities().get("prototypes")
    with progress.bar("training", method.rounds(setting), monitor) as bar:
        steps = selection.train(method, setting)
        for step, (state, logs) in enumerate(steps, 1):
            trained += not method.untrained(state)
            monitor.state("train", step, logs)
            if prototypes:
                norms = tf.norm(prototypes(method.view.semantics), axis=-1)
                monitor.histogram("parameter/prototype_norm", norms, step)
            progress.advance(bar, logs)
            if trained and time.perf_counter() > end:
                spent = TIME.format(config.budget)
                break
    method.use(setting or state)
    return trained, logs, spent


def _end(minutes):
    """When so many minutes are over, on the clock; of 0 never."""
    return time.perf_counter() + (60.0 * minutes or math.inf)


def _watched(config, walk, method, phase, monitor):
    """Goes through a walk, shown to the monitor and by a progress bar.

    Args:
      config: the `Config`, whose `budget` may end it at a trained state.
      walk: of `selection.walk`.
      method: what is walked.
      phase: "validation" or "test".
      monitor: of the run.

    Returns:
      The list of choices, and what ended it.
    """
    states, choices = method.rounds(), []
    untrained = [method.untrained(state) for state in states]
    # The training after a choice on validation may take as long.
    minutes = config.budget if phase == "test" else config.budget / 2.0
    end = _end(minutes)
    ended = SOLVED if all(untrained) else BUDGET
    title = f"choosing on {phase.upper() if phase == 'test' else phase}"
    with progress.bar(title, states, monitor) as bar:
        for choice, logs in walk:
            choices.append(choice)
            monitor.state(phase, len(choices), logs, choice.measures)
            progress.advance(bar, logs, choice.measures)
            trained = not untrained[len(choices) - 1]
            if trained and time.perf_counter() > end:
                ended = TIME.format(config.budget)
                break
        else:
            if len(choices) < len(states):
                ended = STOPPED_ON_TEST if phase == "test" else STOPPED
    return choices, ended


def _refuse_a_grid(method, name):
    if method.closed_form and len(method.rounds()) > 1:
        raise InputError(
            "`--selection=last` must come with a method that is trained, or "
            "with fixed regularisers: the last point of a grid means nothing. "
            f"Received: --method={name}; select on validation, or fix "
            f"its settings (--help --method={name})."
        )
