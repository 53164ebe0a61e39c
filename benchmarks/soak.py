"""Trains, evaluates, exports and loads in one process, again and again.

    python benchmarks/soak.py --minutes=120

A round is a run, as `aspn_tf.main` makes one, of one method; a
`ZeroShotClassifier` of another, pickled and saved; both models loaded and
asked; a file of answers; and all of it deleted. The methods take turns. Once a
minute a line tells what the process holds after a collection of garbage:
resident memory, open files, threads, and the graphs and traced functions that
Python still has.

The rule, by which the script ends with 0 or 1: the first quarter, but 3
minutes at least, is warming up. After it open files, threads, graphs and
functions are never more than `SPARE` above their most while warming up, and
memory, by the line of least squares through what was seen, grows by less than
`GROWTH` MiB an hour.
"""

import contextlib
import gc
import io
import os
import pathlib
import pickle
import sys
import tempfile
import time
from unittest import mock

import hard_numbers
import numpy as np

import aspn_tf
from aspn_tf import command
from aspn_tf.config import Config
from aspn_tf.methods import registry
from aspn_tf.runs import run
from aspn_tf.serving import predicting

FLAGS = (
    ("minutes", 120.0, "How long."),
    ("every", 60.0, "Seconds from one line to the next."),
)
SPARE = {"files": 2, "threads": 4, "graphs": 20, "functions": 40}
GROWTH = 30.0  # MiB an hour
WARMING = 3.0  # minutes, at least
LEARNING = {
    "aspn": {"epochs": 2, "steps_per_epoch": 5, "hidden_width": 16},
    "clswgan": {"epochs": 1, "steps_per_epoch": 3, "hidden_width": 16},
    "eszsl": {},
    "ale": {"epochs": 2},
    "cosmo": {"epochs": 1, "steps_per_epoch": 3, "hidden_width": 16},
    "sync": {"iterations": 50},
}


def main(minutes, every):
    """Prints the lines; exits with 1 where something grew."""
    benchmark, lines = hard_numbers.benchmark(width=16, of_class=20), []
    end, due, rounds = 60.0 * minutes, every, 0
    names = list(LEARNING)
    print(f"{'minute':>7}{'rounds':>7}{'MiB':>7}", *SPARE, flush=True)
    started = time.perf_counter()
    while (now := time.perf_counter() - started) < end:
        if now >= due:
            lines.append({"minute": now / 60.0, "rounds": rounds, **held()})
            print(_line(lines[-1]), flush=True)
            due += every * (1 + (now - due) // every)
        turn = rounds % len(names)
        one_round(benchmark, names[turn], names[turn - 1])
        rounds += 1
    grown = growing(lines, max(WARMING, minutes / 4.0))
    print("flat" if not grown else "grew: " + "; ".join(grown))
    sys.exit(bool(grown))


def one_round(benchmark, of_run, of_classifier):
    """A run of one method and a classifier of another; nothing stays."""
    with (
        tempfile.TemporaryDirectory() as place,
        mock.patch.object(run, "loaded", lambda config: benchmark),
        contextlib.redirect_stdout(io.StringIO()),
        contextlib.redirect_stderr(io.StringIO()),
    ):
        place = pathlib.Path(place)
        run.run(_config(of_run, place / "run"))
        split, names = benchmark.train, np.asarray(benchmark.class_names)
        classifier = aspn_tf.ZeroShotClassifier(
            of_classifier, **LEARNING[of_classifier]
        )
        described = dict(zip(names.tolist(), benchmark.semantics))
        classifier.fit(split.features, names[split.labels], described)
        classifier.save(place / "saved")
        again = pickle.loads(pickle.dumps(classifier))
        rows = benchmark.test_unseen.features
        again.predict(rows)
        for model in (place / "run" / "model", place / "saved"):
            aspn_tf.load(model).predict_proba(rows)
        np.save(place / "rows.npy", rows)
        predicting.predict(
            *(str(place / "saved"), str(place / "rows.npy"), "", ""),
            *(str(place / "answers.csv"), 3, 4),
        )


def held():
    """What the process holds, once garbage is collected."""
    # Not before `aspn_tf`, which tells TensorFlow what to say.
    from tensorflow.python.eager.polymorphic_function import (
        concrete_function as functions,
    )
    from tensorflow.python.framework.ops import Graph

    gc.collect()
    process = pathlib.Path("/proc/self")
    pages = int((process / "statm").read_text().split()[1])
    kinds = [type(one) for one in gc.get_objects()]
    return {
        "MiB": pages * os.sysconf("SC_PAGE_SIZE") / 2**20,
        "files": len(os.listdir(process / "fd")),
        "threads": len(os.listdir(process / "task")),
        "graphs": sum(issubclass(kind, Graph) for kind in kinds),
        "functions": sum(
            issubclass(kind, functions.ConcreteFunction) for kind in kinds
        ),
    }


def growing(lines, warming):
    """Sentences on what grew after so many minutes, by the rule above."""
    early = [line for line in lines if line["minute"] <= warming]
    late = [line for line in lines if line["minute"] > warming]
    if not early or len(late) < 3:
        return ["too short to tell"]
    found = []
    for name, spare in SPARE.items():
        most = max(line[name] for line in early)
        later = max(line[name] for line in late)
        if later > most + spare:
            found.append(f"{name}, from {most} to {later}")
    hours = [line["minute"] / 60.0 for line in late]
    slope, _ = np.polyfit(hours, [line["MiB"] for line in late], 1)
    print(f"memory: {slope:+.1f} MiB an hour after {warming:.0f} minutes")
    if slope >= GROWTH:
        found.append(f"memory, by {slope:.1f} MiB an hour")
    return found


def _config(method, place):
    settings = registry.settings_class(method)(**LEARNING[method])
    return Config(
        method=method, settings={method: settings}, run_dir=str(place)
    )


def _line(found):
    cells = [f"{found['minute']:7.1f}{found['rounds']:7}{found['MiB']:7.0f}"]
    cells += [f"{found[name]:{len(name)}}" for name in SPARE]
    return " ".join(cells)


if __name__ == "__main__":
    command.run(main, FLAGS, configured=False)
