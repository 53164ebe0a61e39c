"""ESZSL: one linear map from features to semantics, in closed form.

Romera-Paredes and Torr, "An embarrassingly simple approach to zero-shot
learning", ICML 2015: V = (X X^T + gamma I)^-1 X Y S^T (S S^T + lambda I)^-1,
whose score of a feature x against a class is x^T V s.

Symbols, once: X raw training features, Y targets (1 for an example's own
class, 0 for the others), S unit-norm semantics of the seen classes.
"""

import functools
import itertools

import numpy as np
import scipy.linalg
import tensorflow as tf

from aspn_tf.methods.closed_form import ClosedForm, unit

GAMMAS = tuple(10.0**power for power in range(-1, 5))
LAMBDAS = tuple(10.0**power for power in range(-3, 3))


class ESZSL(ClosedForm):
    """Bilinear compatibility x^T V s.

    A setting is {"gamma": float, "lambda": float}: the regularisers of the
    feature side and of the semantic side.
    """

    title = "ESZSL"

    def __init__(self, view, settings, seed=0):
        super().__init__(view, settings, seed)
        self.projection = tf.Variable(
            tf.zeros((view.feature_width, view.semantics_width))
        )
        # What scores are taken about, so that float32 is enough where the
        # features are far from 0; it changes no score.
        self._statistics = view.statistics() if view.streamed else None
        center = (
            self._statistics.origin
            if view.streamed
            else view.features.mean(0, dtype=np.float64)
        )
        self.center = tf.Variable(center, False, dtype=tf.float32)

    def advance(self, state):
        """Solves for one pair of regularisers.

        Returns:
          {"fit_error": float}, the mean squared distance between the training
          scores and their targets.
        """
        feature_gram, semantics_gram, evidence = self._grams
        half = self._half(state["gamma"])
        projection = _ridge(semantics_gram, state["lambda"], half.T).T
        self.projection.assign(projection)
        # |X^T V S - Y|^2 / n, and so from the products that are at hand.
        squares = np.vdot(
            feature_gram @ projection, projection @ semantics_gram
        )
        count = len(self.view.labels)
        error = squares - 2.0 * np.vdot(evidence, projection) + count
        return {"fit_error": error / (count * len(self.view.seen))}

    def prototypes(self, semantics):
        """V s: the direction of each class in feature space, (m, d)."""
        return tf.matmul(unit(semantics), self.projection, transpose_b=True)

    def compatibility(self, features, semantics):
        """x^T V s, (n, m)."""
        weights = tf.transpose(self.prototypes(semantics))
        return tf.matmul(features - self.center, weights) + self._bias(weights)

    def linear(self, task):
        """V s of every class; see `Method.linear`."""
        weights = tf.transpose(self.prototypes(self.class_semantics))
        parts = self.center, weights, self._bias(weights)[0]
        return tuple(part.numpy().astype(np.float64) for part in parts)

    def _bias(self, weights):
        """The score of the center, (1, m)."""
        return tf.matmul(self.center[None], weights)

    def _grid(self):
        ridges = self.settings.feature_ridge, self.settings.semantic_ridge
        gammas, lambdas = (
            [ridge] if ridge else grid
            for ridge, grid in zip(ridges, (GAMMAS, LAMBDAS), strict=True)
        )
        pairs = itertools.product(gammas, lambdas)
        return [{"gamma": gamma, "lambda": lambda_} for gamma, lambda_ in pairs]

    @functools.cached_property
    def _grams(self):
        """X X^T, S S^T and X Y S^T: all that a pair of regularisers needs."""
        view, statistics = self.view, self._statistics
        semantics = unit(view.semantics[view.seen]).numpy().astype(np.float64)
        if statistics:
            known = np.searchsorted(view.seen, statistics.classes)
            return (
                statistics.gram(),
                semantics.T @ semantics,
                statistics.sums.T @ semantics[known],
            )
        features = view.features.astype(np.float64)
        targets = (view.labels[:, None] == view.seen).astype(np.float64)
        return (
            features.T @ features,
            semantics.T @ semantics,
            features.T @ targets @ semantics,
        )

    @functools.cached_property
    def _half(self):
        """The feature side solved for a gamma; the latest is kept."""
        feature_gram, _, evidence = self._grams
        return functools.lru_cache(maxsize=1)(
            lambda gamma: _ridge(feature_gram, gamma, evidence)
        )


def _ridge(gram, weight, right):
    regular = gram + weight * np.eye(len(gram))
    return scipy.linalg.solve(regular, right, assume_a="pos")
