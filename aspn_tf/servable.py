"""The signatures of an exported method; n examples, m classes, C known ones.

- `serving_default`: features (n, d) -> scores (n, C) of the training label
  space, calibrated as trained; index (n,) and classes (n,), id and name of the
  best;
- `names`: index (k,) -> classes (k,), the names of the columns of `scores`;
- `classify`: features (n, d), semantics (m, q) -> scores (n, m), index (n,),
  against any classes; those that training saw are calibrated here too;
- `traditional`: features (n, d) -> scores (n, C) that rank unseen classes among
  themselves, where these are not those of `serving_default`;
- `prototypes`: semantics (m, q) -> prototypes (m, d);
- `describe`: features (n, d) -> semantics (n, q).

All but the first two where the method has them. Features and semantics come in
the data's own units. A row of another width, NaN and infinity are refused.
"""

import numpy as np
import tensorflow as tf

from aspn_tf import folding


class Servable(tf.Module):
    """Traced functions and only the variables that they read.

    Args:
      method: a fitted `aspn_tf.method.Method`.
      benchmark: the `Benchmark` it was fitted on.
      calibration: what the scores of seen classes give up.
      open_calibration: the same for `classify`.
    """

    def __init__(self, method, benchmark, calibration, open_calibration):
        super().__init__(name="servable")
        self.names = _fixed(benchmark.class_names)
        self.seen_semantics = _fixed(benchmark.semantics[benchmark.seen])
        self.open_calibration = _fixed(np.float32(open_calibration))
        handicap = np.zeros(benchmark.class_count, np.float32)
        handicap[benchmark.seen] = calibration
        features = tf.TensorSpec(
            (None, benchmark.feature_width), tf.float32, "features"
        )
        semantics = tf.TensorSpec(
            (None, benchmark.semantics_width), tf.float32, "semantics"
        )
        index = tf.TensorSpec((None,), tf.int64, "index")
        scores = self._scores(method.scores, features, handicap)
        self.functions = {
            "serving_default": _function(self._recognize(scores), features),
            "names": _function(self._names_of, index),
        }
        if getattr(method, "classify", None):
            self.functions["classify"] = _function(
                self._classify(method.classify), features, semantics
            )
        if getattr(method, "unseen_scores", None):
            self.functions["traditional"] = _function(
                _one(method.unseen_scores, "features", "scores"), features
            )
        if getattr(method, "prototypes", None):
            self.functions["prototypes"] = _function(
                _one(method.prototypes, "semantics", "prototypes"), semantics
            )
        if getattr(method, "describe", None):
            self.functions["describe"] = _function(
                _one(method.describe, "features", "semantics"), features
            )
        read = {
            id(variable): variable
            for function in self.signatures().values()
            for variable in function.graph.variables
        }
        self.read = list(read.values())

    def signatures(self):
        """The concrete functions by name."""
        return {
            name: function.get_concrete_function()
            for name, function in self.functions.items()
        }

    def _scores(self, scores, spec, handicap):
        """Checked features to calibrated scores, as little work as can be."""
        self.handicap = _fixed(handicap)
        parts = folding.affine(scores, spec.shape[1])
        if parts is None:
            folded, self.folded = folding.fold(scores, spec)
            return lambda features: (
                folded(_checked(features, "features")) - self.handicap
            )
        weights, bias = parts
        # Of a row that is not finite, the column of zeros makes NaN.
        self.weights = _fixed(np.pad(weights, ((0, 0), (0, 1))))
        self.bias = _fixed(bias - handicap)

        def multiplied(features):
            products = tf.matmul(_wide(features), self.weights)
            check = _assert_finite(products[:, -1], "features")
            with tf.control_dependencies([check]):
                return products[:, :-1] + self.bias

        return multiplied

    def _recognize(self, scores):
        def recognize(features):
            calibrated = scores(features)
            index = tf.argmax(calibrated, axis=-1)
            return {
                "scores": calibrated,
                "index": index,
                **self._names_of(index),
            }

        return recognize

    def _names_of(self, index):
        return {"classes": tf.gather(self.names, index)}

    def _classify(self, classify):
        def classified(features, semantics):
            features = _checked(features, "features")
            semantics = _checked(semantics, "semantics")
            scores = classify(features, semantics)
            scores -= self.open_calibration * self._is_seen(semantics)
            return {"scores": scores, "index": tf.argmax(scores, axis=-1)}

        return classified

    def _is_seen(self, semantics):
        """1 for each row that describes a seen class of training, else 0."""
        seen = self.seen_semantics
        nearness = 2.0 * tf.matmul(semantics, seen, transpose_b=True)
        nearness -= tf.reduce_sum(tf.square(seen), axis=-1)
        nearest = tf.gather(seen, tf.argmax(nearness, axis=-1))
        same = tf.reduce_all(tf.equal(semantics, nearest), axis=-1)
        return tf.cast(same, tf.float32)


def _fixed(value):
    return tf.Variable(value, trainable=False)


def _function(python, *specs):
    return tf.function(python, input_signature=specs, autograph=False)


def _one(function, source, target):
    """A signature of one input and one output."""
    return lambda rows: {target: function(_checked(rows, source))}


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
