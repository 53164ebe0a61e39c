"""Seconds and peak memory of a default run at a published data set's true size.

Features and labels are random, class semantics and split lists the published
ones, so that nothing measured here is an accuracy. The real command runs in a
process of its own, everything in it: imports, tracing, the choice on
validation, retraining, pictures, export; the data is prepared beforehand.

    PYTHONPATH=. python benchmarks/run_speed.py --splits=DIR/AWA2 --width=2048

DIR/AWA2 holds att_splits.mat (xlsa17.zip).
"""

import argparse
import pathlib
import resource
import subprocess
import sys
import tempfile
import time

import numpy as np
import scipy.io

from aspn_tf.data import loading

SPLITS = "att_splits.mat"


def main():
    """Prints a line for every repeat."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--splits", required=True)
    parser.add_argument("--width", type=int, default=2048)
    parser.add_argument("--repeats", type=int, default=1)
    parser.add_argument("flags", nargs="*", help="after --, of the command")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        measure(pathlib.Path(place), arguments)


def measure(place, arguments):
    """Makes the data, prepares it and times the command."""
    folder = place / "MADE"
    folder.mkdir()
    size = make(folder, pathlib.Path(arguments.splits), arguments.width)
    data = {"manual_dir": str(place), "name": "MADE"}
    loading.load("xlsa17", data_dir=str(place / "prepared"), **data)
    command = [
        *(sys.executable, "-m", "aspn_tf.main", "--dataset=xlsa17"),
        *(f"--manual_dir={place}", "--name=MADE"),
        f"--data_dir={place / 'prepared'}",
        *arguments.flags,
    ]
    for number in range(arguments.repeats):
        started = time.perf_counter()
        subprocess.run(
            [*command, f"--run_dir={place / str(number)}"],
            check=True,
            capture_output=True,
        )
        seconds = time.perf_counter() - started
        peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1e3
        print(f"{seconds:.1f} s, peak {peak:.0f} MB, features {size:.0f} MB")


def make(folder, splits, width):
    """Writes random features for published split lists; their MB."""
    lists = scipy.io.loadmat(splits / SPLITS)
    stream = np.random.default_rng(0)
    parts = ("trainval_loc", "test_seen_loc", "test_unseen_loc")
    count = max(int(lists[part].max()) for part in parts)
    classes = np.arange(lists["att"].shape[1])
    unseen = stream.permutation(classes)[: len(classes) // 5]
    seen = np.setdiff1d(classes, unseen)
    labels = np.zeros(count, np.int64)
    for part, own in zip(parts, (seen, seen, unseen), strict=True):
        rows = lists[part].ravel() - 1
        labels[rows] = np.resize(own, len(rows))
    features = np.abs(stream.normal(size=(count, width))).astype(np.float32)
    features += 0.1 * labels[:, None]
    images = {"features": features.T, "labels": labels[:, None] + 1}
    scipy.io.savemat(folder / "res101.mat", images)
    for unwanted in ("train_loc", "val_loc"):
        lists.pop(unwanted, None)
    kept = {k: v for k, v in lists.items() if not k.startswith("__")}
    scipy.io.savemat(folder / SPLITS, kept)
    return features.nbytes / 1e6


if __name__ == "__main__":
    main()
