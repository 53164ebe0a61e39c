"""A run of several replicas: what all of them do, and what one keeps of it."""

import contextlib
import dataclasses
import tempfile
import time

import tensorflow as tf

from aspn_tf import distribution
from aspn_tf.data import partitions
from aspn_tf.errors import InputError, Stopped
from aspn_tf.evaluation.evaluator import Evaluator
from aspn_tf.runs import fitting
from aspn_tf.runs.monitor import Quiet

LINGER = 2.0  # seconds in which the chief has what it still waits for
WAY = "the same command on every worker goes on"


@contextlib.contextmanager
def joined(config):
    """The strategy that the config asks for, once all workers are there.

    Yields:
      It; None where there is none.

    Raises:
      InputError: there is no such strategy, or not with these settings.
      Lost: another worker has gone.
    """
    strategy = distribution.strategy(config.distribute)
    if strategy:
        _refuse_a_rest(config, strategy.num_replicas_in_sync)
    with distribution.together(strategy):
        yield strategy


def fitted(config, benchmark, monitor, strategy):
    """The `Fit` by all replicas, its method as one device has it.

    Args:
      config: the `Config`, whose `seed` counts.
      benchmark: the `Benchmark`.
      monitor: of the run; `Quiet` where nothing is written.
      strategy: of `joined`.
    """
    return _fitted(config, benchmark, monitor, strategy, lambda method: None)[0]


def scored(config, benchmark, monitor, strategy):
    """The same, and how it scores the test rows.

    Returns:
      The `Fit`, what is `Ranked`, some `Scores`, and the seconds that it took.
    """

    def score(method):
        evaluator = Evaluator(method, benchmark)
        evaluator.trace()
        traced = time.perf_counter()
        return *evaluator.in_use(), time.perf_counter() - traced

    fit, found = _fitted(config, benchmark, monitor, strategy, score)
    return fit, *found


def follow(config, whole, strategy):
    """What every worker but the chief does: it keeps nothing.

    Args:
      config: the `Config`.
      whole: the `Benchmark` that the exported model is trained on.
      strategy: of `joined`.

    Returns:
      What the chief has `told` at its end.

    Raises:
      Stopped: a signal has come, here or there.
    """
    benchmark = partitions.measurable(whole)
    try:
        for seed in told(strategy):
            seeded = config.replace(seed=seed)
            scored(seeded, benchmark, Quiet(False), strategy)
            if whole is not benchmark:
                fitted(seeded, whole, Quiet(False), strategy)
        return told(strategy)
    except Stopped as stopped:
        time.sleep(LINGER)
        raise Stopped(stopped.signal, WAY) from stopped


def told(strategy, value=None):
    """The chief's value, which json can write, on every worker."""
    with distribution.scope(strategy):
        return distribution.of_chief(value)


def part(strategy):
    """Waits, before this worker ends, until no other wants anything of it."""
    with contextlib.suppress(*distribution.GONE):
        told(strategy)


def _fitted(config, benchmark, monitor, strategy, then):
    with distribution.scope(strategy):
        fit = fitting.fit(config, benchmark, monitor)
        found = then(fit.method)
    if strategy:
        method = _alone(config, benchmark, fit.method, strategy)
        fit = dataclasses.replace(fit, method=method)
    return fit, found


def _alone(config, benchmark, method, strategy):
    """A method as one device has it, which a file can hold.

    A worker that is not the chief has its share in this, and no use of it.
    """
    with tempfile.TemporaryDirectory() as place:
        path = tf.train.Checkpoint(method=method).write(f"{place}/state")
        if not distribution.is_chief(strategy):
            return method
        alone = fitting.build(config, benchmark, method.fixed())
        checkpoint = tf.train.Checkpoint(method=alone)
        checkpoint.read(path).assert_existing_objects_matched()
        return alone


def _refuse_a_rest(config, replicas):
    batch = config.own.batch_size
    if batch % replicas:
        raise InputError(
            f"`--{config.method}.batch_size` must be a multiple of the number "
            f"of replicas, {replicas}. Received: {batch}"
        )
