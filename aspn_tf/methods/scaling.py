"""Feature and semantics scaling, learnt on training examples (ours).

The paper names neither. Whitening is the linear discriminant's view of the
features: in units in which every class spreads alike, the nearest prototype
is the most likely class.
"""

import keras
import numpy as np
import scipy.linalg
import tensorflow as tf
from keras import ops

from aspn_tf.data import magnitudes
from aspn_tf.methods.regression import Regression
from aspn_tf.methods.training import some_of_each

SHRINKAGES = (1.0, 0.85, 0.7, 0.5, 0.3, 0.2, 0.1, 0.05)  # ties: the stronger
RIDGES = (0.3, 0.1, 0.03, 0.01)
FOLDS = 5
PART = 4096  # rows that are scaled at once
ASKED = 100_000  # rows, at most, by which regularisers are chosen


@keras.saving.register_keras_serializable(package="aspn_tf")
class FeatureScaling(keras.layers.Layer):
    """An affine map of features, undone by `inverse`.

    Args:
      width: d.
      kind: "none"; "max" divides by the largest magnitude in training;
        "variance" by the root of the mean square, so that the mean squared
        length is d, about what ResNet-101's features have;
        "whiten" subtracts the mean and multiplies by a root of the inverse of
        the shrunk within-class covariance: of those, which differ by a
        rotation, the triangular one, which is quick to have.
    """

    def __init__(self, width, kind, **kwargs):
        super().__init__(**{**kwargs, "trainable": False, "dtype": "float32"})
        self.width = width
        self.kind = kind
        self.shift = self.add_weight(name="shift", shape=(width,))
        full = kind == "whiten"
        shape = (width, width) if full else ()
        self.scale = self.add_weight(
            name="scale", shape=shape, initializer="zeros"
        )
        self.unscale = self.add_weight(
            name="unscale", shape=shape, initializer="zeros"
        )
        self.built = True

    def adapt(self, features, moments, shrinkage=None):
        """Learns the map.

        Args:
          features: (n, d), training examples.
          moments: their `Moments`.
          shrinkage: of "whiten": 0 keeps the within-class covariance, 1
            replaces it by a multiple of the identity.
        """
        shift, scale, unscale = np.zeros(self.width), 1.0, 1.0
        if self.kind == "max":
            unscale = magnitudes.largest(features) or 1.0
            scale = 1.0 / unscale
        elif self.kind == "variance":
            squares = sum(
                len(part) * float(np.mean(np.square(part)))
                for part in _parts(features)
            )
            unscale = (squares / len(features)) ** 0.5 or 1.0
            scale = 1.0 / unscale
        elif self.kind == "whiten":
            shift = moments.origin
            covariance = shrink(moments.covariance(), shrinkage)
            unscale = scipy.linalg.cholesky(covariance)
            scale, _ = scipy.linalg.lapack.dtrtri(unscale)
        self.shift.assign(shift)
        self.scale.assign(scale)
        self.unscale.assign(unscale)

    def call(self, features):
        """Scaled features, (n, d)."""
        moved = features - self.shift
        if self.kind == "whiten":
            return ops.matmul(moved, self.scale)
        return moved * self.scale

    def inverse(self, scaled):
        """Features in the data's own units, (n, d)."""
        if self.kind == "whiten":
            return ops.matmul(scaled, self.unscale) + self.shift
        return scaled * self.unscale + self.shift

    def fold(self, kernel):
        """The map and a product with a kernel as one affine map.

        Args:
          kernel: float64 (d, m).

        Returns:
          shift (d,) and weights (d, m), float64, with which
          self(x) kernel = (x - shift) weights.
        """
        scale = self.scale.numpy().astype(np.float64)
        weights = scale @ kernel if scale.ndim else scale * kernel
        return self.shift.numpy().astype(np.float64), weights

    def get_config(self):
        """The constructor's arguments."""
        return {**super().get_config(), "width": self.width, "kind": self.kind}


def _parts(features):
    """Features as they are; of those that are read, some rows at a time."""
    if isinstance(features, np.ndarray):
        return [features]
    starts = range(0, len(features), PART)
    return (features[start : start + PART] for start in starts)


