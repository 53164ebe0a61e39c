"""What scoring costs: evaluation at AWA1's size, and the best of 10^5 classes.

    PYTHONPATH=. python benchmarks/scoring_speed.py evaluation
    PYTHONPATH=. python benchmarks/scoring_speed.py ranking --way=blocks
    PYTHONPATH=. python benchmarks/scoring_speed.py ranking --way=whole
    PYTHONPATH=. python benchmarks/scoring_speed.py ranks

Content is random. `evaluation`: 5,958 and 5,685 test rows of 2048 numbers among
50 classes, all that a run makes of them after tracing, by the exported affine
map and by all heads of ASPN. `ranking`: the best five of 100,000 classes told
by their semantics for 1,024 rows; each way in a process of its own, as what
counts is the largest resident set. `ranks`: 20,000 test rows and 10,000
classes, whose scores would take 0.8 GB a head.
"""

import argparse
import statistics
import time

import numpy as np
import step_speed
import tensorflow as tf
from stream_speed import peak

from aspn_tf.data.benchmark import Benchmark
from aspn_tf.data.views import Split
from aspn_tf.evaluation import evaluator as evaluators
from aspn_tf.evaluation.evaluator import Evaluator
from aspn_tf.methods import registry
from aspn_tf.serving import ranking

WIDTH, SEMANTICS_WIDTH = 2048, 85


def main():
    """Runs one part."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("part", choices=("evaluation", "ranking", "ranks"))
    parser.add_argument("--way", default="blocks", choices=("blocks", "whole"))
    arguments = parser.parse_args()
    if arguments.part == "evaluation":
        evaluation()
    elif arguments.part == "ranking":
        told(ranks, arguments.way)
    else:
        told(evaluated, arguments.way)


def told(part, way):
    """Seconds and memory of a part, where "whole" knows no bounds."""
    if way == "whole":
        ranking.SCORES = ranking.CLASSES = evaluators.SCORES = 1 << 62
    run = part()
    before, started = peak(), time.perf_counter()
    run()
    clock = time.perf_counter() - started
    print(f"{way}: {clock:.1f} s; peak {before:.0f}, then {peak():.0f} MB")


def evaluation(repeats=7):
    """Prints the medians of every way."""
    benchmark = made(40, 10, 200, 5958, 5685)
    method = registry.build("aspn", benchmark.training())
    for semantic_share in (0.0, 1.0):  # without the decoder's scores, and with
        setting = {"epoch": 0, "semantic_share": semantic_share}
        method.use(setting)
        evaluator = Evaluator(method, benchmark)
        evaluator.trace()
        for name, score in (
            ("in use", lambda e: e.in_use()[0]),
            ("all heads", lambda e: e.found([e._weights()])[0][0][0]),
        ):
            times = []
            for _ in range(repeats):
                busy, started = time.process_time(), time.perf_counter()
                ranked = score(evaluator)
                scored = time.perf_counter()
                evaluator.report(ranked)
                evaluator.report(ranked, 0.1)
                ended = time.perf_counter()
                busy = time.process_time() - busy
                times.append((scored - started, ended - scored, busy))
            scored, measured, busy = map(statistics.median, zip(*times))
            print(
                f"semantic share {semantic_share}, {name}: scores "
                f"{scored:.3f} s, two reports {measured:.3f} s; of processors "
                f"{busy:.3f} s",
                flush=True,
            )


def ranks():
    """The best of 10^5 classes by `classify`, to be run."""
    benchmark = made(40, 10, 5, 5, 5)
    method = registry.build("aspn", benchmark.training())
    method.use({"epoch": 0})
    classify = tf.function(method.classify, autograph=False, reduce_retracing=1)
    stream = np.random.default_rng(1)
    semantics = stream.normal(size=(100_000, SEMANTICS_WIDTH))
    semantics = semantics.astype(np.float32)
    rows = tf.constant(stream.random((1024, WIDTH), np.float32))
    seen = np.zeros(len(semantics), bool)

    def run():
        ranking.best(
            lambda features, semantics, seen: classify(features, semantics),
            *(rows, semantics, seen, 50, 5),
        )

    return run


def evaluated():
    """The ranks of many rows and classes, to be run."""
    benchmark = made(8000, 2000, 1, 10_000, 10_000)
    settings = registry.settings_class("aspn")(**step_speed.PLAIN["aspn"])
    method = registry.build("aspn", benchmark.training(), settings)
    method.use({"epoch": 1})
    evaluator = Evaluator(method, benchmark)
    if evaluators.SCORES > 1 << 60:
        return lambda: evaluator.report(evaluator.scores())
    return lambda: evaluator.report(
        evaluator.found([evaluator._weights()])[0][0][0]
    )


def made(seen, unseen, each, seen_rows, unseen_rows):
    """A `Benchmark` of these sizes with random content."""
    stream = np.random.default_rng(0)
    count = seen + unseen
    semantics = stream.normal(size=(count, SEMANTICS_WIDTH))
    ids = np.arange(count)

    def split(classes, rows):
        labels = np.sort(np.resize(classes, rows))
        return Split(stream.random((rows, WIDTH), np.float32), labels)

    return Benchmark(
        name="made",
        class_names=tuple(map(str, ids)),
        semantics=semantics.astype(np.float32),
        seen=ids[:seen],
        unseen=ids[seen:],
        train=split(ids[:seen], seen * each),
        test_seen=split(ids[:seen], seen_rows),
        test_unseen=split(ids[seen:], unseen_rows),
        fingerprint="made",
    )


if __name__ == "__main__":
    main()
