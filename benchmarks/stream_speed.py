"""Rows that are read when needed, beside rows in memory: time and memory.

    PYTHONPATH=. python benchmarks/stream_speed.py --rows=1000000 --way=stream
    PYTHONPATH=. python benchmarks/stream_speed.py --rows=200000 --way=stream
    PYTHONPATH=. python benchmarks/stream_speed.py --rows=200000 --way=memory

Makes so many rows of 2048 numbers, of 200 classes of which 160 are seen, in
files as `--stream` has them, unless they are there; then trains and evaluates
ASPN on them as a run does: the statistics, the regularisers by folds, the
closed-form start, some epochs, the scores of the test rows, a fifth of all. The
default settings with one partition. Prints seconds by the clock and of the
processors, and the largest resident set up to there.
"""

import argparse
import dataclasses
import pathlib
import resource
import time

import numpy as np

from aspn_tf.data.benchmark import Benchmark
from aspn_tf.data.stored import Stored
from aspn_tf.data.views import Split
from aspn_tf.evaluation.evaluator import Evaluator
from aspn_tf.methods import registry

WIDTH, SEMANTICS_WIDTH, CLASSES, SEEN = 2048, 85, 200, 160
PART = 16384


def main():
    """Prints a line a stage."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=200_000)
    parser.add_argument("--way", choices=("stream", "memory"), required=True)
    parser.add_argument("--steps", type=int, default=20)
    parser.add_argument("--directory", default="stream_speed")
    arguments = parser.parse_args()
    place = pathlib.Path(arguments.directory) / str(arguments.rows)
    if not (place / "done").exists():
        make(place, arguments.rows)
    benchmark = read(place, arguments.way)
    train, tested = benchmark.train, benchmark.test_seen
    kind = registry.settings_class("aspn")
    settings = kind(steps_per_epoch=arguments.steps)
    print(f"{arguments.rows} rows, {arguments.way}; peak {peak():.0f} MB")
    view = benchmark.training()
    with Stage("statistics, folds and start", len(train.labels)):
        method = registry.build("aspn", view, settings)
    evaluator = Evaluator(method, benchmark)
    evaluator.trace()
    for state in method.rounds()[:3]:
        rows = 0 if method.untrained(state) else method.examples_a_round()
        with Stage(f"{state}", rows):
            method.advance(state)
    method.use(state)
    with Stage(
        "evaluation", len(tested.labels) + len(benchmark.test_unseen.labels)
    ):
        ranked, _ = evaluator.in_use()
        report = evaluator.report(ranked)
    print({name: round(rate, 2) for name, rate in report.summary().items()})


def make(place, count):
    """Writes the rows, a part at a time."""
    stream = np.random.default_rng(0)
    semantics = stream.normal(size=(CLASSES, SEMANTICS_WIDTH))
    means = 0.1 * semantics @ stream.normal(size=(SEMANTICS_WIDTH, WIDTH))
    place.mkdir(parents=True, exist_ok=True)
    np.save(place / "semantics.npy", semantics.astype(np.float32))
    for name, classes, share in (
        ("train", range(SEEN), 0.8),
        ("test_seen", range(SEEN), 0.1),
        ("test_unseen", range(SEEN, CLASSES), 0.1),
    ):
        labels = stream.choice(classes, int(share * count))
        labels[: len(classes)] = classes
        np.save(place / f"{name}.labels.npy", labels)
        with (place / f"{name}.features.npy").open("wb") as file:
            header = {"descr": "<f4", "fortran_order": False}
            header["shape"] = len(labels), WIDTH
            np.lib.format.write_array_header_1_0(file, header)
            for start in range(0, len(labels), PART):
                own = labels[start : start + PART]
                rows = stream.standard_normal((len(own), WIDTH), np.float32)
                rows += means[own].astype(np.float32)
                file.write(rows.data)
    (place / "done").touch()


def read(place, way):
    """The `Benchmark`."""

    def split(name):
        features = Stored(place / f"{name}.features.npy")
        labels = np.load(place / f"{name}.labels.npy")
        return Split(features[:] if way == "memory" else features, labels)

    return Benchmark(
        name="made",
        class_names=tuple(map(str, range(CLASSES))),
        semantics=np.load(place / "semantics.npy"),
        seen=np.arange(SEEN),
        unseen=np.arange(SEEN, CLASSES),
        fingerprint="made",
        **{n: split(n) for n in ("train", "test_seen", "test_unseen")},
    )


@dataclasses.dataclass
class Stage:
    """Prints how long what is within took, as a context manager."""

    name: str
    rows: int

    def __enter__(self):
        """Starts both clocks."""
        self._began = time.perf_counter(), time.process_time()

    def __exit__(self, *_):
        """Prints the line."""
        clock = time.perf_counter() - self._began[0]
        busy = time.process_time() - self._began[1]
        print(
            f"{self.name}: {clock:.1f} s, of processors {busy:.1f} s; "
            f"{self.rows / clock:.0f} rows/s; peak {peak():.0f} MB",
            flush=True,
        )


def peak():
    """The largest resident set so far, MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3


if __name__ == "__main__":
    main()
