"""What replicas make of a batch beside what one process makes of it.

`python whole_batch.py devices` and, once a worker, `python whole_batch.py
workers` print it as JSON. A replica draws numbers of its own, so that its
losses are its own too. Here it draws those of the whole batch, and takes its
rows of them.
"""

import contextlib
import json
import sys
import threading

import numpy as np
import pytest
import small
import tensorflow as tf
from views import ten_classes

from aspn_tf import distribution
from aspn_tf.evaluation.evaluator import Evaluator
from aspn_tf.methods.adam import FusedAdam
from aspn_tf.methods.registry import settings_class
from aspn_tf.model.layers import CategoryAttention

STEPS, FEW, RATE = 50, 5, 0.02
SIZES = {"epochs": 2, "steps_per_epoch": 4, "batch_size": 16}
SIZES |= {"hidden_width": 16}


class Draws:
    """Stands for the random stream of a model.

    Args:
      model: whose steps it counts.
    """

    def __init__(self, model):
        self._step, self._count = model.train_step, model.optimizer.iterations
        self._calls = threading.local()  # a replica is traced in its thread
        model.train_step = self._counted
        self.normal = self._drawn(tf.random.stateless_normal)
        self.uniform = self._drawn(tf.random.stateless_uniform)

    def _counted(self, data):
        self._calls.number = 0
        return self._step(data)

    def _drawn(self, draw):
        def drawn(shape, **options):
            self._calls.number += 1
            count, *rest = tf.unstack(tf.convert_to_tensor(shape))
            replicas = tf.distribute.get_strategy().num_replicas_in_sync
            seed = self._calls.number, self._count.value
            whole = draw((count * replicas, *rest), seed, **options)
            place = tf.distribute.get_replica_context()
            return whole[place.replica_id_in_sync_group :: replicas]

        return drawn


@contextlib.contextmanager
def attention_by_parts(replicas):
    """Within, the attention of one process sees what a replica's does."""
    whole = CategoryAttention.call

    def call(self, features):
        if tf.distribute.has_strategy():
            return whole(self, features)
        parts = [whole(self, features[k::replicas]) for k in range(replicas)]
        return tf.reshape(tf.stack(parts, 1), (-1, *features.shape[1:]))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(CategoryAttention, "call", call)
        yield


@contextlib.contextmanager
def plain_descent():
    """Within, no Adam, which cannot tell a gradient from its double."""

    def update_step(self, gradient, variable, learning_rate):
        variable.assign_sub(RATE * gradient)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(FusedAdam, "update_step", update_step)
        yield


def trained(name, strategy, steps, **changes):
    """The logs of each step, and all heads on the test rows after them.

    Args:
      name: of the method.
      strategy: None for one process.
      steps: how many.
      **changes: of its small settings.
    """
    # No count of replicas divides the test rows.
    data = ten_classes("shared", 5, 1, np.arange(10))
    with distribution.scope(strategy):
        method = small.built(name, data.training(), **changes)
        start = [v.numpy().tolist() for v in method.model.trainable_variables]
        method.model.random = Draws(method.model)
        width = method.batches_per_step * method.settings.batch_size
        count = len(data.train.labels)
        rows = np.random.default_rng(5).integers(count, size=(steps, width))
        logs = [
            dict(method._train(method._features, method._labels, rows[[k]]))
            for k in range(steps)
        ]
        heads = Evaluator(method, data, batch_size=16).heads()
        scores = [
            {head: rows.tolist() for head, rows in side.items()}
            for side in (heads.seen, heads.unseen)
        ]
    return {"start": start, "logs": logs, "scores": scores}


def reading(name):
    """Settings of a reading of ASPN, as small as the default's."""
    kind = settings_class("aspn")
    changes = kind.READINGS[name]
    return {k: v for k, v in changes.items() if hasattr(kind, k)} | SIZES


def pair(replicas, strategy, name, steps, **changes):
    """[alone, shared]."""
    with attention_by_parts(replicas):
        return [
            trained(name, one, steps, **changes) for one in (None, strategy)
        ]


def devices(names):
    """By name: how many replicas and a reading, "4 default"; or a method."""
    cpu = tf.config.list_physical_devices("CPU")[0]
    tf.config.set_logical_device_configuration(
        cpu, [tf.config.LogicalDeviceConfiguration()] * 4
    )
    four = distribution.strategy("mirrored")
    two = tf.distribute.MirroredStrategy(
        ["CPU:0", "CPU:1"], tf.distribute.ReductionToOneDevice()
    )
    found = {}
    for name in names:
        if " " in name:
            count, own = name.split()
            strategy = {"2": two, "4": four}[count]
            found[name] = pair(
                int(count), strategy, "aspn", STEPS, **reading(own)
            )
        else:
            with plain_descent():
                found[name] = pair(2, two, name, FEW)
    return found


def workers():
    """Of the default reading; and what workers tell each other."""
    strategy = distribution.strategy("multiworker")
    chief = distribution.is_chief(strategy)
    with strategy.scope():
        state = tf.Module()
        state.own = tf.Variable([1.5, -0.0, 7.0] if chief else [0.0] * 3)
        state.own.assign(state.own + (0.0 if chief else 9.0))
        distribution.alike(state)
        told = {
            "chief": chief,
            "of_chief": distribution.of_chief(
                {"né": [1, 0.1]} if chief else None
            ),
            "nothing": distribution.of_chief([]),
            "anywhere": [
                bool(flag)
                for flag in distribution.anywhere(False, chief, not chief, True)
            ],
            "alike": state.own.numpy().tolist(),
        }
    return {
        "told": told,
        "pair": pair(2, strategy, "aspn", STEPS, **reading("default")),
    }


if __name__ == "__main__":
    kind, *names = sys.argv[1:]
    print(json.dumps(workers() if kind == "workers" else devices(names)))
