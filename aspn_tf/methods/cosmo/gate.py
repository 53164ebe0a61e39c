"""The gate of COSMO, and the mixture that it makes of two experts.

Symbols, once: p^Z and p^S the probabilities of the expert of unseen and of
that of seen classes, r what the gate believes of "seen", g of "unseen", theta
its threshold, tau its temperature, U and S the unseen and the seen classes.
"""

import itertools

import keras
import numpy as np
import scipy.special
import tensorflow as tf

from aspn_tf.methods.cosmo import logistic

LARGEST = 5  # probabilities of each expert that the gate sees
SMOOTHING = 3.0  # the temperature at which it sees those of the seen expert
# The authors' grid of AWA1 has 0.003 too, at which float32 no longer tells r.
TEMPERATURES = (0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0)
LEVELS = np.linspace(0.0, 1.0, 21)  # quantiles of r that theta is tried at
SHIFTS = (-4.0, -2.0, 0.0, 2.0, 4.0)  # from there, in temperatures
ITERATIONS = 1000


class Gate(tf.Module):
    """Whether an example is of a seen class, by the confidence of experts.

    Attributes:
      layer: of `inputs`, the logit of r.
      threshold: theta.
      temperature: tau.
    """

    def __init__(self):
        super().__init__(name="gate")
        self.layer = keras.layers.Dense(
            1, kernel_initializer="zeros", dtype="float32", name="gate"
        )
        self.layer.build((None, 2 * LARGEST))
        self.threshold = tf.Variable(0.5, trainable=False)
        self.temperature = tf.Variable(1.0, trainable=False)

    def inputs(self, unseen, seen_logits):
        """What it sees of the experts, (n, 10), each five from the largest.

        Args:
          unseen: p^Z of unseen classes, (n, U).
          seen_logits: of p^S, (n, S).
        """
        smooth = tf.nn.softmax(seen_logits / SMOOTHING)
        return tf.concat([_largest(unseen), _largest(smooth)], axis=1)

    def belief(self, unseen, seen_logits):
        """R, (n, 1)."""
        return tf.sigmoid(self.layer(self.inputs(unseen, seen_logits)))

    def opening(self, belief):
        """G of r, (n, 1)."""
        return tf.sigmoid((self.threshold - belief) / self.temperature)

    def fit(self, unseen, seen_logits, is_seen, penalty):
        """Learns r from examples of classes that are seen or play unseen.

        A softmax over two classes, whose weights are opposite to each other
        and both penalised: as a logistic regression twice the `penalty`.

        Args:
          unseen: p^Z, (n, U).
          seen_logits: of p^S, (n, S).
          is_seen: bool (n,).
          penalty: C.
        """
        weights, bias = logistic.fit(
            self.inputs(unseen, seen_logits).numpy().astype(np.float64),
            is_seen.astype(np.int64),
            2,
            penalty,
            ITERATIONS,
        )
        self.layer.kernel.assign(weights[:, 1:] - weights[:, :1])
        self.layer.bias.assign(bias[1:] - bias[:1])

    def choose(self, belief, parts, temperature=0.0, threshold=0.0):
        """Sets theta and tau to those of the highest H.

        Args:
          belief: r, (n,).
          parts: `Parts` of the same examples.
          temperature: tau, where it is not 0.
          threshold: theta, where it is not 0.

        Returns:
          H in [0, 1].
        """
        quantiles = np.quantile(belief, LEVELS)
        candidates = [
            (threshold or level + shift * tau, tau)
            for tau in ([temperature] if temperature else TEMPERATURES)
            for shift, level in itertools.product(SHIFTS, quantiles)
        ]
        rates = [
            parts.harmonic(scipy.special.expit((theta - belief) / tau))
            for theta, tau in candidates
        ]
        best = int(np.argmax(rates))
        self.threshold.assign(candidates[best][0])
        self.temperature.assign(candidates[best][1])
        return float(rates[best])


class Parts:
    """What the gate decides on labelled examples, each by two numbers.

    Args:
      unseen: p^Z, (n, U).
      seen: p^S, (n, S).
      columns: (n,), the right column of [unseen, seen].
    """

    def __init__(self, unseen, seen, columns):
        self._counts = unseen.shape[1], seen.shape[1]
        self._best = unseen.max(1), seen.max(1)
        self._is_unseen = columns < unseen.shape[1]
        named = np.where(
            self._is_unseen,
            unseen.argmax(1),
            unseen.shape[1] + seen.argmax(1),
        )
        # Each example's share in its side's per-class accuracy.
        sizes = np.bincount(columns, minlength=sum(self._counts))
        classes = np.where(
            self._is_unseen,
            np.count_nonzero(sizes[: unseen.shape[1]]),
            np.count_nonzero(sizes[unseen.shape[1] :]),
        )
        self._weights = (named == columns) / (sizes[columns] * classes)

    def harmonic(self, opening):
        """H in [0, 1] of the mixture at g, (n,)."""
        unseen, seen = smooth(*self._best, opening, *self._counts)
        chosen = (unseen > seen) == self._is_unseen
        right = self._weights * chosen
        u, s = right[self._is_unseen].sum(), right[~self._is_unseen].sum()
        return 2.0 * u * s / (u + s) if u + s else 0.0


def smooth(unseen, seen, opening, unseen_count, seen_count):
    """Adaptive confidence smoothing: the scores of both sides.

    An expert out of its domain is flattened by the other's belief.

    Args:
      unseen: p^Z of unseen classes.
      seen: p^S.
      opening: g, as they broadcast.
      unseen_count: |U|.
      seen_count: |S|.

    Returns:
      g (p^Z + (1 - g) / |U|) and (1 - g) (p^S + g / |S|).
    """
    closing = 1.0 - opening
    return (
        opening * (unseen + closing / unseen_count),
        closing * (seen + opening / seen_count),
    )


def _largest(probabilities):
    """The five largest, sorted; zeros where there are fewer classes."""
    count = min(LARGEST, probabilities.shape[1])
    found = tf.math.top_k(probabilities, count).values
    return tf.pad(found, [[0, 0], [0, LARGEST - count]])
