"""Model: recognises, also classes that training did not know."""

import numpy as np

from aspn_tf.errors import InputError
from aspn_tf.serving import asked, confidence, described, ranking
from aspn_tf.serving.signatures import rows

BATCH_SIZE = 8192
UNKNOWN = "unknown"


class Model:
    """Recognises, and takes further classes by their semantics.

    Attributes:
      classes: dict of class name to semantics (q,): those of training, then
        those that were added.
      seen: names of the classes that training had images of.
      unseen: names of those it knew by their semantics alone.
      attribute_names: what the q columns of semantics mean, or [].
      data: name, fingerprint and notes of the data set.
      config: the flags of the run, as text.
      measured: the results of the run; T, u, s, H in percent.
      feature_width: d.
      semantics_width: q.

    Args:
      traced: an `aspn_tf.serving.signatures.Signatures`.
      semantics: (C, q), of the classes of training.
      about: dict of the names of `loaded.ASSETS` to their content.
    """

    def __init__(self, traced, semantics, about):
        self._signatures = traced
        self.attribute_names, self.config = about["attributes"], about["config"]
        self.data, self.measured = about["data"], about["measured"]
        self._confidence = about["confidence"]
        names = about["classes"]["names"]
        self.classes = dict(zip(names, semantics, strict=True))
        self._trained = len(names)
        self.seen = about["classes"]["seen"]
        self.unseen = about["classes"]["unseen"]
        self.feature_width = traced.widths["features"]
        self.semantics_width = traced.widths["semantics"]
        if about["added"]:
            self.add_classes(about["added"])

    @property
    def temperature(self):
        """What divides the scores before their softmax; None: not measured."""
        return self._confidence.get(self._task(), {}).get("temperature")

    @property
    def added(self):
        """Dict of name to semantics (q,) of the classes that were added."""
        return dict(list(self.classes.items())[self._trained :])

    def add_classes(self, classes):
        """Takes further classes, which need no training.

        From then on all classes are told by their semantics, as `classify`
        tells the caller's own.

        Args:
          classes: dict of name to semantics (q,), in the data's own units, or
            to texts, where the data's are of words.

        Raises:
          InputError: a name is taken already, semantics have another width or
            are not finite, or the method cannot score such classes.
        """
        asked.refuse_unless_new(classes, self.classes)
        self._signatures.named("classify")
        told = classes, self.data, self.semantics_width
        self.classes |= described.checked(*told)

    def remove_classes(self, names):
        """Forgets classes that were added.

        Raises:
          InputError: a name is not of such a class.
        """
        for name in names:
            if name not in self.added:
                raise InputError(
                    "Only a class that was added can be removed. Received: "
                    f"{name}"
                )
        for name in names:
            del self.classes[name]

    def decision_function(self, features, semantics=None):
        """Scores (n, C) of all classes, in the order of `classes`, calibrated.

        Args:
          features: (n, d), in the data's own units.
          semantics: as of `classify`, a dict; the scores are in its order.

        Raises:
          InputError: the width is not the trained one or a number not finite.
        """
        among = self._all()
        if semantics is not None:
            _, *among = asked.asked(semantics, None, self.were_seen)
        parts = [
            self._scores(features[start : start + BATCH_SIZE], *among)
            for start in range(0, max(1, len(features)), BATCH_SIZE)
        ]
        return np.concatenate([part.numpy() for part in parts])

    def predict_proba(self, features):
        """Probabilities (n, C) of all classes, in the order of `classes`.

        The softmax of the scores over a temperature that was chosen on a
        validation partition.

        Raises:
          InputError: as `decision_function`; or nothing was measured on a
            validation partition in training.
        """
        return self._probabilities(self.decision_function(features))

    def predict(self, features, unknown_below=0.0):
        """Names (n,) of the most probable classes.

        Args:
          features: (n, d), in the data's own units.
          unknown_below: a probability; where the best class has less, the
            answer is "unknown".

        Raises:
          InputError: as `decision_function`, and with `unknown_below` as
            `predict_proba`.
        """
        scores = self.decision_function(features)
        best = np.array(list(self.classes))[scores.argmax(axis=1)]
        if not unknown_below:
            return best
        return np.where(self.doubted(scores, unknown_below), UNKNOWN, best)

    def doubted(self, scores, unknown_below):
        """Where no class has so high a probability, (n,), of its scores."""
        return self._probabilities(scores).max(axis=1) < unknown_below

    def threshold(self, false_accept_rate):
        """The `unknown_below` that accepts a given share of strangers.

        Strangers are examples of classes that nothing is known of. Measured on
        a validation partition, with examples of classes that training there
        had no images of, their own class left out of those asked for.

        Args:
          false_accept_rate: share of strangers that get a name, 0 to 1.

        Raises:
          InputError: as `predict_proba`; or the rate is not in 0 to 1.
        """
        strangers = self._sure()["strangers"]
        return confidence.threshold(strangers, false_accept_rate)

    def classify(self, features, semantics=None, seen=None, top_k=5):
        """The best classes of each example.

        Args:
          features: (n, d), in the data's own units.
          semantics: None for `classes`; else the classes to choose among,
            seen or new: a dict of name to semantics (q,), or an array (m, q)
            whose rows are then named "0", "1", ...
          seen: m bools, which of these classes training had images of. An
            array needs it; of a dict, None takes those as seen whose names are
            in the model's `seen`.
          top_k: how many classes; all of them if there are fewer.

        Returns:
          An `Answer`. Scores of seen classes are calibrated.

        Raises:
          InputError: a width is not the trained one, a number is not finite,
            which classes are seen is not told, or the method cannot score
            classes that training did not know.
        """
        if semantics is not None:
            told = semantics, seen, self.were_seen
            names, semantics, seen = asked.asked(*told)
            taken = [name for name, is_seen in zip(names, seen) if is_seen]
        elif seen is None:
            names, taken = list(self.classes), self.seen
        else:
            raise InputError(
                "`seen` must come with `semantics`. Received: `seen` alone; "
                "the model knows which of its own classes are seen."
            )
        index, scores = self.best(features, semantics, seen, top_k)
        return asked.Answer(np.array(names)[index], scores, index, tuple(taken))

    def best(self, features, semantics=None, seen=None, top_k=5):
        """`classify` without the names: index (n, k) and scores (n, k).

        Semantics are None or (m, q), with them `seen` is bool (m,).
        """
        features = rows("features", features, self.feature_width)
        among = self._all() if semantics is None else (semantics, seen)
        given = features, *among, self._trained, top_k
        return ranking.best(self._scores, *given)

    def were_seen(self, names):
        """Which of some classes training had images of, bool (m,), by name."""
        return np.isin(names, self.seen)

    def prototypes(self, semantics):
        """One feature (m, d) for each of the semantics (m, q)."""
        found = self._signatures.call("prototypes", semantics=semantics)
        return found["prototypes"].numpy()

    def describe(self, features):
        """The semantics (n, q) that the model sees in features (n, d)."""
        found = self._signatures.call("describe", features=features)
        return found["semantics"].numpy()

    def _all(self):
        """Semantics and seen of all classes; (None, None) without added."""
        if not self.added:
            return None, None
        semantics = np.array(list(self.classes.values()))
        return semantics, self.were_seen(list(self.classes))

    def _scores(self, features, semantics=None, seen=None):
        """Scores (n, m) among some classes; None for those of training."""
        name, among = "serving_default", {}
        if semantics is not None:
            name, among = "classify", {"semantics": semantics, "seen": seen}
        return self._signatures.call(name, features=features, **among)["scores"]

    def _probabilities(self, scores):
        return confidence.probabilities(scores, self._sure()["temperature"])

    def _task(self):
        """Which scores those of `decision_function` are."""
        return "open" if self.added else "generalized"

    def _sure(self):
        """How sure the answers of `decision_function` are."""
        if self._task() not in self._confidence:
            raise InputError(
                "Probabilities must have been measured on a validation "
                "partition. Received: a model that was trained without one; "
                "train with --selection=validation."
            )
        return self._confidence[self._task()]