def by_parts(function, features, rows=None):
    """What a function of features (n, d) gives, by parts of bounded size.

    Args:
      function: of a part, rows to rows.
      features: (n, d).
      rows: which of them; None for all.

    Returns:
      One tensor (n, ...).
    """
    if rows is None:
        rows = np.arange(len(features))
    parts = np.array_split(rows, max(1, len(rows) // PART))
    return tf.concat([function(features[part]) for part in parts], axis=0)


def scale_semantics(semantics, kind):
    """Class semantics (m, q) as the networks see them.

    Args:
      semantics: (m, q), as the data has them.
      kind: "none"; "unit" gives every row length 1; "variance" gives it
        length sqrt(q), the length of noise that has unit variance.

    Returns:
      float32 tensor (m, q); a row of zeros stays.
    """
    semantics = tf.cast(semantics, tf.float32)
    if kind == "none":
        return semantics
    unit = tf.math.l2_normalize(semantics, axis=-1)
    return unit * semantics.shape[-1] ** 0.5 if kind == "variance" else unit


def shrink(covariance, shrinkage):
    """A covariance (d, d) drawn towards a multiple of the identity.

    The form is Ledoit and Wolf's, "A well-conditioned estimator for
    large-dimensional covariance matrices", 2004.
    """
    mean = np.trace(covariance) / len(covariance) or 1.0
    shrunk = (1.0 - shrinkage) * covariance
    shrunk[np.diag_indices(len(shrunk))] += shrinkage * mean
    return shrunk


def folds(class_count):
    """How many folds classes are dealt to: two in each, where they suffice."""
    return max(2, min(FOLDS, class_count // 2))


def choose_regularisers(features, labels, semantics, moments):
    """The shrinkage and the ridge that recognise held-out seen classes best.

    Cross-validation over the training classes: a fold's classes are left out,
    prototypes come from the `Regression` of class means on semantics of the
    rest, and the left-out examples go to the nearest prototype among the
    left-out classes. Of very many rows some of each class are asked.

    Args:
      features: (n, d) training features.
      labels: int (n,).
      semantics: (C, q), rows of all labels.
      moments: the `Moments` of the features, or what has the same of them; a
        group is a fold.

    Returns:
      (shrinkage, ridge), of `SHRINKAGES` and `RIDGES`; the ridge in units of
      the kernel's mean diagonal.
    """
    hits = np.zeros((len(SHRINKAGES), len(RIDGES)))
    rows = np.arange(len(labels))
    if len(rows) > ASKED:
        most = max(1, ASKED // len(moments.classes))
        rows = np.sort(some_of_each(labels, most, seed=0))
    for fold in range(moments.groups):
        held_out = moments.classes[~moments.kept(fold)]
        if len(held_out) < 2:
            continue
        out = rows[np.isin(labels[rows], held_out)]
        hits += _fold_hits(
            moments, fold, held_out, features[out], labels[out], semantics
        )
    row, column = np.unravel_index(hits.argmax(), hits.shape)
    return SHRINKAGES[row], RIDGES[column]


def _fold_hits(moments, fold, held_out, test, test_labels, semantics):
    """Summed per-class accuracies, one for each shrinkage and ridge."""
    kept = moments.kept(fold)
    known, means = moments.classes[kept], moments.means[kept]
    covariance = moments.covariance(without=fold)
    origin = moments.counts[kept] @ means / moments.counts[kept].sum()
    test = test - origin.astype(np.float32)
    prototypes = np.concatenate(
        [
            Regression(semantics[known], ridge).predict(
                semantics[held_out], means - origin
            )
            for ridge in RIDGES
        ]
    )
    hits = np.zeros((len(SHRINKAGES), len(RIDGES)))
    for row, shrinkage in enumerate(SHRINKAGES):
        # float32 is enough to rank by, and twice as quick.
        factor = scipy.linalg.cho_factor(
            shrink(covariance, shrinkage).astype(np.float32), overwrite_a=True
        )
        weighted = scipy.linalg.cho_solve(
            factor, prototypes.T.astype(np.float32)
        )
        scores = test @ weighted
        scores -= 0.5 * (weighted.T * prototypes).sum(1)
        scores = scores.reshape(len(test), len(RIDGES), len(held_out))
        right = held_out[scores.argmax(2)] == test_labels[:, None]
        hits[row] = sum(right[test_labels == c].mean(0) for c in held_out)
    return hits
