"""Going through a walk: shown, kept, within a budget, ended by what."""

import contextlib
import math
import pathlib
import tempfile
import time

import tensorflow as tf

from aspn_tf import distribution, stopping
from aspn_tf.errors import InputError
from aspn_tf.runs import progress, trail

STOPPED = "validation stopped rising"
STOPPED_ON_TEST = "the TEST measure stopped rising"
BUDGET = "the stated budget"
TIME = "the budget of {:g} minutes"
SOLVED = "solved in closed form"


def watched(
    config, walk, method, phase, monitor, kept, started, note=lambda: None
):
    """Goes through a walk, shown to the monitor and by a progress bar.

    Args:
      config: the `Config`, whose `budget` may end it at a trained state.
      walk: a `selection.Walk`; goes on where `kept` has it.
      method: what is walked.
      phase: "validation" or "test".
      monitor: of the run.
      kept: the `Trail` of this part.
      started: when the part was begun, on the clock of `time.perf_counter`.
      note: callable, called after each state.

    Returns:
      What ended it, and the seconds of this part.
    """
    states, before = method.rounds(), 0.0
    if kept.position:
        walk.go_on(kept.position["walk"])
        monitor.history[:] = kept.position["history"]
        before = kept.position["seconds"]
    untrained = [method.untrained(state) for state in states]
    # The training after a choice on validation may take as long.
    end = allowed(config.budget if phase == "test" else config.budget / 2.0)
    ended = SOLVED if all(untrained) else BUDGET
    title = f"choosing on {phase.upper() if phase == 'test' else phase}"

    def seconds():
        return before + time.perf_counter() - started

    with (
        stopping.deferred(),
        progress.bar(title, states, monitor, len(walk.choices)) as bar,
    ):
        for choice, logs in walk:
            number = len(walk.choices)
            monitor.state(phase, number, logs, choice.measures)
            progress.advance(bar, logs, choice.measures)
            note()
            kept.note(
                lambda: {
                    "walk": walk.position(),
                    "history": monitor.history,
                    "seconds": seconds(),
                }
            )
            (over,) = distribution.anywhere(seconds() > end)
            if not untrained[number - 1] and over:
                ended = TIME.format(config.budget)
                break
        else:
            if len(walk.choices) < len(states):
                ended = STOPPED_ON_TEST if phase == "test" else STOPPED
    return ended, seconds()


def allowed(minutes):
    """Seconds of a budget in minutes; of 0 without end."""
    return 60.0 * minutes or math.inf


@contextlib.contextmanager
def best_of(method, walk, directory):
    """Puts the best state of a walk back at its end.

    Args:
      method: what is walked.
      walk: the `selection.Walk`.
      directory: of the run, where the best is kept; None for nowhere.

    Yields:
      A callable for the end of every state.
    """
    with tempfile.TemporaryDirectory() as elsewhere:
        home = elsewhere
        if directory:
            home = pathlib.Path(directory) / trail.FOLDER
            home.mkdir(exist_ok=True)
        path = str(pathlib.Path(home) / "best")
        checkpoint = tf.train.Checkpoint(method=method)

        def note():
            if walk.rises():
                checkpoint.write(path)

        yield note
        try:
            if distribution.is_chief():
                checkpoint.read(path).expect_partial()
        except (tf.errors.OpError, IndexError, ValueError) as error:
            raise InputError(
                "What a stopped run has kept must be as it was written. "
                f"Received: {path}, damaged; begin anew with another --run_dir."
            ) from error
        distribution.alike(method)
