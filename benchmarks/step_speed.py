"""A training step beside its floor, the step's own matrix products alone.

    PYTHONPATH=. python benchmarks/step_speed.py --methods=aspn,clswgan

Sizes are those of a data set with the paper's features, AWA1's by default;
content is random. A step is all updates of one call of `train_step`, in the
compiled loop that training uses. Its products are read from the traced graph;
each, of the same shape, layout and type, is timed by itself in the same
process, in turns with the step. The floor is their sum: no step that makes
these products is quicker.
"""

import argparse
import collections
import statistics
import time

import keras
import numpy as np
import tensorflow as tf

from aspn_tf.evaluation import cost, paper
from aspn_tf.evaluation.flops import executed, flops
from aspn_tf.methods import registry
from aspn_tf.methods.training import Steps

BATCH = cost.BATCH_SIZE
ROWS = 4096
PLAIN = {"aspn": {"warm_start": False, "feature_scaling": "max"}}  # built fast


def main():
    """Prints a line a method and precision."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--methods", default="aspn,clswgan,cycle_clswgan")
    parser.add_argument("--dataset", default="awa1", choices=paper.SIZES)
    parser.add_argument("--precisions", default="float32")
    parser.add_argument("--steps", type=int, default=10)
    parser.add_argument("--repeats", type=int, default=9)
    parser.add_argument("--xla", action="store_true")  # as the GANs train
    arguments = parser.parse_args()
    print("method, precision: GFLOP, ms a step, ms floor, ratio (medians)")
    for name in arguments.methods.split(","):
        for precision in arguments.precisions.split(","):
            print(f"{name}, {precision}: {measure(name, precision, arguments)}")


def measure(name, precision, arguments):
    """The figures of one method, as text."""
    keras.config.set_dtype_policy(precision)
    settings = registry.settings_class(name)(**PLAIN.get(name, {}))
    method = registry.build(name, blank(arguments.dataset), settings)
    steps = Steps(method.model, jit_compile=arguments.xla)
    stream = np.random.default_rng(0)
    batch = BATCH * method.batches_per_step
    rows = stream.integers(0, ROWS, (arguments.steps, batch))
    features = tf.constant(method.view.features)
    labels = tf.constant(method.view.labels, tf.int64)
    specs = (
        tf.TensorSpec((batch, features.shape[1]), tf.float32),
        tf.TensorSpec((batch,), tf.int64),
    )
    started = time.perf_counter()

    def train():
        steps(features, labels, rows)

    train()
    traced = time.perf_counter() - started
    products = products_of(steps.step.get_concrete_function(*specs).graph)
    operations, _ = flops(method.abilities()["training_step"], *specs)
    of_step, of_floor = [], []
    for _ in range(arguments.repeats):
        of_step.append(seconds(train) / arguments.steps)
        of_floor.append(sum(n * one() for one, n in products))
    step, floor = map(statistics.median, (of_step, of_floor))
    return (
        f"{operations / 1e9:.1f}, {1e3 * step:.0f}, {1e3 * floor:.0f}, "
        f"{step / floor:.2f}; products at {operations / 1e9 / floor:.0f} "
        f"GFLOP/s; first call {traced:.1f} s"
    )


def blank(dataset):
    """A training view of the paper's sizes with random features."""
    view = cost.blank(*paper.SIZES[dataset])
    stream = np.random.default_rng(0)
    labels = stream.choice(view.seen, ROWS)
    shape = ROWS, view.features.shape[1]
    features = stream.random(shape).astype(np.float32)
    semantics = stream.normal(size=view.semantics.shape).astype(np.float32)
    return view.__class__(features, labels, semantics, view.seen, view.unseen)


def products_of(graph):
    """[(callable that times one product, how often it is made)]."""
    found = collections.Counter(
        (
            *(tuple(tensor.shape) for tensor in op.inputs),
            op.get_attr("transpose_a"),
            op.get_attr("transpose_b"),
            op.get_attr("T"),
        )
        for op in executed(graph)
        if op.type == "MatMul"
    )
    return [(timer(*key), count) for key, count in found.items()]


def timer(left, right, transpose_left, transpose_right, kind, times=3):
    """A callable for the seconds of one product of random matrices."""
    left, right = (
        tf.cast(tf.random.normal(shape), kind) for shape in (left, right)
    )

    @tf.function(autograph=False)
    def product(left, right):
        return tf.matmul(left, right, transpose_left, transpose_right)

    product(left, right)

    def run():
        for _ in range(times):
            product(left, right)

    return lambda: seconds(run) / times


def seconds(run):
    """Wall-clock time of a call."""
    started = time.perf_counter()
    run()
    return time.perf_counter() - started


if __name__ == "__main__":
    main()
