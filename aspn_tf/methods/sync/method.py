"""SYNC: classifiers of unseen classes as mixtures of those of seen ones.

Changpinyo et al., "Synthesized classifiers for zero-shot learning", CVPR
2016, with the one-versus-other loss, in the fast form of the authors' code
for their IJCV 2020 version: as many phantom classes as there are seen ones,
at their semantics. A classifier is w_c = sum_r s_cr v_r, with s_cr the
softmax over the phantoms r of -scale |a_c - b_r|^2, and

  min_W (1 / (n C)) sum_n sum_c max(0, 1 - I_nc w_c^T x_n)^2
        + lambda / 2 sum_c |w_c|^2,       I_nc = 1 for the true class, else -1.

For seen classes nothing constrains w_c, so that W is trained first; then
V = pinv(S_ss) W, and w = S V for any classes. One training serves all scales.

As in the code: features of length 1; semantics of length 1, over the median
of the distances between classes, seen and unseen; no bias; L-BFGS. Lambda and
the scale are chosen from its grids for ResNet features; it does so on folds of
classes, here the validation partition serves. Its start is random; here it is
0, which for a strictly convex objective matters to the tolerance alone.

Which loss and grid the benchmark's row is of (Xian et al., TPAMI 2018) is not
known. Scores of seen classes are fitted to 1 and -1, those of unseen ones are
mixtures of them and smaller: without calibration few are ever named.

Symbols, once: x feature (d), a semantics of a class and b of a phantom (q), W
(C, d) classifiers of the C seen classes, V (C, d) those of the phantoms.
"""

import functools

import numpy as np
import scipy.optimize
import tensorflow as tf

from aspn_tf.methods.base import TASKS
from aspn_tf.methods.closed_form import ClosedForm, unit
from aspn_tf.methods.sync.kernel import Kernel

# Ties: the stronger.
LAMBDAS = tuple(2.0**-power for power in range(8, 31, 2))
# Ties: the nearer to 1.
SCALES = tuple(2.0**power for power in sorted(range(-5, 6), key=abs))
# Of L-BFGS: the relative fall and the slope at which it ends; the pairs that
# it remembers.
FALL, SLOPE, MEMORY = 1e-9, 1e-8, 20


class SYNC(ClosedForm):
    """One-versus-other classifiers, mixed by the nearness of semantics.

    A setting is {"lambda": float, "scale": float}; every scale has a head of
    its own. Nothing is drawn, as in a closed form.
    """

    title = "SYNC"
    partitions = 1  # a lambda takes seconds

    def __init__(self, view, settings, seed=0):
        fixed = float(settings.kernel_scale)
        self.scales = (fixed,) if fixed else SCALES
        self.heads_offered = tuple(_head(scale) for scale in self.scales)
        super().__init__(view, settings, seed)
        rows = unit(view.semantics).numpy()
        self.distance = median_distance(rows)
        self.classifiers = tf.Variable(
            tf.zeros((len(view.seen), view.feature_width))
        )
        phantoms = rows[view.seen] / np.float32(self.distance)
        self.kernels = [Kernel(phantoms, scale) for scale in self.scales]
        self.use(self.rounds()[0])

    def uses(self, state):
        """One a scale."""
        lambda_ = state["lambda"]
        return [{"lambda": lambda_, "scale": scale} for scale in self.scales]

    def weights(self, setting):
        """The scale's own head, for every task."""
        return dict.fromkeys(TASKS, {_head(setting["scale"]): 1.0})

    def advance(self, state):
        """Trains the classifiers of the seen classes for one lambda.

        Returns:
          {"objective", "evaluations" (of it), "condition" (the worst of the
          kernels between seen classes)}.
        """
        start = np.zeros(self.classifiers.shape)
        found = scipy.optimize.minimize(
            functools.partial(self._objective, lambda_=state["lambda"]),
            start.ravel(),
            jac=True,
            method="L-BFGS-B",
            options={
                "maxiter": self.settings.iterations,
                "maxfun": 2 * self.settings.iterations,
                "ftol": FALL,
                "gtol": SLOPE,
                "maxcor": MEMORY,
            },
        )
        self.classifiers.assign(found.x.reshape(start.shape))
        return {
            "objective": float(found.fun),
            "evaluations": float(found.nfev),
            "condition": max(kernel.condition for kernel in self.kernels),
        }

    def open_heads(self, features, semantics):
        """x^T w of any classes at every scale, features at length 1, (n, m)."""
        known = tf.matmul(unit(features), self.classifiers, transpose_b=True)
        rows = unit(semantics) / self.distance
        return {
            head: tf.matmul(known, kernel.shares(rows), transpose_b=True)
            for head, kernel in zip(
                self.heads_offered, self.kernels, strict=True
            )
        }

    def abilities(self):
        """Scores against any classes.

        No prototypes: w is the normal of a plane, not a point.
        """
        return {"classify": self.classify}

    def _grid(self):
        fixed = self.settings.regulariser
        lambdas = [fixed] if fixed else LAMBDAS
        scale = self.scales[0]
        return [{"lambda": lambda_, "scale": scale} for lambda_ in lambdas]

    @functools.cached_property
    def _examples(self):
        """Features of length 1, and their targets 1 and -1, (n, C)."""
        own = self.view.labels[:, None] == self.view.seen
        targets = tf.constant(np.where(own, 1.0, -1.0), tf.float32)
        return unit(self.view.features), targets

    def _objective(self, flat, lambda_):
        """The objective and its gradient at classifiers as one vector."""
        weights = flat.reshape(self.classifiers.shape)
        loss, slope = hinge(*self._examples, tf.constant(weights, tf.float32))
        value = float(loss) + lambda_ / 2.0 * flat @ flat
        return value, slope.numpy().astype(np.float64).ravel() + lambda_ * flat


@tf.function(
    input_signature=[tf.TensorSpec((None, None), tf.float32)] * 3,
    autograph=False,
)
def hinge(features, targets, weights):
    """The squared hinge's mean over examples and classes, and its gradient.

    Args:
      features: (n, d).
      targets: (n, C), 1 and -1.
      weights: (C, d).

    Returns:
      Float64 scalar and float32 (C, d).
    """
    scores = tf.matmul(features, weights, transpose_b=True)
    short = tf.nn.relu(1.0 - targets * scores)
    loss = tf.reduce_mean(tf.square(tf.cast(short, tf.float64)))
    share = 2.0 / tf.cast(tf.size(short), tf.float32)
    slope = tf.matmul(targets * short, features, transpose_a=True)
    return loss, -share * slope


def median_distance(rows):
    """The median of the distances between rows that differ; 1 without any."""
    gaps = [
        np.linalg.norm(rows[one] - rows[one + 1 :], axis=1)
        for one in range(len(rows) - 1)
    ]
    gaps = np.concatenate([*gaps, np.zeros(0)])
    different = gaps[gaps > np.sqrt(np.finfo(np.float32).eps)]
    return float(np.median(different)) if len(different) else 1.0


def _head(scale):
    return f"scale_{scale:g}"
