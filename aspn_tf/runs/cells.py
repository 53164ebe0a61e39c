"""Cells of a study: one seed of one variant each, in turn or side by side.

A cell is `<run_dir>/<slug>/seed<k>/`. It is done when its results.json is
there, and its config.flags repeat it. One that fails leaves failure.txt,
whose first line says why, and takes no other down.
"""

import os
import pathlib
import shutil
import subprocess
import sys
import time
import traceback

import keras
import tensorflow as tf

from aspn_tf import disk, stopping
from aspn_tf.errors import InputError
from aspn_tf.runs import directory as directories
from aspn_tf.runs import run, trail

# What a method that cannot cope with its data or memory raises.
FAILURES = (ValueError, RuntimeError, MemoryError, tf.errors.OpError)
FAILURE, OUTPUT = "failure.txt", "output.txt"
LONGEST_SENTENCE = 300
LOOK = 0.1  # seconds from one look at the processes to the next
THREADS = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "TF_NUM_INTRAOP_THREADS",
    "TF_NUM_INTEROP_THREADS",
)


def results(place, config, benchmark):
    """The results of a cell that is done; None of any other.

    Args:
      place: of the cell, a path.
      config: the `Config` it must have been run with.
      benchmark: the `Benchmark` it must have been run on.

    Raises:
      InputError: it was run with other flags or on other data; or they are
        damaged.
    """
    content = directories.results(place)
    if content is None:
        return None
    directories.agree(place, config, free=())
    data = content.get("data_fingerprint")
    directories.same_data(place, data, benchmark.fingerprint)
    return content


def in_turn(configs, benchmark):
    """Runs cells in this process.

    Args:
      configs: dict of the place of each cell to its `Config`.
      benchmark: the `Benchmark` of them all.

    Yields:
      (place, None or a sentence that says why it failed) of each.
    """
    for place, config in configs.items():
        _empty(place, config)
        yield place, _attempt(place, config, benchmark)
        keras.backend.clear_session()  # collects garbage too


def side_by_side(configs, jobs):
    """Runs each cell in a process of its own; they share the cores.

    Each loads the data anew. What ends a process, such as a lack of memory,
    fails its cell alone.

    Args:
      configs: dict of the place of each cell to its `Config`.
      jobs: how many at once.

    Yields:
      (place, None or a sentence that says why it failed) as they end.

    Raises:
      OSError: the disk has failed one of them.
    """
    each = str(max(1, (os.cpu_count() or 1) // jobs))
    environment = {**dict.fromkeys(THREADS, each), **os.environ}
    waiting, running = list(configs.items()), {}
    try:
        while waiting or running:
            while waiting and len(running) < jobs:
                place, config = waiting.pop(0)
                _empty(place, config)
                running[place] = _start(place, environment)
            time.sleep(LOOK)
            ended = [p for p, one in running.items() if one.poll() is not None]
            for place in ended:
                code = running.pop(place).returncode
                if code == disk.EXIT:
                    raise OSError(_last_line(place / OUTPUT))
                yield place, _why(place) or _of_exit(place, code)
    finally:
        for process in running.values():
            process.terminate()
        for process in running.values():
            process.wait()


def alone(config):
    """What a cell's own process does; exits with 1 where it fails.

    Args:
      config: the `Config` of the cell, whose `run_dir` is its place.
    """
    place, config = pathlib.Path(config.run_dir), config.replace(run_dir="")
    directories.agree(place, config, free=())
    stopping.listen()
    stopping.end_with_parent()
    why = _attempt(place, config, run.load(config))
    if why:
        sys.exit(why)


def sentence(error):
    """What a table says of an error: one line of bounded length."""
    words = " ".join(str(error).split()) or "no message"
    if not isinstance(error, InputError):
        words = f"{type(error).__name__}: {words}"
    return words[:LONGEST_SENTENCE]


def _empty(place, config):
    """Makes a cell's place anew, unless it was stopped and can go on."""
    if trail.begun(place) and not (place / FAILURE).exists():
        directories.agree(place, config, free=())
        return
    if place.exists():
        shutil.rmtree(place)
    place.mkdir(parents=True)
    directories.keep(place, config)


def _start(place, environment):
    """The process of a cell, as `python -m aspn_tf.cell` tells."""
    flags = f"--flagfile={place / directories.FLAGS}"
    words = ["-m", "aspn_tf.cell", flags, f"--run_dir={place}"]
    with open(place / OUTPUT, "wb") as output:
        return subprocess.Popen(
            [sys.executable, *words],
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # Ctrl-C is for the parent, which tells it
        )


def _attempt(place, config, benchmark):
    """Runs a cell; returns None, or a sentence that says why it failed."""
    try:
        run.run_seed(config, benchmark, place)
    except FAILURES as error:
        if disk.failed(error):  # no fault of the cell's: it goes on later
            raise
        why = f"{sentence(error)}\n{traceback.format_exc()}"
        directories.write_text(place / FAILURE, why)
    return _why(place)


def _why(place):
    """The sentence that a cell which failed has left; else None."""
    failure = place / FAILURE
    return failure.read_text().splitlines()[0] if failure.exists() else None


def _of_exit(place, code):
    """What is to be said of a process that left no sentence; None: nothing.

    Its output stays where it did not end well.
    """
    if code == 0:
        (place / OUTPUT).unlink()
        return None
    how = f"signal {-code}" if code < 0 else f"exit code {code}"
    return f"Its process ended with {how}; {place / OUTPUT} has its output."


def _last_line(path):
    lines = path.read_text(errors="replace").splitlines()
    return lines[-1] if lines else "the disk took nothing of a cell"
