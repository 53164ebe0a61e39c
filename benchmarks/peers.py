"""Every method beside ours: seconds to a good state, speed, memory.

    PYTHONPATH=. python benchmarks/peers.py --dataset=awa1 --manual_dir=DIR

Each method is trained, by default, on the validation partition in a process
of its own, as `aspn_tf.main` does it before the choice, through all its states
or until they have stopped rising. A state's quality is the mean of T and
calibrated H there; the clock runs while the method is built and trained, not
while it is scored. Seconds, of a training example too, include tracing.
"""

import json
import pathlib
import resource
import subprocess
import sys
import tempfile
import time

from aspn_tf import command
from aspn_tf.evaluation import selection
from aspn_tf.evaluation.evaluator import Evaluator
from aspn_tf.methods import registry
from aspn_tf.runs import fitting, report, run, study, tables

NEAR = 1.0  # points from its best that are near enough
HEADER = (
    *("method", "best (T + H) / 2", "seconds to it less 1 point", "all states"),
    *("states", "ms a training example", "rows scored a second", "peak MB"),
)
FLAGS = [
    ("methods", ",".join(registry.METHODS), "Which, comma-separated."),
    ("one", "", "Where a process writes what it measured; for this script."),
]


def main(config, methods, one):
    """Prints the table; or measures one method, in its own process."""
    if one:
        pathlib.Path(one).write_text(json.dumps(measure(config)))
        return
    rows = []
    for name in study.chosen("methods", methods, registry.METHODS):
        with tempfile.NamedTemporaryFile() as file:
            own = [*sys.argv, f"--method={name}", f"--one={file.name}"]
            subprocess.run(
                [sys.executable, *own], check=True, capture_output=True
            )
            rows.append((name, *json.load(file).values()))
    print(tables.markdown(HEADER, [list(map(str, row)) for row in rows]))


def measure(config):
    """The cells of a row, by what they tell."""
    benchmark = run.load(config).validation()
    clock = Clock()
    with clock:
        method = fitting.build(config, benchmark)
    method.advance = clock.timing(method.advance)
    reached = []  # (quality, seconds)
    for choice, _ in selection.Walk(
        method, benchmark, calibrated=True, patience=method.patience
    ):
        reached.append((choice.quality, clock.seconds))
    best = max(quality for quality, _ in reached)
    near = next(s for quality, s in reached if quality >= best - NEAR)
    untrained = sum(map(method.untrained, method.rounds()[: len(reached)]))
    seconds = {"training": clock.seconds}
    method.use(choice.setting)
    evaluator = Evaluator(method, benchmark)
    evaluator.scores()  # traced
    started = time.perf_counter()
    evaluator.scores()
    seconds["scoring"] = time.perf_counter() - started
    speed = report.speed(seconds, len(reached) - untrained, method, benchmark)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3
    return {
        "best": f"{best:.1f}",
        "near": f"{near:.1f}",
        "all": f"{clock.seconds:.1f}",
        "states": len(reached),
        "example": f"{speed['training_ms_per_example']:.2f}",
        "rows": f"{speed['scoring_examples_per_second']:,.0f}",
        "peak": f"{peak:.0f}",
    }


class Clock:
    """Adds up the seconds within its `with` blocks."""

    def __init__(self):
        self.seconds = 0.0

    def __enter__(self):
        """Starts."""
        self._started = time.perf_counter()

    def __exit__(self, *_):
        """Stops."""
        self.seconds += time.perf_counter() - self._started

    def timing(self, function):
        """The function, timed."""

        def timed(*arguments):
            with self:
                return function(*arguments)

        return timed


if __name__ == "__main__":
    command.run(main, FLAGS)
