"""Scorer: the heads of ASPN's scores, and how much each counts."""

import numpy as np
import tensorflow as tf

from aspn_tf.methods import scaling
from aspn_tf.methods.closed_form import cosine
from aspn_tf.methods.epochs import Epochs
from aspn_tf.model import losses

# How much the semantic space may count beside the visual one, when both
# scores are brought to the same spread over the seen classes.
SHARES = (0.1, 0.3, 1.0, 3.0)


class Scorer(Epochs):
    """The nearest class, in one space or two.

    Heads, each (n, C): `visual` is the nearness of the feature to one
    noise-free prototype a class (Section 3.5), which for seen classes is,
    ours, the mean of their examples; `generated` the same with generated
    prototypes throughout, as classes that training did not know have no
    other. Ours, and weighed by validation: `semantic`, the nearness of the
    decoder's semantics to the class's; and `cosine`, of the features and the
    semantics as they are, where one model has made both.

    Attributes, made by the subclass:
      scaling: of features, a `FeatureScaling`.
      model: the `ASPN`.
      class_semantics: scaled, (C, q).
      means: scaled prototypes of seen classes from their examples, (k, d).
    """

    heads_offered = ("visual", "generated", "semantic", "cosine")

    def heads(self, features):
        """Every head of features (n, d); see `Method.heads`."""
        scaled = self.scaling(features)
        prototypes = self.model.prototypes(self.class_semantics)
        found = self._open_heads(scaled, prototypes, self.class_semantics)
        if self.view.joint:
            found["cosine"] = cosine(features, self.view.semantics)
        found["visual"] = found["generated"]
        if self.settings.seen_prototypes == "means":
            found["visual"] = self._compatibility(
                scaled, self._with_means(prototypes)
            )
        return found

    def open_heads(self, features, semantics):
        """The heads that need no training on a class."""
        scaled = self.scaled_semantics(semantics)
        prototypes = self.model.prototypes(scaled)
        found = self._open_heads(self.scaling(features), prototypes, scaled)
        if self.view.joint:
            found["cosine"] = cosine(features, semantics)
        return found

    def uses(self, state):
        """The state with every share of the further heads."""
        uses = [state]
        for share, offered in (
            ("semantic_share", self.model.decoder),
            ("cosine_share", self.view.joint),
        ):
            if self.settings.bidirectional and offered:
                uses += [{**use, share: s} for use in uses for s in SHARES]
        return uses

    def weights(self, setting):
        """The visual head, and what the setting adds to it."""
        added = {
            head: setting[share] * unit_of()
            for head, share, unit_of in (
                ("semantic", "semantic_share", self._semantic_unit),
                ("cosine", "cosine_share", self._cosine_unit),
            )
            if share in setting
        }
        known = {"visual": 1.0, **added}
        return {
            "generalized": known,
            "traditional": known,
            "open": {"generated": 1.0, **added},
        }

    def linear(self, task):
        """Affine where no decoder counts and no norm divides."""
        weights = self.task_weights(task)
        curved = "semantic" in weights or "cosine" in weights
        if curved or self.settings.metric == "cosine":
            return None
        prototypes = np.asarray(self._class_prototypes(), np.float64)
        kernel = weights["visual"] * prototypes.T
        bias = np.zeros(len(prototypes))
        if self.settings.metric == "euclidean":
            bias -= 0.5 * weights["visual"] * np.square(prototypes).sum(1)
        return *self.scaling.fold(kernel), bias

    def scaled_semantics(self, semantics):
        """Semantics (m, q) as the networks see them."""
        kind = self.settings.semantics_scaling
        return scaling.scale_semantics(semantics, kind)

    def _open_heads(self, scaled, prototypes, semantics):
        found = {"generated": self._compatibility(scaled, prototypes)}
        if self.model.decoder:
            inferred, _ = self.model.decoder(scaled)
            found["semantic"] = losses.compatibility(
                inferred, semantics, "euclidean"
            )
        return found

    def _compatibility(self, scaled, prototypes):
        return losses.compatibility(scaled, prototypes, self.settings.metric)

    def _class_prototypes(self):
        """The scaled prototypes that `visual` is the nearness to, (C, d)."""
        prototypes = self.model.prototypes(self.class_semantics)
        if self.settings.seen_prototypes == "means":
            return self._with_means(prototypes)
        return prototypes

    def _with_means(self, prototypes):
        """Those of seen classes replaced by the means of their examples."""
        return tf.tensor_scatter_nd_update(
            prototypes, self.view.seen[:, None], self.means
        )

    def _semantic_unit(self):
        """What brings the semantic scores to the spread of the visual."""
        known = tf.gather(self.class_semantics, self.view.seen)
        semantic = losses.compatibility(
            known, self.class_semantics, "euclidean"
        )
        return _ratio(self._scores_of_means(), semantic)

    def _cosine_unit(self):
        """What brings the cosine to the spread of the visual scores."""
        means = self.scaling.inverse(self.means)
        return _ratio(
            self._scores_of_means(), cosine(means, self.view.semantics)
        )

    def _scores_of_means(self):
        return self._compatibility(self.means, self._class_prototypes())


def _ratio(scores, others):
    """What brings the others to the spread over classes of the scores."""
    spread, wanted = (
        tf.reduce_mean(tf.math.reduce_std(rows, axis=-1))
        for rows in (others, scores)
    )
    return float(tf.math.divide_no_nan(wanted, spread))
