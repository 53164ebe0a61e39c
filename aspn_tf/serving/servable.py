"""The signatures of an exported method; n examples, m classes, C known ones.

- `serving_default`: features (n, d) -> scores (n, C) of the training label
  space, calibrated as trained; index (n,) and classes (n,), id and name of the
  best;
- `names`: index (k,) -> classes (k,), the names of the columns of `scores`;
- `classify`: features (n, d), semantics (m, q), seen (m,) -> scores (n, m) and
  index (n,), against any classes, those marked as seen in training calibrated;
  seen (m,) as it came;
- `traditional`: features (n, d) -> scores (n, C) that rank unseen classes among
  themselves, where these are not those of `serving_default`;
- `prototypes`: semantics (m, q) -> prototypes (m, d);
- `describe`: features (n, d) -> semantics (n, q).

All but the first two where the method has them. Features and semantics come in
the data's own units. A row of another width, NaN and infinity are refused.
"""

import functools

import numpy as np
import tensorflow as tf

from aspn_tf.serving import folding

# What a shift may add to a score, in spreads of the scores, before float32
# loses much: 1e-6 of a spread.
ROOM = 16.0
SAMPLE = 512  # rows of training that tell the spread


class Servable(tf.Module):
    """Traced functions and only the variables that they read.

    Attributes:
      functions: dict of signature to concrete function, each traced once.
      feature_width: d.

    Args:
      method: a trained `aspn_tf.methods.base.Method`, put to use.
      benchmark: the `Benchmark` it was trained on.
      calibration: what the scores of seen classes give up.
      open_calibration: the same for `classify`.
    """

    def __init__(self, method, benchmark, calibration, open_calibration):
        super().__init__(name="servable")
        self.feature_width = benchmark.feature_width
        self.names = _fixed(benchmark.class_names)
        self.open_calibration = _fixed(np.float32(open_calibration))
        features = _spec("features", benchmark)
        semantics = _spec("semantics", benchmark)
        seen = tf.TensorSpec((None,), tf.bool, "seen")
        index = tf.TensorSpec((None,), tf.int64, "index")
        handicap = np.zeros(benchmark.class_count, np.float32)
        handicap[benchmark.seen] = calibration
        self.scores = _scorer(method, "generalized", benchmark, handicap)
        self.functions = {
            "serving_default": _traced(self._recognize, features),
            "names": _traced(self._names_of, index),
        }
        common = method.task_weights("generalized")
        if method.task_weights("traditional") != common:
            self.unseen_scores = _scorer(method, "traditional", benchmark, 0.0)
            self.functions["traditional"] = _traced(
                lambda rows: {"scores": self.unseen_scores(rows)}, features
            )
        abilities = method.abilities()
        if "classify" in abilities:
            self.functions["classify"] = _traced(
                self._classify(abilities["classify"]), features, semantics, seen
            )
        if "prototypes" in abilities:
            self.functions["prototypes"] = _traced(
                _one(abilities["prototypes"], "semantics", "prototypes"),
                semantics,
            )
        if "describe" in abilities:
            self.functions["describe"] = _traced(
                _one(abilities["describe"], "features", "semantics"), features
            )
        read = {
            id(variable): variable
            for function in self.functions.values()
            for variable in function.graph.variables
        }
        self.read = list(read.values())

    def _recognize(self, features):
        scores = self.scores(features)
        index = tf.argmax(scores, axis=-1)
        return {"scores": scores, "index": index, **self._names_of(index)}

    def _names_of(self, index):
        return {"classes": tf.gather(self.names, index)}

    def _classify(self, classify):
        def classified(features, semantics, seen):
            features = _checked(features, "features")
            semantics = _checked(semantics, "semantics")
            scores = classify(features, semantics)
            fitting = tf.debugging.Assert(
                tf.equal(tf.size(seen), tf.shape(semantics)[0]),
                ["`seen` must be one bool a row of `semantics`"],
            )
            with tf.control_dependencies([fitting]):
                seen = tf.identity(seen)
            scores -= self.open_calibration * tf.cast(seen, tf.float32)
            index = tf.argmax(scores, axis=-1)
            return {"scores": scores, "index": index, "seen": seen}

        return classified


class _Affine(tf.Module):
    """Scores that are one product.

    Args:
      linear: shift (d,), weights (d, C) and bias (C,), float64.
      rows: (n, d), features to judge by whether float32 needs the shift.
      handicap: (C,), what the scores give up.
    """

    def __init__(self, linear, rows, handicap):
        super().__init__()
        shift, weights, bias = linear
        near = np.float32(shift)
        scores = (rows - shift) @ weights + bias
        # Little cancels: a pass over the features would be for nothing.
        if (abs(shift) @ abs(weights)).max() <= ROOM * scores.std():
            near = np.zeros_like(near)
        bias = bias + (near.astype(np.float64) - shift) @ weights - handicap
        self.shift = _fixed(near) if near.any() else None
        # Of a row that is not finite, the column of zeros makes NaN.
        self.weights = _fixed(np.float32(np.pad(weights, ((0, 0), (0, 1)))))
        self.bias = _fixed(np.float32(bias))

    def __call__(self, features):
        features = _wide(features)
        if self.shift is not None:
            features -= self.shift
        products = tf.matmul(features, self.weights)
        check = _assert_finite(products[:, -1], "features")
        with tf.control_dependencies([check]):
            return products[:, :-1] + self.bias


class _Folded(tf.Module):
    """Any other scores, tensor code of features as `spec` tells."""

    def __init__(self, scores, spec, handicap):
        super().__init__()
        self.folded, self.constants = folding.fold(scores, spec)
        self.handicap = _fixed(handicap)

    def __call__(self, features):
        return self.folded(_checked(features, "features")) - self.handicap


def _scorer(method, task, benchmark, handicap):
    """Checked features to the scores of a task, as little work as can be."""
    linear = method.linear(task)
    if linear is None:
        scores = functools.partial(method.scores, task=task)
        return _Folded(scores, _spec("features", benchmark), handicap)
    rows = benchmark.train.features
    return _Affine(linear, rows[:: len(rows) // SAMPLE + 1], handicap)


def _spec(name, benchmark):
    widths = {
        "features": benchmark.feature_width,
        "semantics": benchmark.semantics_width,
    }
    return tf.TensorSpec((None, widths[name]), tf.float32, name)


def _fixed(value):
    return tf.Variable(value, trainable=False)


def _traced(python, *specs):
    function = tf.function(python, input_signature=specs, autograph=False)
    return function.get_concrete_function()


def _one(function, source, target):
    """A signature of one input and one output."""

    def one(rows):
        found = function(_checked(rows, source))
        return {target: tf.cast(found, tf.float32)}

    return one


def _checked(rows, name):
    """The rows, if they have the width of training and finite numbers."""
    with tf.control_dependencies([_assert_finite(rows, name)]):
        return _wide(rows)


def _wide(rows):
    """The rows, if they have the width that the signature tells."""
    return tf.ensure_shape(rows, rows.shape)


def _assert_finite(numbers, name):
    return tf.debugging.Assert(
        tf.reduce_all(tf.math.is_finite(numbers)),
        [f"`{name}` must be finite numbers; this has NaN or infinity"],
    )
