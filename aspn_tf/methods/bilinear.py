"""What the comparators with bilinear scores have in common.

The score of a feature x against a class is F(x, y) = x^T W s, or the largest
of several maps W. As in the authors' line of code (Xian et al., "Latent
embeddings for zero-shot classification", CVPR 2016, and what followed):
features with mean 0 and deviation 1 in every dimension, all divided by the
largest number among them in training, which brings their length to the order
of 1; semantics of length 1; W from N(0, 1/d); a constant learning rate, the
number of epochs the only regulariser, and no normalisation of x^T W. Whether
they divide by the deviation or by the variance is not certain.

Ours: `batch_size` examples a step, whose steps are summed, where the authors
take one at a time (the same to first order in the rate; exactly the same with
a batch of 1); all rates of a grid are trained side by side on the same rows,
and the rate and the epoch are chosen on validation.
"""

import functools

import keras
import numpy as np
import tensorflow as tf

from aspn_tf.methods import ranking
from aspn_tf.methods.base import TASKS
from aspn_tf.methods.closed_form import unit
from aspn_tf.methods.epochs import Epochs
from aspn_tf.methods.scaling import by_parts
from aspn_tf.methods.standard_scale import StandardScale
from aspn_tf.methods.training import Order, check_finite

# The first is that of a run in which nothing is chosen; ties: the earlier.
RATES = (1e-1, 1e-2, 1e-3, 1.0)


