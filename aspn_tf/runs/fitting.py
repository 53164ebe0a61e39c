"""From a config to a fitted method: what is chosen where, and the training."""

import dataclasses
import gc
import math
import time

import keras
import tensorflow as tf

from aspn_tf import contradictions, distribution, stopping
from aspn_tf.data import partitions
from aspn_tf.evaluation import selection, uses
from aspn_tf.methods import registry
from aspn_tf.methods.base import Method
from aspn_tf.runs import progress, trail, watching
from aspn_tf.runs.watching import BUDGET, TIME


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

    Where the monitor has a directory in which the same was begun before, it
    goes on from there.

    Args:
      config: the `Config`, whose `seed` counts.
      benchmark: the `Benchmark`.
      monitor: of the run.

    Raises:
      InputError: the rule has no meaning here, or a loss is not finite.
      Stopped: a signal has come; what was done is kept.
    """
    method = build(config, benchmark)
    if config.selection == "test":  # what was chosen from is the training
        return _on_test(config, method, benchmark, monitor)
    kept = trail.read(monitor.directory, "chosen")
    made = distribution.of_chief(kept)
    if made is None:
        made = _choose(config, benchmark, method, monitor)
        made = distribution.of_chief(made)
        made["history"] = monitor.history
        trail.write(monitor.directory, "chosen", made)
    else:
        monitor.history[:] = made["history"]
    choice = selection.Choice(**made["choice"])
    states, logs, spent, training = _train(
        config, method, choice.setting, monitor
    )
    seconds = {"selection": made["seconds"], "training": training}
    return Fit(method, choice, states, logs, spent or made["ended"], seconds)


def _choose(config, benchmark, method, monitor):
    """Chooses on partitions of the seen classes.

    Args:
      config: the `Config`.
      benchmark: the `Benchmark`.
      method: the one that will be trained on all of it, as it was built.
      monitor: of the run.

    Returns:
      A dict that json can write: `choice`, of the `Choice`; `ended`, what
      ended it; `seconds`.
    """
    started = time.perf_counter()
    last = config.selection == "last"
    if last:
        contradictions.refuse_a_grid(config)
        if not config.calibration:
            choice = selection.Choice(None, 0.0, measures=None)
            return _made(choice, BUDGET, time.perf_counter() - started)
    count = partitions.count_of(
        benchmark, config.partitions or method.partitions
    )
    settings = method.fixed()
    where = partitions.partition(benchmark, 0, count, config.seed)
    walked = build(config, where, settings)
    kept = trail.Trail(monitor.directory, "validation", walked, monitor)
    done = len(kept.position["walk"]["choices"]) if kept.position else 0
    # What was found of untrained states counts for those that are ahead.
    scouts = any(map(walked.untrained, walked.rounds()[done:]))
    scouted = []
    for number in range(1, count if scouts else 1):
        part = partitions.partition(benchmark, number, count, config.seed)
        scout = build(config, part, method.scouting())
        scouted.append(uses.scout(scout, part))
        del part, scout  # before the next one's copy of the data is made
        gc.collect()  # a Keras model is in a cycle of references
    walk = selection.Walk(
        walked,
        where,
        calibrated=config.calibration,
        scouted=scouted,
        patience=0 if last else method.patience,
    )
    ended, seconds = watching.watched(
        config, walk, walked, "validation", monitor, kept, started
    )
    choice = selection.best(walk.choices, config.selection)
    return _made(choice, ended, seconds)


def _made(choice, ended, seconds):
    return {
        "choice": dataclasses.asdict(choice),
        "ended": ended,
        "seconds": seconds,
    }


def _on_test(config, method, benchmark, monitor):
    """As the paper did: the state that is best on the test examples.

    Returns:
      The `Fit`.
    """
    started = time.perf_counter()
    kept = trail.Trail(monitor.directory, "test", method, monitor)
    walk = selection.Walk(
        method,
        benchmark,
        calibrated=False,
        patience=method.patience,
        confident=False,
    )
    with watching.best_of(method, walk, monitor.directory) as note:
        ended, spent = watching.watched(
            config, walk, method, "test", monitor, kept, started, note
        )
    best = selection.best(walk.choices, config.selection)
    method.use(best.setting)
    reached = method.rounds()[: walk.choices.index(best) + 1]
    trained = sum(not method.untrained(state) for state in reached)
    seconds = {"selection": 0.0, "training": spent}
    return Fit(method, best, trained, {}, ended, seconds)


def _train(config, method, setting, monitor):
    """Trains on all of trainval to the chosen setting and puts it to use.

    Where none was chosen, to the last state that the budget allows.

    Returns:
      How many states that were, those without training apart; the logs of the
      last; what was spent, as text, if it was the budget; and the seconds.
    """
    started = time.perf_counter()
    kept = trail.Trail(monitor.directory, "training", method, monitor)
    done = kept.position or {"states": 0, "logs": {}, "seconds": 0.0}
    before, first = done["seconds"], len(monitor.history)
    monitor.history += done.get("history", [])

    def seconds():
        return before + time.perf_counter() - started

    end = math.inf if setting else watching.allowed(config.budget)
    states, logs, spent = method.rounds(setting), done["logs"], ""
    step = done["states"]
    prototypes = method.abilities().get("prototypes")
    with (
        stopping.deferred(),
        progress.bar("training", states, monitor, step) as bar,
    ):
        for _, logs in selection.train(method, setting, step):
            step += 1
            monitor.state("train", step, logs)
            if prototypes:
                norms = tf.norm(prototypes(method.view.semantics), axis=-1)
                monitor.histogram("parameter/prototype_norm", norms, step)
            progress.advance(bar, logs)
            kept.note(
                lambda step=step, logs=logs: {
                    "states": step,
                    "logs": logs,
                    "seconds": seconds(),
                    "history": monitor.history[first:],
                }
            )
            (over,) = distribution.anywhere(seconds() > end)
            if not method.untrained(states[step - 1]) and over:
                spent = TIME.format(config.budget)
                break
    reached = states[:step]
    method.use(setting or reached[-1])
    trained = sum(not method.untrained(state) for state in reached)
    return trained, logs, spent, seconds()
