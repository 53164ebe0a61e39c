"""What a training step of ASPN costs by the number of classes.

    PYTHONPATH=. python benchmarks/class_speed.py --classes=50,200,1000,10000

Default settings, batches of 64, features of 2048 numbers and 85 attributes,
content random, four fifths of the classes seen. Each number of classes is timed
as it is, and with Eq. 7 over all classes where it would be sampled; all in
turns, in one process. Medians of the time by the clock and of the processors'
time, which other processes change less.
"""

import argparse
import time

import numpy as np
import step_speed
import tensorflow as tf

from aspn_tf.data.benchmark import TrainingView
from aspn_tf.evaluation.flops import flops
from aspn_tf.methods import registry
from aspn_tf.methods.training import Steps

WIDTH, SEMANTICS_WIDTH, ROWS = 2048, 85, 4096


def main():
    """Prints a line for each number of classes and way."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--classes", default="50,200,1000,10000")
    parser.add_argument("--steps", type=int, default=3)
    parser.add_argument("--repeats", type=int, default=5)
    arguments = parser.parse_args()
    default = registry.settings_class("aspn")().sampled_classes
    cases = {}
    for count in map(int, arguments.classes.split(",")):
        cases[count, default] = case(count, default, arguments.steps)
        if count > default:
            cases[count, 0] = case(count, 0, arguments.steps)
    found = {key: [] for key in cases}
    for _ in range(arguments.repeats):
        for key, (train, _) in cases.items():
            busy = time.process_time()
            clock = step_speed.seconds(train)
            found[key].append((clock, time.process_time() - busy))
    print(
        "| classes | Eq. 7 over | GFLOP | ms a step | to 200 | ms of "
        "processors | to 200 |"
    )
    middle = {
        key: 1e3 / arguments.steps * np.median(times, axis=0)
        for key, times in found.items()
    }
    unit = middle.get((200, default), np.ones(2))
    for (count, size), times in middle.items():
        clock, busy = times
        ratios = times / unit
        print(
            f"| {count:,} | {min(count, size or count):,} | "
            f"{cases[count, size][1] / 1e9:.1f} | {clock:.0f} | "
            f"{ratios[0]:.2f} | {busy:.0f} | {ratios[1]:.2f} |",
            flush=True,
        )


def case(count, size, steps):
    """(callable that trains some steps, FLOPs of one)."""
    settings = registry.settings_class("aspn")(
        **step_speed.PLAIN["aspn"], sampled_classes=size
    )
    method = registry.build("aspn", view(count), settings)
    stream = np.random.default_rng(0)
    rows = stream.integers(0, ROWS, (steps, step_speed.BATCH))
    features = tf.constant(method.view.features)
    labels = tf.constant(method.view.labels, tf.int64)
    loop = Steps(method.model)

    def train():
        loop(features, labels, rows)

    train()
    specs = (
        tf.TensorSpec((step_speed.BATCH, WIDTH)),
        tf.TensorSpec((step_speed.BATCH,), tf.int64),
    )
    return train, flops(method.abilities()["training_step"], *specs)[0]


def view(count):
    """A `TrainingView` of so many classes with random content."""
    stream = np.random.default_rng(0)
    seen = 4 * count // 5
    ids = np.arange(count)
    labels = np.concatenate([ids[:seen], stream.choice(seen, ROWS)])
    return TrainingView(
        stream.random((len(labels), WIDTH), np.float32),
        labels,
        stream.normal(size=(count, SEMANTICS_WIDTH)).astype(np.float32),
        ids[:seen],
        ids[seen:],
    )


if __name__ == "__main__":
    main()
