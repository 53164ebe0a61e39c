"""SAE: a linear autoencoder whose code is the class semantics.

Kodirov et al., "Semantic autoencoder for zero-shot learning", CVPR 2017:
min_W ||X - W^T S||^2 + lambda ||W X - S||^2, whose solution is that of the
Sylvester equation S S^T W + lambda W X X^T = (1 + lambda) S X^T.

As in the authors' code, the rows of W are brought to length 1 before it is
used.

Symbols, once: X training features of length 1, one a column; S unit-norm
semantics of their classes, one a column; W (q, d).
"""

import functools

import numpy as np
import scipy.linalg
import tensorflow as tf

from aspn_tf.methods.closed_form import ClosedForm, unit
from aspn_tf.model import losses

LAMBDAS = tuple(0.01 * 4.0**power for power in range(11))


class SAE(ClosedForm):
    """Semantics to features: the nearest W^T s by the cosine.

    A setting is {"lambda": float}, the weight of the encoder's term. As the
    features have length 1, it means the same for every data set.
    """

    title = "SAE"

    def __init__(self, view, settings, seed=0):
        super().__init__(view, settings, seed)
        self.projection = tf.Variable(
            tf.zeros((view.semantics_width, view.feature_width))
        )
        lengths = np.linalg.norm(view.features, axis=1)
        self.length = tf.Variable(lengths.mean(), False, dtype=tf.float32)

    def advance(self, state):
        """Solves for one weight of the encoder.

        Returns:
          {"fit_error": float}, the mean squared distance between a training
          feature, at unit length, and its reconstruction W^T s before the
          rows of W are normalised.
        """
        code_gram, data_gram, cross = self._grams
        projection = self._solve(state["lambda"])
        self.projection.assign(unit(projection))
        # |X - W^T S|^2, from the products that are at hand.
        error = (
            np.trace(data_gram)
            - 2.0 * np.vdot(cross, projection)
            + np.vdot(code_gram @ projection, projection)
        )
        return {"fit_error": error / len(self.view.labels)}

    def abilities(self):
        """Prototypes, scores against any classes, and the description."""
        return {**super().abilities(), "describe": self.describe}

    def prototypes(self, semantics):
        """W^T s at the mean length of the training features, (m, d)."""
        return self.length * unit(tf.matmul(unit(semantics), self.projection))

    def compatibility(self, features, semantics):
        """Cosines with W^T s, (n, m)."""
        return losses.compatibility(
            features, self.prototypes(semantics), metric="cosine"
        )

    def describe(self, features):
        """W x at length 1, the inferred semantics, (n, q)."""
        inferred = tf.matmul(features, self.projection, transpose_b=True)
        return unit(inferred)

    def _grid(self):
        fixed = self.settings.encoder_weight
        weights = [fixed] if fixed else LAMBDAS
        return [{"lambda": weight} for weight in weights]

    @functools.cached_property
    def _grams(self):
        """S S^T, X X^T and S X^T: all that a weight needs."""
        view = self.view
        features = unit(view.features).numpy().astype(np.float64)
        semantics = unit(view.semantics[view.labels])
        semantics = semantics.numpy().astype(np.float64)
        return (
            semantics.T @ semantics,
            features.T @ features,
            semantics.T @ features,
        )

    @functools.cached_property
    def _solve(self):
        return sylvester_solver(*self._grams)


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
