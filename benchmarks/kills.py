"""Kills a run at random moments, goes on with it, and compares its end.

    python benchmarks/kills.py --kills=50

One run is left alone. Others are begun, killed (SIGKILL; every fifth time
SIGTERM) after a random part of the time that the whole takes, and begun again
by the same command, until as many kills have been made; a run that ends is
compared with the first, number by number and score by score, and the next is
begun. What was kept is kept after every state here, so that much of it is
tried; a run keeps it every 30 s.
"""

import json
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import time

import numpy as np

from aspn_tf import command
from aspn_tf.data import loading
from aspn_tf.serving import loaded

FLAGS = (
    ("kills", 50, "How many."),
    ("seed", 0, "Of the moments."),
    ("method", "aspn", "Whose run it is."),
    ("directory", "", "Where the runs are; empty: a temporary one."),
)
MAIN = """
import sys
from aspn_tf.runs import trail
trail.EVERY = 0.0
sys.argv[0] = "main"
import runpy
runpy.run_module("aspn_tf.main", run_name="__main__")
"""
RUN = ("--aspn.epochs=6", "--aspn.patience=0")
CLOCK = ("seconds", "speed")


def main(kills, seed, method, directory):
    """Prints how many kills were survived, and at which stages they came."""
    with tempfile.TemporaryDirectory() as elsewhere:
        home = pathlib.Path(directory or elsewhere)
        draw = np.random.default_rng(seed)
        started = time.perf_counter()
        begin(home / "whole", method).wait()
        length = time.perf_counter() - started
        wanted = end_of(home / "whole")
        made, same, ended, stages = 0, 0, 0, {}
        while made < kills:
            place = home / f"run{ended}"
            while not (place / "results.json").exists():
                anew = not place.exists()
                process = begin(place, method)
                if made < kills:
                    begun = time.perf_counter()
                    killed = kill(process, draw.uniform(0.0, length), made)
                    made += killed
                    if anew and not killed:  # it may have been busy before
                        length = min(length, time.perf_counter() - begun)
                    stage = stage_of(place)
                    stages[stage] = stages.get(stage, 0) + 1
                process.wait()
            ended += 1
            same += equal(end_of(place), wanted)
            print(f"{made} kills, {same} of {ended} runs equal", flush=True)
        print(json.dumps(stages, indent=1))
        if same < ended:
            sys.exit(1)


def begin(place, method):
    """The process of a run."""
    words = [*RUN, f"--method={method}", f"--run_dir={place}"]
    quiet = subprocess.DEVNULL
    return subprocess.Popen(
        [sys.executable, "-c", MAIN, *words], stdout=quiet, stderr=quiet
    )


def kill(process, seconds, number):
    """Kills a process after so long; 0 where it had ended by itself."""
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        mild = number % 5 == 4
        os.kill(process.pid, signal.SIGTERM if mild else signal.SIGKILL)
        process.wait()
        return 1
    return 0


def stage_of(place):
    """Where a run stands, by what it has left."""
    kept = place / "progress"
    if not place.exists():
        return "before the run"
    if (place / "results.json").exists():
        return "ended"
    if (place / "model").exists():
        return "after the export"
    if any(kept.glob("training-*")):
        return "training"
    if (kept / "chosen.json").exists():
        return "between choice and training"
    if any(kept.glob("validation-*")):
        return "choosing"
    return "preparation"


def end_of(place):
    """Numbers and scores that must not depend on where it was stopped."""
    content = json.loads((place / "results.json").read_text())
    for name in CLOCK:
        content.pop(name)
    rows = loading.load("digit_pairs").test_unseen.features[:200]
    scores = loaded.load(place / "model").decision_function(rows)
    files = {
        path.relative_to(place).as_posix()
        for path in place.rglob("*")
        if path.is_file() and "tfevents" not in path.name
    }
    return content, scores, files


def equal(one, other):
    """Whether two ends are the same."""
    return (
        one[0] == other[0]
        and np.array_equal(one[1], other[1])
        and one[2] == other[2]
    )


if __name__ == "__main__":
    command.run(main, FLAGS, configured=False)
