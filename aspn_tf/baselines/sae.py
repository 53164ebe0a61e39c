"""SAE: a linear autoencoder whose code is the class semantics.

Kodirov et al., "Semantic autoencoder for zero-shot learning", CVPR 2017:
min_W ||X - W^T S||^2 + lambda ||W X - S||^2, whose solution is that of the
Sylvester equation S S^T W + lambda W X X^T = (1 + lambda) S X^T.

As in the authors' code, the rows of W are brought to length 1 before it is
used.

Symbols, once: X training features of length 1, one a column; S unit-norm
semantics of their classes, one a column; W (q, d).
"""

import numpy as np
import scipy.linalg
import tensorflow as tf

from aspn_tf import losses
from aspn_tf.baselines.closed_form import ClosedForm, unit

LAMBDAS = tuple(0.01 * 4.0**power for power in range(11))


class SAE(ClosedForm):
    """Semantics to features: the nearest W^T s by the cosine.

    A setting is {"lambda": float}, the weight of the encoder's term. As the
    features have length 1, it means the same for every data set. Solved in
    float64.
    """

    method = "sae"

    def fit(self, benchmark, setting=None):
        """Solves for one setting, or for every weight of the encoder.

        Args:
          benchmark: an `aspn_tf.benchmark.Benchmark`.
          setting: {"lambda": float}, or None for all of `LAMBDAS`.

        Yields:
          (setting, {"fit_error": float}), the mean squared distance between
          a training feature, at unit length, and its reconstruction W^T s
          before the rows of W are normalised.
        """
        widths = benchmark.semantics_width, benchmark.feature_width
        self.build(benchmark, widths)
        lengths = np.linalg.norm(benchmark.train.features, axis=1)
        self.length = tf.Variable(
            lengths.mean(), dtype=tf.float32, trainable=False
        )
        features = unit(benchmark.train.features).numpy().astype(np.float64)
        semantics = unit(benchmark.semantics[benchmark.train.labels])
        semantics = semantics.numpy().astype(np.float64)
        solve = sylvester_solver(
            semantics.T @ semantics,
            features.T @ features,
            semantics.T @ features,
        )
        for lambda_ in LAMBDAS if setting is None else [setting["lambda"]]:
            projection = solve(lambda_)
            self.projection.assign(unit(projection))
            residual = features - semantics @ projection
            error = np.square(residual).sum(axis=1).mean()
            yield {"lambda": lambda_}, {"fit_error": float(error)}

    def prototypes(self, semantics):
        """W^T s at the mean length of the training features, (m, d)."""
        return self.length * unit(tf.matmul(unit(semantics), self.projection))

    def classify(self, features, semantics):
        """Cosines with W^T s of any classes: (n, d), (m, q) -> (n, m)."""
        return losses.compatibility(
            features, self.prototypes(semantics), metric="cosine"
        )

    def describe(self, features):
        """W x at length 1, the inferred semantics, (n, q)."""
        inferred = tf.matmul(features, self.projection, transpose_b=True)
        return unit(inferred)


def sylvester_solver(code_gram, data_gram, cross):
    """Solves A W + lambda W B = (1 + lambda) C for many lambda.

    A and B are symmetric, so their eigenvectors turn the equation into
    divisions; they are computed once. Where both eigenvalues vanish, C does
    too, and W is chosen 0 there: its least norm.

    Args:
      code_gram: A, (q, q), positive semi-definite.
      data_gram: B, (d, d), positive semi-definite.
      cross: C, (q, d).

    Returns:
      callable: lambda -> W, (q, d).
    """
    code_values, code_basis = scipy.linalg.eigh(code_gram)
    data_values, data_basis = scipy.linalg.eigh(data_gram)
    code_values = np.maximum(code_values, 0.0)[:, None]
    data_values = np.maximum(data_values, 0.0)[None, :]
    turned = code_basis.T @ cross @ data_basis

    def solve(lambda_):
        total = code_values + lambda_ * data_values
        floor = total.max() * max(total.shape) * np.finfo(np.float64).eps
        share = np.divide(
            (1.0 + lambda_) * turned,
            total,
            out=np.zeros_like(turned),
            where=total > floor,
        )
        return code_basis @ share @ data_basis.T

    return solve
