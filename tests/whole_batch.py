"""The losses of a method, step by step, where replicas draw as one would.

A replica draws numbers of its own, so that no two numbers of replicas give the
same losses. Here it draws those of the whole batch and takes its rows of them.
"""

import threading

import keras
import numpy as np
import small
import tensorflow as tf

from aspn_tf import distribution
from aspn_tf.model.layers import CategoryAttention

STEPS = 50


class Draws:
    """Stands for a random stream of a model.

    Args:
      model: whose `train_step` it counts.
      seed: of all numbers.
    """

    def __init__(self, model, seed=0):
        self._seed, self._calls = seed, {}
        self._step, self._iterations = model.train_step, None
        self._iterations = model.optimizer.iterations
        model.train_step = self._counted
        self.normal = self._drawn(tf.random.stateless_normal)
        self.uniform = self._drawn(tf.random.stateless_uniform)

    def _counted(self, data):
        self._calls[threading.get_ident()] = 0
        return self._step(data)

    def _drawn(self, draw):
        def drawn(shape, **options):
            call = self._calls[threading.get_ident()]
            self._calls[threading.get_ident()] += 1
            options.setdefault("maxval", None) if False else None
            count, *rest = shape if isinstance(shape, tuple) else tf.unstack(shape)
            replicas = tf.distribute.get_strategy().num_replicas_in_sync
            seed = (self._seed + 1000 * call, self._iterations.value)
            whole = draw((count * replicas, *rest), seed, **options)
            if replicas == 1:
                return whole
            return whole[distribution._place() :: replicas]

        return drawn


def attend_by_parts(patch, replicas):
    """Lets the attention see, in one process, what a replica would."""
    whole = CategoryAttention.call

    def call(self, features):
        if tf.distribute.has_strategy():
            return whole(self, features)
        parts = [whole(self, features[k::replicas]) for k in range(replicas)]
        return tf.reshape(
            tf.stack(parts, axis=1), (-1, *features.shape[1:])
        )

    patch.setattr(CategoryAttention, "call", call)


def losses(name, view, strategy=None, steps=STEPS, **changes):
    """Every logged term of so many steps, a list of dicts.

    Args:
      name: of the method.
      view: the `TrainingView`.
      strategy: None for one process.
      steps: how many.
      **changes: of its small settings.
    """
    with distribution.scope(strategy):
        method = small.built(name, view, **changes)
        method.model.random = Draws(method.model)
        width = method.batches_per_step * method.settings.batch_size
        rows = np.random.default_rng(5).integers(
            len(view.labels), size=(steps, width)
        )
        return [
            dict(method._train(method._features, method._labels, rows[[k]]))
            for k in range(steps)
        ]
