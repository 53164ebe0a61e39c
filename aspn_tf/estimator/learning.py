"""From arrays to a method that is trained, chosen and calibrated."""

import contextlib
import hashlib
import random
import warnings

import numpy as np
import tensorflow as tf

from aspn_tf.data import magnitudes, partitions
from aspn_tf.data.benchmark import Benchmark, Split
from aspn_tf.evaluation import selection
from aspn_tf.runs import fitting
from aspn_tf.runs.monitor import Quiet

LEAST_CLASSES = 4  # to choose on: two that play unseen ones and two others


def benchmark_of(features, labels, seen, described, seed):
    """A `Benchmark` without test examples.

    Args:
      features: (n, d) float32.
      labels: (n,) places in `seen`.
      seen: sorted labels of the classes that have examples.
      described: the `aspn_tf.data.descriptions.Descriptions` of all classes.
      seed: of the partition to choose on.

    Raises:
      InputError: numbers are too large or too small.
    """
    magnitudes.check(features, described.semantics)
    ids = np.searchsorted(described.classes, seen)
    none = Split(features[:0], np.zeros(0, np.int64))
    every = np.arange(len(described.classes))
    digest = hashlib.sha256(np.ascontiguousarray(features))
    digest.update(labels.tobytes() + described.semantics.tobytes())
    whole = Benchmark(
        name="arrays",
        class_names=tuple(map(str, described.classes.tolist())),
        semantics=described.semantics,
        seen=ids,
        unseen=np.setdiff1d(every, ids),
        train=Split(features, ids[labels]),
        test_seen=none,
        test_unseen=none,
        fingerprint=digest.hexdigest(),
        attribute_names=described.attribute_names,
    )
    count = partitions.count_of(whole, partitions.FOLDS)
    return partitions.dealt(whole, 0, count, seed) if count > 1 else whole


def fit(config, benchmark, bars=False):
    """A method in use and the `Choice` of its setting and calibration.

    Where there are too few classes or examples to choose on, it is trained to
    its last state, or solved at the middle of its grid; a warning says so.

    Args:
      config: the `Config`.
      benchmark: of `benchmark_of`.
      bars: whether progress bars are shown.
    """
    monitor = Quiet(bars)
    with _alone():
        if _can_choose(benchmark):
            found = fitting.fit(config, benchmark, monitor)
            return found.method, found.choice
        warnings.warn(
            f"There must be {LEAST_CLASSES} classes with examples, and more "
            "than two examples a class, to choose settings, a calibration and "
            "probabilities on. Received: less; they are not chosen.",
            stacklevel=3,
        )
        method = fitting.build(config, benchmark)
        states = method.rounds()
        middle = states[len(states) // 2] if method.closed_form else None
        for _ in selection.train(method, middle):
            pass
        return method, selection.Choice(middle, 0.0, measures=None)


def _can_choose(benchmark):
    """Whether a validation partition has all its parts."""
    held_out = len(benchmark.val_seen_rows)
    return len(benchmark.seen) >= LEAST_CLASSES and held_out > 0


@contextlib.contextmanager
def _alone():
    """Leaves the process as it was: global random streams, TensorFlow's logger.

    The streams are what Keras' seed sets anew; the logger would tell the user
    that each partition is traced by itself.
    """
    states = random.getstate(), np.random.get_state()
    logger = tf.get_logger()
    level = logger.level
    logger.setLevel("ERROR")
    try:
        yield
    finally:
        logger.setLevel(level)
        random.setstate(states[0])
        np.random.set_state(states[1])
