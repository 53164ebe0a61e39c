"""What trained methods share: the order of examples and the compiled loop."""

import math

import numpy as np
import tensorflow as tf

from aspn_tf import distribution
from aspn_tf.errors import InputError

READ = 8192  # rows that are read at once


class Order(tf.Module):
    """One endless order of examples: pass after pass, each shuffled anew.

    How many were drawn is a variable, from which, with the seed, all that
    follows is known: a checkpoint that holds it goes on where it was.

    Args:
      count: how many examples there are.
      seed: of the shuffles.
    """

    def __init__(self, count, seed):
        super().__init__(name="order")
        self.count = count
        self.seed = seed
        self.drawn = tf.Variable(0, dtype=tf.int64, trainable=False)

    def take(self, number):
        """The next rows, int64 (number,)."""
        start = int(self.drawn.numpy())
        self.drawn.assign_add(number)
        first, last = start // self.count, (start + number - 1) // self.count
        passes = [self._shuffled(k) for k in range(first, last + 1)]
        skipped = start - first * self.count
        return np.concatenate(passes)[skipped : skipped + number]

    def _shuffled(self, number):
        return np.random.default_rng((self.seed, number)).permutation(
            self.count
        )


def some_of_each(labels, most, seed):
    """Rows of each class, in a drawn order, `most` at most."""
    stream = np.random.default_rng(seed)
    rows = stream.permutation(len(labels))
    rows = rows[np.argsort(labels[rows], kind="stable")]
    _, first, counts = np.unique(
        labels[rows], return_index=True, return_counts=True
    )
    rank = np.arange(len(rows)) - np.repeat(first, counts)
    return rows[rank < most]


def steps_of(steps_per_epoch, count, batch_size):
    """Steps an epoch: as many as asked for, or one pass where that is 0."""
    return steps_per_epoch or math.ceil(count / batch_size)


class Logs(dict):
    """Means of loss terms over steps, by name.

    Attributes:
      finite: for how many steps, from the first, each was finite.
    """

    finite = {}


class Steps:
    """Training steps of a model, many in one call of a compiled loop.

    Made within the scope of a strategy, each batch is shared by its replicas;
    see `aspn_tf.model.adversarial` for what a loss then stands for.

    Attributes:
      step: a `tf.function` of a batch's features (n, d) and labels (n,): one
        step. The loop calls it, so that for a batch of the loop's size it is
        traced already.

    Args:
      model: a compiled `keras.Model` whose `train_step` takes features and
        labels and updates its trackers.
      jit_compile: compile a step with XLA, which takes seconds once. It draws
        other random numbers, of the same kind. Not under a strategy.
    """

    def __init__(self, model, jit_compile=False):
        self._model = model
        # Without autograph, which would take longer than the tracing.
        self.step = tf.function(
            lambda *data: model.train_step(data),
            autograph=False,
            jit_compile=jit_compile or None,
        )
        self._run = None
        self._strategy = None
        if tf.distribute.has_strategy():
            self._strategy = tf.distribute.get_strategy()

    def __call__(self, features, labels, rows):
        """Trains for some steps, always on the same examples.

        Args:
          features: float32 tensor (n, d); or a callable of rows (k,) that
            returns those, which is asked for some steps at a time.
          labels: int64 tensor (n,).
          rows: int64 (steps, batch), the examples of each step.

        Returns:
          The means of the trackers over the steps by name, floats, as `Logs`.

        Raises:
          InputError: the replicas cannot share a batch alike.
        """
        parts = [(features, labels, rows)]
        if callable(features):
            parts = _read(features, labels, rows)
        self._model.reset_metrics()
        finite = 0
        for features, labels, rows in parts:
            if self._run is None:
                self._refuse_a_rest(rows.shape[1])
                self._run = tf.function(
                    self._loop, autograph=False
                ).get_concrete_function(
                    tf.TensorSpec((None, features.shape[1]), features.dtype),
                    tf.TensorSpec((None,), labels.dtype),
                    tf.TensorSpec((None, rows.shape[1]), tf.int64),
                )
            finite += self._run(features, labels, tf.constant(rows)).numpy()
        means = self._model.get_metrics_result()
        found = Logs({name: float(mean) for name, mean in means.items()})
        names = [metric.name for metric in self._model.metrics]
        found.finite = dict(zip(names, finite.tolist(), strict=True))
        return found

    def _loop(self, features, labels, rows):
        """Returns for how many steps each tracker was finite."""

        def step(number, finite):
            chosen = rows[number]
            data = tf.gather(features, chosen), tf.gather(labels, chosen)
            if self._strategy:
                now = self._shared(*data)
            else:
                self.step(*data)
                now = self._finite()
            return number + 1, finite + tf.cast(now, tf.int32)

        none = tf.zeros(len(self._model.metrics), tf.int32)
        count = tf.shape(rows)[0]
        _, finite = tf.while_loop(
            lambda number, _: number < count, step, [0, none]
        )
        return finite

    def _finite(self):
        """Of each tracker, whether its sum is finite; else it stays so."""
        sums = [metric.total.value for metric in self._model.metrics]
        return tf.math.is_finite(tf.stack(sums))

    def _shared(self, *data):
        """A step of all replicas; the same of those of this process."""

        def part(*data):
            self._model.train_step(tuple(map(distribution.every_nth, data)))
            return self._finite()

        found = self._strategy.run(part, data)
        found = self._strategy.experimental_local_results(found)
        return tf.reduce_all(tf.stack(found), axis=0)

    def _refuse_a_rest(self, batch):
        count = self._strategy.num_replicas_in_sync if self._strategy else 1
        if batch % count:
            raise InputError(
                "A batch must have as many rows for each replica. Received: "
                f"{batch} rows for {count} replicas; give another batch size."
            )


def _read(features, labels, rows):
    """The steps by parts, each with its own examples alone."""
    steps = max(1, READ // rows.shape[1])
    for start in range(0, len(rows), steps):
        part = rows[start : start + steps]
        drawn = part.ravel()
        places = np.arange(len(drawn)).reshape(part.shape)
        yield features(drawn), tf.gather(labels, drawn), places


def check_finite(logs, flag, value, epoch):
    """Refuses a loss that is NaN or infinite.

    Args:
      logs: loss terms by name.
      flag: of the learning rate.
      value: the learning rate.
      epoch: in which it was.

    Raises:
      InputError: the loss that was so first is named, and the step.
    """
    finite = getattr(logs, "finite", {})
    bad = [name for name, loss in logs.items() if not np.isfinite(loss)]
    if bad:
        name = min(bad, key=lambda name: finite.get(name, math.inf))
        step = f", step {finite[name] + 1}" if name in finite else ""
        raise InputError(
            f"`--{flag}` and the weights must keep the loss finite. "
            f"Received: --{flag}={value}, with which `{name}` was "
            f"{logs[name]} in epoch {epoch}{step}; lower it."
        )
