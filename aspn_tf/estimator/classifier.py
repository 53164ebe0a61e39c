"""ZeroShotClassifier: fit, predict, and classes that come later, in Python."""

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils.metaestimators import available_if
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import (
    check_is_fitted,
    validate_data,
)

from aspn_tf.data import descriptions
from aspn_tf.errors import InputError
from aspn_tf.estimator import configs, learning
from aspn_tf.estimator.packing import Packed
from aspn_tf.methods import registry
from aspn_tf.serving import export
from aspn_tf.serving.model import UNKNOWN
from aspn_tf.serving.servable import Servable

SHARED = ("method", "calibration", "partitions", "random_state", "verbose")


def _measured(estimator):
    """Whether probabilities are known; before a fit they may be."""
    packed = getattr(estimator, "packed_", None)
    return packed is None or packed.model.temperature is not None


class ZeroShotClassifier(ClassifierMixin, BaseEstimator):
    """Recognises classes by examples, or by semantics where there are none.

    A scikit-learn estimator around any method of `aspn_tf.compare`. What
    depends on the data, calibration and temperature included, is chosen on
    partitions of the classes that have examples; with fewer than four of them
    there is nothing to choose on, a warning says so, and there are no
    probabilities.

    >>> import numpy as np
    >>> from aspn_tf import ZeroShotClassifier
    >>> draw = np.random.default_rng(0)
    >>> semantics = {f"class {k}": draw.normal(size=8) for k in range(12)}
    >>> looks = draw.normal(size=(8, 20))
    >>> y = np.repeat([f"class {k}" for k in range(10)], 30)
    >>> X = np.stack([semantics[one] for one in y]) @ looks
    >>> X += 0.1 * draw.normal(size=X.shape)
    >>> classifier = ZeroShotClassifier("eszsl").fit(X, y, semantics)
    >>> classifier.predict([semantics["class 11"] @ looks])  # no example of it
    array(['class 11'], dtype='<U8')
    >>> classifier.add_classes({"later": draw.normal(size=8)}).classes_.size
    13

    Attributes:
      classes_: (C,) sorted labels of all classes.
      seen_classes_: those with examples in `fit`.
      n_features_in_: d.
      packed_: of the `aspn_tf.serving.model.Model` that answers.

    Args:
      method: name of the method, see `python -m aspn_tf.compare --help`.
      calibration: whether seen classes give up what is best on partitions.
      partitions: of the seen classes; see `--partitions`.
      random_state: seed, `RandomState` or None.
      verbose: whether progress bars are shown.
      **settings: of the method, as `--<method>.<setting>`.
    """

    def __init__(
        self,
        method=registry.DEFAULT,
        *,
        calibration=True,
        partitions=0,
        random_state=0,
        verbose=False,
        **settings,
    ):
        self.method = method
        self.calibration = calibration
        self.partitions = partitions
        self.random_state = random_state
        self.verbose = verbose
        for name, value in settings.items():
            setattr(self, name, value)

    @property
    def _settings(self):
        """Those of the method that were given, by name."""
        return {
            name: value
            for name, value in vars(self).items()
            if name not in SHARED and name.strip("_") == name
        }

    def get_params(self, deep=True):
        """The arguments of the constructor, settings that were given too."""
        return {**{k: getattr(self, k) for k in SHARED}, **self._settings}

    def set_params(self, **params):
        """Changes arguments of the constructor; returns the estimator.

        Raises:
          InputError: there is no such argument, and no such setting.
        """
        names = [name for name in params if name not in SHARED]
        configs.check_settings(params.get("method", self.method), names, SHARED)
        for name, value in params.items():
            setattr(self, name, value)
        return self

    def fit(self, X, y, semantics=None):
        """Learns from examples of some classes and the semantics of all.

        Args:
          X: (n, d) features; an array, or a pandas or polars DataFrame.
          y: n labels of classes with a row in `semantics`.
          semantics: dict of label to vector (q,), or a DataFrame, see
            `aspn_tf.data.descriptions.read`; classes without examples are
            recognised by theirs. None: no class is described but by itself.

        Returns:
          The estimator.

        Raises:
          InputError: an argument cannot be used; it is a ValueError.
        """
        X, y = validate_data(self, X, y, dtype=np.float32)
        check_classification_targets(y)
        config = configs.config_of(self)
        seen, labels = np.unique(y, return_inverse=True)
        if len(seen) < 2:
            raise InputError(
                "`y` must hold more than one class. Received: one class, "
                f"{seen[0]}"
            )
        found = descriptions.read(semantics, seen)
        benchmark = learning.benchmark_of(X, labels, seen, found, config.seed)
        method, choice = learning.fit(config, benchmark, self.verbose)
        servable = Servable(
            method, benchmark, choice.calibration, choice.open_calibration
        )
        measured = {"validation": choice.measures}
        about = export.about(
            benchmark, config.flag_lines(), measured, choice.confidence
        )
        self.packed_ = Packed(servable, benchmark.semantics, about)
        self.classes_, self.seen_classes_ = found.classes, seen
        self._order = np.arange(len(found.classes))
        return self

    def predict(self, X, unknown_below=0.0):
        """Labels (n,).

        Args:
          X: (n, d) features.
          unknown_below: a probability; where no class has as much, the answer
            is "unknown", or -1 where classes are numbers. See `threshold`.

        Raises:
          InputError: features cannot be used, or there are no probabilities.
        """
        scores = self._scores(X)
        best = self.classes_[scores.argmax(axis=1)]
        if not unknown_below:
            return best
        doubted = self.packed_.model.doubted(scores, unknown_below)
        return np.where(doubted, self._unknown(), best)

    @available_if(_measured)
    def predict_proba(self, X):
        """Probabilities (n, C) of `classes_`, at the validated temperature."""
        features = self._features(X)
        return self.packed_.model.predict_proba(features)[:, self._order]

    def decision_function(self, X):
        """Calibrated scores (n, C) of `classes_`; (n,) of two classes."""
        scores = self._scores(X)
        return scores[:, 1] - scores[:, 0] if scores.shape[1] == 2 else scores

    @available_if(_measured)
    def threshold(self, false_accept_rate):
        """The `unknown_below` with which that share of strangers has a name.

        Args:
          false_accept_rate: share of examples of classes that are not among
            `classes_`; measured on classes held out in `fit`.
        """
        check_is_fitted(self)
        return self.packed_.model.threshold(false_accept_rate)

    def add_classes(self, semantics):
        """Takes classes that `fit` did not know; returns the estimator.

        Args:
          semantics: as in `fit`, of the new classes alone.

        Raises:
          InputError: a class is there already, its semantics cannot be used,
            or the method cannot score it.
        """
        check_is_fitted(self)
        found = descriptions.read(semantics, self.classes_[:0])
        classes = np.concatenate([self.classes_, found.classes])
        names = map(str, found.classes.tolist())
        self.packed_.model.add_classes(
            dict(zip(names, found.semantics, strict=True))
        )
        order = np.argsort(classes)
        columns = np.concatenate(
            [self._order, np.arange(len(self.classes_), len(classes))]
        )
        self.classes_, self._order = classes[order], columns[order]
        return self

    def describe(self, X):
        """Semantics (n, q) that the method sees in features, where it can."""
        features = self._features(X)
        return self.packed_.model.describe(features)

    def save(self, directory):
        """Writes the model that answers, for `aspn_tf.load` and for serving.

        Args:
          directory: where to; must not exist. See `aspn_tf.serving.export`.

        Raises:
          InputError: it exists or cannot be made.
        """
        check_is_fitted(self)
        self.packed_.write(directory)

    def _features(self, X):
        """Features as the model takes them, float32 (n, d)."""
        check_is_fitted(self)
        return validate_data(self, X, dtype=np.float32, reset=False)

    def _scores(self, X):
        """Calibrated scores (n, C) in the order of `classes_`."""
        features = self._features(X)
        return self.packed_.model.decision_function(features)[:, self._order]

    def _unknown(self):
        """The answer in place of a class."""
        unknown = -1 if self.classes_.dtype.kind in "iuf" else UNKNOWN
        if unknown in self.classes_:
            raise InputError(
                f"No class may be named {unknown!r} where `unknown_below` is "
                "given, as that is the answer for no class. Received: one"
            )
        return unknown
