"""What a training step of ASPN costs by the number of classes.

    PYTHONPATH=. python benchmarks/class_speed.py --classes=50,200,1000,10000

Default settings, batches of 64, features of 2048 numbers and 85 attributes,
content random, four fifths of the classes seen. Each number of classes is timed
as it is, and with Eq. 7 over all classes where it would be sampled; all in
turns, in one process. Medians.
"""

import argparse
import statistics

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
    parser.add_argument("--steps", type=int, default=5)
    parser.add_argument("--repeats", type=int, default=7)
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
            found[key].append(step_speed.seconds(train) / arguments.steps)
    print("| classes | Eq. 7 over | GFLOP | ms a step | to 200 classes |")
    unit = statistics.median(found.get((200, default), [1.0]))
    for (count, size), times in found.items():
        step = statistics.median(times)
        over = min(count, size or count)
        print(
            f"| {count:,} | {over:,} | {cases[count, size][1] / 1e9:.1f} | "
            f"{1e3 * step:.0f} | {step / unit:.2f} |"
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