class Bilinear(Epochs):
    """Maps trained by a ranking objective, one for every learning rate.

    A setting is {"epoch": int, "rate": float}; every rate has a head of its
    own, so that the settings of one epoch differ in which of them counts.

    Class attributes:
      weigh: of `aspn_tf.methods.ranking`, which is the objective.
      passes: `ranking.compiled` of it.
    """

    weigh = staticmethod(ranking.every)
    passes = staticmethod(ranking.compiled(ranking.every))
    maps = 1
    optimizer_slots = 0  # plain descent

    def __init__(self, view, settings, seed=0):
        rate = float(settings.learning_rate)
        self.rates = (rate,) if rate else RATES
        self.heads_offered = tuple(_head(rate) for rate in self.rates)
        super().__init__(view, settings, seed)
        self.class_semantics = unit(view.semantics)
        self._seen_semantics = unit(view.semantics[view.seen])
        lengths = np.linalg.norm(view.semantics[view.seen], axis=1)
        self.semantics_length = float(lengths.mean())
        self.scale = StandardScale(view.features)
        self.order = Order(len(view.labels), seed)
        start = tf.random.stateless_normal(
            (view.feature_width, self.maps * view.semantics_width),
            (seed, 0),
            stddev=view.feature_width**-0.5,
        )
        self.layers = [self._layer(start) for _ in self.rates]
        self.use(self.rounds()[0])

    def rounds(self, setting=None):
        """Every epoch; on the way to a setting, with its rates alone."""
        last = setting["epoch"] if setting else self.settings.epochs
        epochs = range(1, last + 1)
        if setting is None:
            return [{"epoch": epoch, "rate": self.rates[0]} for epoch in epochs]
        other = setting.get("traditional", setting)
        rates = list(dict.fromkeys((setting["rate"], other["rate"])))
        return [{"epoch": epoch, "rates": rates} for epoch in epochs]

    def uses(self, state):
        """One a rate."""
        return [{"epoch": state["epoch"], "rate": rate} for rate in self.rates]

    def weights(self, setting):
        """The rate's own head, for every task."""
        return dict.fromkeys(TASKS, {_head(setting["rate"]): 1.0})

    def advance(self, state):
        """Trains an epoch at every rate, or at those that a setting needs.

        Returns:
          The means before each step of the objective and of how many wrong
          classes violate the margin; with several maps, of how often each
          scores the true class. Those of all rates but the first are named
          after the rate.
        """
        rows = self.order.take(self.examples_a_round())
        rows = tf.constant(rows.reshape(-1, self.settings.batch_size))
        logs = {}
        for rate in state.get("rates", self.rates):
            found = self._pass(rate, rows)
            check_finite(
                found,
                f"{self.name_in_flags}.learning_rate",
                rate,
                state["epoch"],
            )
            suffix = f"_at_{rate:g}" if logs else ""
            logs |= {name + suffix: value for name, value in found.items()}
        return logs

    def heads(self, features):
        """Those of `open_heads` in the training label space."""
        return self.open_heads(features, self.class_semantics)

    def open_heads(self, features, semantics):
        """The largest x^T W s over the maps of each rate, (n, m)."""
        scaled, semantics = self.scale(features), unit(semantics)
        return {
            head: tf.reduce_max(
                ranking.map_scores(scaled, layer.kernel, semantics), axis=1
            )
            for head, layer in zip(self.heads_offered, self.layers, strict=True)
        }

    def abilities(self):
        """Scores against any classes, and the training step.

        No prototypes: W s is a direction in scaled features, not a point.
        """
        return {
            "classify": self.classify,
            "training_step": tf.function(self._update, autograph=False),
        }

    def linear(self, task):
        """W s of every class, where there is one map; see `Method.linear`."""
        if self.maps > 1:
            return None
        kernel = sum(
            weight * self.layers[self.heads_offered.index(head)].kernel.numpy()
            for head, weight in self.task_weights(task).items()
        ).astype(np.float64)
        weights = kernel @ self.class_semantics.numpy().T.astype(np.float64)
        shift, scale = (
            part.numpy().astype(np.float64)
            for part in (self.scale.shift, self.scale.scale)
        )
        return shift, scale[:, None] * weights, np.zeros(weights.shape[1])

    def networks(self):
        """The map, or the maps side by side, of the rate in use."""
        return {"map": self.layer_in_use()}

    def layer_in_use(self):
        """That of the generalized task."""
        with tf.init_scope():
            weights = self.task_weights("generalized")
        return self.layers[self.heads_offered.index(next(iter(weights)))]

    def _layer(self, start):
        layer = keras.layers.Dense(
            start.shape[1], use_bias=False, dtype="float32", name="map"
        )
        layer.build((None, start.shape[0]))
        layer.kernel.assign(start)
        return layer

    def _pass(self, rate, rows):
        """Trains one rate's map on the rows; returns its logs."""
        layer = self.layers[self.rates.index(rate)]
        axes, semantics = self._axes
        before = _along(layer.kernel, axes)
        after, loss, violators, wins = self.passes(
            *self._examples, rows, before, semantics, rate, self.settings.margin
        )
        moved = _along(after - before, tf.transpose(axes))
        layer.kernel.assign_add(moved)
        logs = {"objective": float(loss), "violators": float(violators)}
        if self.maps > 1:
            shares = enumerate(wins.numpy(), 1)
            logs |= {f"map_{number}": float(win) for number, win in shares}
        return logs

    def _update(self, features, labels):
        """One step of the map in use, on features and ids of seen classes."""
        layer = self.layer_in_use()
        rate = self.rates[self.layers.index(layer)]
        kernel, loss, violators, _ = ranking.step(
            self.weigh,
            layer.kernel.value,
            self.scale(features),
            tf.searchsorted(self.view.seen, labels),
            self._seen_semantics,
            rate,
            self.settings.margin,
        )
        layer.kernel.assign(kernel)
        return {"objective": loss, "violators": violators}

    @functools.cached_property
    def _examples(self):
        """The scaled training features, and labels as rows of the seen."""
        labels = np.searchsorted(self.view.seen, self.view.labels)
        features = by_parts(self.scale, self.view.features)
        return features, tf.constant(labels, tf.int64)

    @functools.cached_property
    def _axes(self):
        """Orthonormal columns that span the seen semantics, and these in them.

        The maps move in their span alone, which is narrow where there are
        fewer seen classes than semantics are wide.
        """
        semantics = self._seen_semantics.numpy().astype(np.float64)
        axes, inside = np.linalg.qr(semantics.T)
        return tf.constant(axes, tf.float32), tf.constant(inside.T, tf.float32)


def _along(kernel, axes):
    """Every map of a kernel (d, K q) times axes (q, r), as (d, K r)."""
    width, rank = axes.shape
    turned = tf.matmul(tf.reshape(kernel, (-1, width)), axes)
    return tf.reshape(turned, (kernel.shape[0], -1))


def _head(rate):
    return f"at_{rate:g}"
