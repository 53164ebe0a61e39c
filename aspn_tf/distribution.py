"""One training on several devices or machines, by `tf.distribute`.

Every replica holds the model and computes its part of each batch. Workers are
processes, most often one a machine, that TF_CONFIG tells of each other; each
runs the same command, and makes the same calls of this module in the same
order. The first of them is the chief: it alone reads and writes what is kept,
and what it has read, measured or decided holds for all. Without workers all
functions here return what they are given.
"""

import contextlib
import functools
import json
import os
import pathlib
import tempfile

import numpy as np
import tensorflow as tf

from aspn_tf import stopping
from aspn_tf.errors import InputError, Lost

GONE = (  # what TensorFlow raises where another worker has ended
    tf.errors.AbortedError,
    tf.errors.CancelledError,
    tf.errors.DeadlineExceededError,
    tf.errors.UnavailableError,
)
LONGEST = 200  # of what TensorFlow says
WORD = np.dtype(np.int64)  # what workers exchange


def strategy(kind):
    """The strategy that `--distribute` names; None of "none".

    To be made before TensorFlow computes anything. With workers it waits for
    the others.

    Args:
      kind: "none"; "mirrored", for all GPUs of this machine or, without one,
        all logical CPUs; "multiworker", for all machines of TF_CONFIG.

    Raises:
      InputError: there is one device alone, or TF_CONFIG says nothing of use.
      Lost: the other workers are not found.
    """
    if kind == "mirrored":
        return _mirrored()
    if kind == "multiworker":
        _check_cluster(os.environ.get("TF_CONFIG", ""))
        stopping.at_once()  # it waits for the others
        try:
            return tf.distribute.MultiWorkerMirroredStrategy()
        except tf.errors.OpError as error:
            raise Lost(
                "All workers of TF_CONFIG must be started, each at its own "
                "address, and reach each other. Received: "
                f"{' '.join(str(error).split())[:LONGEST]}"
            ) from error
    return None


def _mirrored():
    devices, reduction = tf.config.list_logical_devices("GPU"), None
    if not devices:
        devices = tf.config.list_logical_devices("CPU")
        reduction = tf.distribute.ReductionToOneDevice()
    if len(devices) < 2:
        raise InputError(
            "`--distribute=mirrored` must find at least two devices. "
            f"Received: {devices[0].name} alone; leave the flag out."
        )
    names = [device.name for device in devices]
    return tf.distribute.MirroredStrategy(names, reduction)


def scope(strategy):
    """Within, what is made is made for a strategy; None: as ever."""
    return strategy.scope() if strategy else contextlib.nullcontext()


def is_chief(strategy=None):
    """Whether this process is the one that writes; None: of the scope."""
    strategy = strategy or tf.distribute.get_strategy()
    return strategy.extended.should_save_summary


@contextlib.contextmanager
def together(strategy):
    """Within, a worker that has gone ends this one too.

    Raises:
      Lost: one has; TensorFlow finds it within some seconds.
    """
    try:
        yield
    except GONE as error:
        if not _several(strategy):
            raise
        raise Lost(
            "All workers of TF_CONFIG must go on to the end. Received: one has "
            "ended or cannot be reached; what was kept before is there, and "
            "the same command on every worker goes on from it."
        ) from error


def anywhere(*flags):
    """Of flags of this worker, whether each is set on any of them."""
    strategy = tf.distribute.get_strategy()
    if not _several(strategy):
        return flags
    counts = _summing(strategy)(np.array([*map(bool, flags)], WORD))
    return tuple(counts.numpy() > 0)


def of_chief(value):
    """The chief's value, which json can write, on every worker."""
    if not _several(tf.distribute.get_strategy()):
        return value
    return json.loads(_bytes_of_chief(json.dumps(value).encode()))


def alike(method):
    """Brings a method on every worker to the state that it has on the chief.

    Args:
      method: a `tf.Module`, made within the scope of the strategy.
    """
    strategy = tf.distribute.get_strategy()
    if not _several(strategy):
        return
    with tempfile.TemporaryDirectory() as place:
        checkpoint = tf.train.Checkpoint(method=method)
        path = pathlib.Path(checkpoint.write(f"{place}/state"))
        for name in of_chief(sorted(os.listdir(place))):
            file = path.with_name(name)
            chief = is_chief(strategy)
            data = _bytes_of_chief(file.read_bytes() if chief else b"")
            if not chief:
                file.write_bytes(data)
        if not chief:
            checkpoint.read(str(path)).assert_consumed()


def by_parts(function):
    """A function of rows (n, ...), of which each replica computes a part.

    Args:
      function: rows to a dict of rows, each from its own row alone.

    Returns:
      The same function outside of a strategy.
    """
    if not tf.distribute.has_strategy():
        return function
    strategy = tf.distribute.get_strategy()

    def whole(rows):
        size = -(-tf.shape(rows)[0] // strategy.num_replicas_in_sync)

        def part(rows):
            start = size * _place()
            return function(rows[start : start + size])

        found = strategy.run(part, (rows,))
        return {
            name: strategy.gather(rows, axis=0) for name, rows in found.items()
        }

    return whole


def every_nth(rows):
    """Of a batch, within a replica, the rows that are its part of it.

    The rows of a replica are as far apart as there are replicas, so that
    parts of a batch that follow each other are shared one by one.
    """
    count = tf.distribute.get_strategy().num_replicas_in_sync
    return tf.reshape(rows, (-1, count, *rows.shape[1:]))[:, _place()]


def _place():
    """Of this replica among all."""
    return tf.distribute.get_replica_context().replica_id_in_sync_group


def _several(strategy):
    return isinstance(strategy, tf.distribute.MultiWorkerMirroredStrategy)


def _bytes_of_chief(data):
    """The chief's bytes, on every worker; the others' count nothing."""
    strategy = tf.distribute.get_strategy()
    total, chief = _summing(strategy), is_chief(strategy)
    size = int(total(np.array([chief * len(data)], WORD))[0])
    words = np.zeros(-(-size // WORD.itemsize), WORD)
    if chief:
        words.view(np.uint8)[:size] = np.frombuffer(data, np.uint8)
    return total(words).numpy().tobytes()[:size]


@functools.lru_cache(maxsize=1)
def _summing(strategy):
    """A function of int64 (n,) that adds up those of all workers."""
    own = len(strategy.extended.worker_devices)

    @tf.function(
        input_signature=[tf.TensorSpec((None,), tf.int64)], autograph=False
    )
    def total(numbers):
        once = strategy.run(
            lambda: tf.where(_place() % own == 0, numbers, 0 * numbers)
        )
        return strategy.reduce("SUM", once, axis=None)

    return total


def _check_cluster(text):
    """Refuses a TF_CONFIG in which this process has no place."""
    try:
        told = json.loads(text)
        cluster, task = told["cluster"], told["task"]
        known = set(cluster) <= {"chief", "worker"}
        address = cluster[task["type"]][int(task["index"])]
        if known and isinstance(address, str):
            return
    except (ValueError, KeyError, TypeError, IndexError):
        pass
    raise InputError(
        "`--distribute=multiworker` must come with TF_CONFIG in the "
        'environment, such as {"cluster": {"worker": ["host:port", ...]}, '
        f'"task": {{"type": "worker", "index": 0}}}}. Received: {text!r:.200}'
    )
