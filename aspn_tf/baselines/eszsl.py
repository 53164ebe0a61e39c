"""ESZSL: one linear map from features to semantics, in closed form.

Romera-Paredes and Torr, "An embarrassingly simple approach to zero-shot
learning", ICML 2015: V = (X X^T + gamma I)^-1 X Y S^T (S S^T + lambda I)^-1,
whose score of a feature x against a class is x^T V s.

Symbols, once: X raw training features, Y targets (1 for an example's own
class, 0 for the others), S unit-norm semantics of the seen classes.
"""

import numpy as np
import scipy.linalg
import tensorflow as tf

from aspn_tf.baselines.closed_form import ClosedForm, unit

GAMMAS = tuple(10.0**power for power in range(-1, 5))
LAMBDAS = tuple(10.0**power for power in range(-3, 3))


class ESZSL(ClosedForm):
    """Bilinear compatibility x^T V s, solved in float64.

    A setting is {"gamma": float, "lambda": float}: the regularisers of the
    feature side and of the semantic side.
    """

    method = "eszsl"

    def fit(self, benchmark, setting=None):
        """Solves for one setting, or for every pair of regularisers.

        Args:
          benchmark: an `aspn_tf.benchmark.Benchmark`.
          setting: {"gamma": float, "lambda": float}, or None for all.

        Yields:
          (setting, {"fit_error": float}), the mean squared distance between
          the training scores and their targets.
        """
        widths = benchmark.feature_width, benchmark.semantics_width
        self.build(benchmark, widths)
        gammas, lambdas = GAMMAS, LAMBDAS
        if setting is not None:
            gammas, lambdas = (setting["gamma"],), (setting["lambda"],)
        features = benchmark.train.features.astype(np.float64)
        semantics = unit(benchmark.semantics[benchmark.seen]).numpy()
        semantics = semantics.astype(np.float64)
        targets = benchmark.train.labels[:, None] == benchmark.seen
        targets = targets.astype(np.float64)
        feature_gram = features.T @ features
        semantics_gram = semantics.T @ semantics
        evidence = features.T @ targets @ semantics
        for gamma in gammas:
            half = _ridge(feature_gram, gamma, evidence)
            for lambda_ in lambdas:
                projection = _ridge(semantics_gram, lambda_, half.T).T
                self.projection.assign(projection)
                error = features @ (projection @ semantics.T) - targets
                yield (
                    {"gamma": gamma, "lambda": lambda_},
                    {"fit_error": float(np.mean(error**2))},
                )

    def prototypes(self, semantics):
        """V s: the direction of each class in feature space, (m, d)."""
        return tf.matmul(unit(semantics), self.projection, transpose_b=True)

    def classify(self, features, semantics):
        """x^T V s against any classes: (n, d), (m, q) -> (n, m)."""
        return tf.matmul(features, self.prototypes(semantics), transpose_b=True)


def _ridge(gram, weight, right):
    regular = gram + weight * np.eye(len(gram))
    return scipy.linalg.solve(regular, right, assume_a="pos")
