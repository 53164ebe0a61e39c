"""Recognizer: ASPN from raw features to class scores, as a `Method`."""

import functools

import keras
import numpy as np
import tensorflow as tf

from aspn_tf import classifier, losses, scaling, warm_start
from aspn_tf.errors import InputError
from aspn_tf.method import Method
from aspn_tf.model import ASPN

# How much the semantic space may count beside the visual one, when both
# scores are brought to the same spread over the seen classes.
SHARES = (0.1, 0.3, 1.0, 3.0)


class Recognizer(Method):
    """Scales, trains `ASPN`, and scores by the nearest class.

    Visual nearness is the compatibility that was trained, to one noise-free
    prototype a class (Section 3.5). Ours: to it the validation partition may
    add semantic nearness, that of the decoder's semantics to the class's; or,
    in the generalized task, a softmax, see `aspn_tf.classifier`, which knows
    the classes of training alone, so that `classify` stays with nearness.

    A setting is {"epoch": int}, with "semantic_share" where that is not 0, or
    "classifier": "softmax".
    """

    method = "aspn"

    def fit(self, benchmark, setting=None):
        """Yields after every epoch; see `Method.fit`."""
        config = self.config
        keras.utils.set_random_seed(config.seed)
        features = self._build(benchmark)
        labels = benchmark.train.labels
        steps = self.steps(len(labels), config.batch_size)
        self.model.compile(self._learning_rate(steps), config.weight_decay)
        batches = self._batches(features, labels)
        epochs = setting["epoch"] if setting else config.epochs
        for epoch in range(1, epochs + 1):
            history = self.model.fit(
                batches, steps_per_epoch=steps, verbose=0, shuffle=False
            ).history
            logs = {name: values[-1] for name, values in history.items()}
            if not np.isfinite(logs["objective"]):
                raise InputError(
                    "`--learning_rate` and the weights must keep the loss "
                    f"finite. Received: --learning_rate="
                    f"{config.learning_rate}, with which it was "
                    f"{logs['objective']} in epoch {epoch}; lower it."
                )
            if self.model.attention:
                logs["alpha"] = float(self.model.attention.alpha)
            self.refine(setting or {})
            if not (setting and "classifier" in setting and epoch == epochs):
                yield {"epoch": epoch}, logs
        offered = config.softmax and config.selection == "validation"
        if "classifier" in setting if setting else offered:
            self.refine({})
            self._fit_softmax(benchmark, features)
            yield {"epoch": epochs, "classifier": "softmax"}, logs

    def _build(self, benchmark):
        """Learns the scaling, makes the model; scaled training features."""
        config, train = self.config, benchmark.train
        width = benchmark.feature_width
        self.seen = tf.constant(benchmark.seen, tf.int64)
        semantics = self._scaled_semantics(benchmark.semantics)
        self.class_semantics = semantics
        self.semantics_length = tf.norm(benchmark.semantics) / tf.norm(
            semantics
        )
        shrinkage = ridge = None
        if config.feature_scaling == "whiten" or config.warm_start:
            shrinkage, ridge = scaling.choose_regularisers(
                train.features, train.labels, benchmark.semantics
            )
        self.scaling = scaling.FeatureScaling(width, config.feature_scaling)
        self.scaling.adapt(train.features, train.labels, shrinkage)
        means = scaling.class_means(
            train.features, train.labels, benchmark.seen
        )
        self.means = self.scaling(means.astype("float32"))
        features = self._scaled(train.features)
        self.model = ASPN(config, semantics, benchmark.seen, width)
        if self.model.decoder is None:
            self.describe = None
        if config.warm_start:
            warm_start.start(
                self.model, features, train.labels, self.means, ridge
            )
        return features

    def refinements(self, setting):
        """The state with every semantic share; see `Method.refinements`."""
        config = self.config
        offered = config.bidirectional and config.selection == "validation"
        if not (offered and self.model.decoder) or "classifier" in setting:
            return [setting]
        shares = [{"semantic_share": share} for share in SHARES]
        return [setting, *({**setting, **share} for share in shares)]

    def refine(self, setting):
        """Weighs the semantic space as a setting says."""
        if "classifier" in setting:
            return
        weight = 0.0
        if "semantic_share" in setting:
            visual = self._visual(self.means, self._class_prototypes())
            known = tf.gather(self.class_semantics, self.seen)
            semantic = losses.compatibility(
                known, self.class_semantics, "euclidean"
            )
            weight = setting["semantic_share"] * _ratio(visual, semantic)
        self.scores = functools.partial(self._known_nearness, weight)
        self.classify = functools.partial(self._open_nearness, weight)

    def scores(self, features):
        """(n, C); see `Method.scores`."""
        return self._known_nearness(0.0, features)

    def prototypes(self, semantics):
        """Prototypes (m, d) in the data's units of semantics (m, q)."""
        return self.scaling.inverse(
            self.model.prototypes(self._scaled_semantics(semantics))
        )

    def classify(self, features, semantics):
        """(n, m) of features (n, d) against any classes, semantics (m, q)."""
        return self._open_nearness(0.0, features, semantics)

    def describe(self, features):
        """Semantics (n, q) that the decoder infers, of the data's length."""
        inferred, _ = self.model.decoder(self.scaling(features))
        return inferred * self.semantics_length

    def training_step(self, features, labels):
        """One update of every network on scaled features, for the count."""
        return self.model.train_step((features, labels))

    def examples_a_state(self, count):
        """Those of an epoch's batches."""
        return self.config.batch_size * self.steps(
            count, self.config.batch_size
        )

    def networks(self):
        """Generator, decoder, critic, attention: those that were built."""
        parts = ("generator", "decoder", "critic", "attention")
        return {
            part: getattr(self.model, part)
            for part in parts
            if getattr(self.model, part) is not None
        }

    def _class_prototypes(self):
        prototypes = self.model.prototypes(self.class_semantics)
        if self.config.seen_prototypes == "means":
            prototypes = tf.tensor_scatter_nd_update(
                prototypes, self.seen[:, None], self.means
            )
        return prototypes

    def _visual(self, scaled, prototypes):
        return losses.compatibility(
            scaled, prototypes, self.config.compatibility
        )

    def _nearness(self, weight, features, prototypes, semantics):
        """Visual, and by its weight semantic; of classes in scaled units."""
        scaled = self.scaling(features)
        scores = self._visual(scaled, prototypes)
        if weight:
            inferred, _ = self.model.decoder(scaled)
            scores += weight * losses.compatibility(
                inferred, semantics, "euclidean"
            )
        return scores

    def _known_nearness(self, weight, features):
        prototypes = self._class_prototypes()
        return self._nearness(
            weight, features, prototypes, self.class_semantics
        )

    def _open_nearness(self, weight, features, semantics):
        semantics = self._scaled_semantics(semantics)
        prototypes = self.model.prototypes(semantics)
        return self._nearness(weight, features, prototypes, semantics)

    def _fit_softmax(self, benchmark, features):
        """From here on `scores` are those of the softmax and of nearness.

        Both count alike: they are brought to the same spread. The traditional
        task keeps to nearness: the softmax is there to tell seen classes from
        unseen ones.
        """
        kernel, bias = classifier.fit(
            features,
            benchmark.train.labels,
            self.means.numpy(),
            self.model.prototypes(self.class_semantics).numpy(),
            benchmark.seen,
            benchmark.unseen,
            self.config.seed,
        )
        self.kernel, self.bias = tf.Variable(kernel), tf.Variable(bias)
        ratio = _ratio(
            self._softmax(self.means),
            self._visual(self.means, self._class_prototypes()),
        )
        self.unseen_scores = self.scores
        self.scores = functools.partial(self._softmax_scores, ratio)

    def _softmax(self, scaled):
        return tf.matmul(scaled, self.kernel) + self.bias

    def _softmax_scores(self, weight, features):
        scaled = self.scaling(features)
        visual = self._visual(scaled, self._class_prototypes())
        return self._softmax(scaled) + weight * visual

    def _learning_rate(self, steps):
        config = self.config
        if config.schedule == "constant":
            return config.learning_rate
        return keras.optimizers.schedules.CosineDecay(
            config.learning_rate, steps * config.epochs
        )

    def _scaled_semantics(self, semantics):
        return scaling.scale_semantics(semantics, self.config.semantics_scaling)

    def _scaled(self, features):
        """Scaled features, by parts of bounded size."""
        parts = np.array_split(features, max(1, len(features) // 4096))
        return np.concatenate([self.scaling(part).numpy() for part in parts])

    def _batches(self, features, labels):
        """Shuffled batches of scaled features and labels, without an end."""
        count = len(labels)
        features, labels = tf.constant(features), tf.constant(labels)
        return (
            tf.data.Dataset.range(count)
            .shuffle(count, seed=self.config.seed)
            .repeat()
            .batch(self.config.batch_size)
            .map(lambda i: (tf.gather(features, i), tf.gather(labels, i)))
            .prefetch(2)
        )


def _ratio(scores, others):
    """What brings the others to the spread over classes of the scores."""
    spread, wanted = (
        tf.reduce_mean(tf.math.reduce_std(rows, axis=-1))
        for rows in (others, scores)
    )
    return float(tf.math.divide_no_nan(wanted, spread))
