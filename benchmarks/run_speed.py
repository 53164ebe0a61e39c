"""Seconds and peak memory of a default run, at published data sets' true sizes.

    PYTHONPATH=. python benchmarks/run_speed.py --data=digit_pairs,awa2,cub

Of the benchmarks, numbers of rows and classes and widths are the published
ones; features, semantics and lists are made (a class's look is a random linear
function of its semantics, and rectified), so that nothing measured here is an
accuracy. The real command runs in a process of its own,
everything in it: imports, tracing, the choice on partitions, training,
pictures, export; the data is prepared beforehand.
"""

import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time
import typing

import numpy as np
import scipy.io

from aspn_tf.data import loading


class Size(typing.NamedTuple):
    """Of a published data set, with the paper's features and semantics."""

    rows: tuple  # trainval, test seen, test unseen
    classes: tuple  # seen, unseen
    semantics: int
    width: int = 2048


SIZES = {
    "awa2": Size((23527, 5882, 7913), (40, 10), 85),
    "cub": Size((7057, 1764, 2967), (150, 50), 1024),
}
NOTICEABLE = 0.2  # how far classes are apart, in deviations within them
DIGITS = "digit_pairs"


def main():
    """Prints a line a data set, medians over the repeats."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", default=",".join([DIGITS, *SIZES]))
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("flags", nargs="*", help="after --, of the command")
    arguments = parser.parse_args()
    repeats = arguments.repeats
    command = [sys.executable, "-m", "aspn_tf.main", *arguments.flags]
    imports = [
        sys.executable,
        "-c",
        "import aspn_tf.main, tensorflow, keras, aspn_tf.methods.aspn.method",
    ]
    found = [timed(imports)[0] for _ in range(repeats)]
    print(f"imports alone: {statistics.median(found):.1f} s")
    for name in arguments.data.split(","):
        with tempfile.TemporaryDirectory() as place:
            found = measure(name, pathlib.Path(place), command, repeats)
            print(f"{name}: {found}")


def measure(name, place, command, repeats):
    """Makes the data, prepares it and times the command; text."""
    flags, size = [f"--data_dir={place / 'prepared'}"], 0.0
    if name == DIGITS:
        loading.load(name, data_dir=str(place / "prepared"))
    else:
        folder = place / "MADE"
        folder.mkdir()
        size = make(folder, SIZES[name])
        flags += ["--dataset=xlsa17", f"--manual_dir={place}", "--name=MADE"]
        loading.load(
            "xlsa17",
            data_dir=str(place / "prepared"),
            manual_dir=str(place),
            name="MADE",
        )
    runs = []
    for number in range(repeats):
        directory = place / str(number)
        seconds, peak = timed([*command, *flags, f"--run_dir={directory}"])
        content = json.loads((directory / "results.json").read_text())
        runs.append(
            (
                seconds,
                peak,
                *map(content["seconds"].get, ("selection", "training")),
            )
        )
    seconds, peak, selection, training = map(statistics.median, zip(*runs))
    return (
        f"{seconds:.1f} s ({min(r[0] for r in runs):.1f} at best), of these "
        f"selection {selection:.1f}, training {training:.1f}; peak "
        f"{peak:.0f} MB, features {size:.0f} MB"
    )


def timed(command):
    """Wall-clock seconds and peak MB of a process."""
    started = time.perf_counter()
    process = subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        raise SystemExit(f"{command} ended with {status}")
    return time.perf_counter() - started, usage.ru_maxrss / 1e3


def make(folder, size):
    """Writes random files of a size in the benchmarks' layout; their MB."""
    stream = np.random.default_rng(0)
    seen_count, unseen_count = size.classes
    seen, unseen = np.split(np.arange(sum(size.classes)), [seen_count])
    own = (seen, seen, unseen)
    labels = np.concatenate(
        [np.resize(c, n) for c, n in zip(own, size.rows, strict=True)]
    )
    semantics = stream.random((sum(size.classes), size.semantics))
    centred = semantics - semantics.mean(0)
    looks = centred @ stream.normal(size=(size.semantics, size.width))
    shape = len(labels), size.width
    features = stream.standard_normal(shape, np.float32)
    features += NOTICEABLE * (looks / looks.std()).astype(np.float32)[labels]
    np.maximum(features, 0.0, out=features)
    images = {"features": features.T, "labels": labels[:, None] + 1}
    scipy.io.savemat(folder / "res101.mat", images)
    parts = ("trainval_loc", "test_seen_loc", "test_unseen_loc")
    rows = np.split(np.arange(1, len(labels) + 1), np.cumsum(size.rows)[:-1])
    names = np.array([[f"class{c}"] for c in range(sum(size.classes))], object)
    scipy.io.savemat(
        folder / "att_splits.mat",
        {
            **{p: r[:, None] for p, r in zip(parts, rows, strict=True)},
            "att": semantics.T,
            "allclasses_names": names,
        },
    )
    return features.nbytes / 1e6


if __name__ == "__main__":
    main()
