"""Recognizer: ASPN from raw features to class scores, as a `Method`."""

import keras
import numpy as np
import tensorflow as tf

from aspn_tf import classifier, losses, scaling, warm_start
from aspn_tf.errors import InputError
from aspn_tf.method import Method
from aspn_tf.model import ASPN


class Recognizer(Method):
    """Scales, trains `ASPN`, and scores by the nearest prototype.

    One noise-free prototype a class; nearness is the compatibility that was
    trained (Section 3.5). Where the validation partition prefers it, the
    generalized task is a softmax's, see `aspn_tf.classifier`; it knows the
    classes of training alone, `classify` stays with prototypes.

    A setting is {"epoch": int}, with "classifier": "softmax" where it is that.
    """

    method = "aspn"

    def fit(self, benchmark, setting=None):
        """Yields after every epoch; see `Method.fit`."""
        config = self.config
        keras.utils.set_random_seed(config.seed)
        train = benchmark.train
        semantics = self._scaled_semantics(benchmark.semantics)
        self.class_semantics = semantics
        self.semantics_length = tf.norm(benchmark.semantics) / tf.norm(
            semantics
        )
        self.scaling = scaling.FeatureScaling(
            benchmark.feature_width, config.feature_scaling
        )
        shrinkage = ridge = None
        if config.feature_scaling == "whiten" or config.warm_start:
            shrinkage, ridge = scaling.choose_regularisers(
                train.features, train.labels, benchmark.semantics
            )
        self.scaling.adapt(train.features, train.labels, shrinkage)
        means = scaling.class_means(
            train.features, train.labels, benchmark.seen
        )
        self.means = self.scaling(means.astype("float32"))
        self.seen = tf.constant(benchmark.seen, tf.int64)
        self.model = ASPN(
            config, semantics, benchmark.seen, benchmark.feature_width
        )
        features = self._scaled(train.features)
        if config.warm_start:
            warm_start.start(
                self.model, features, train.labels, self.means, ridge
            )
        if self.model.decoder is None:
            self.describe = None
        steps = self.steps(len(train.labels), config.batch_size)
        self.model.compile(self._learning_rate(steps), config.weight_decay)
        batches = self._batches(features, train.labels)
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
            if not (setting and "classifier" in setting and epoch == epochs):
                yield {"epoch": epoch}, logs
        offered = config.softmax and config.selection == "validation"
        if "classifier" in setting if setting else offered:
            self._fit_softmax(benchmark, features)
            yield {"epoch": epochs, "classifier": "softmax"}, logs

    def scores(self, features):
        """(n, C); see `Method.scores`."""
        return self._prototype_scores(features)

    def _prototype_scores(self, features):
        prototypes = self.model.prototypes(self.class_semantics)
        if self.config.seen_prototypes == "means":
            prototypes = tf.tensor_scatter_nd_update(
                prototypes, self.seen[:, None], self.means
            )
        return losses.compatibility(
            self.scaling(features), prototypes, self.config.compatibility
        )

    def prototypes(self, semantics):
        """Prototypes (m, d) in the data's units of semantics (m, q)."""
        return self.scaling.inverse(
            self.model.prototypes(self._scaled_semantics(semantics))
        )

    def classify(self, features, semantics):
        """(n, m) of features (n, d) against any classes, semantics (m, q)."""
        return losses.compatibility(
            self.scaling(features),
            self.model.prototypes(self._scaled_semantics(semantics)),
            self.config.compatibility,
        )

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

    def _fit_softmax(self, benchmark, features):
        """From here on `scores` are those of the softmax.

        The traditional task keeps the nearest prototype: the softmax is there
        to tell seen classes from unseen ones.
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
        self.scores = self._softmax_scores
        self.unseen_scores = self._prototype_scores

    def _softmax_scores(self, features):
        return tf.matmul(self.scaling(features), self.kernel) + self.bias

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
