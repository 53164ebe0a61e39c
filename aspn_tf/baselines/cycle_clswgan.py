"""Cycle-CLSWGAN: CLSWGAN whose features must give their semantics back.

Felix et al., "Multi-modal cycle-consistent generalized zero-shot learning",
ECCV 2018. A linear regressor from features to semantics is trained on real
features first; then 0.01 ||s - R(G(s, z))||^2 joins the generator's objective.
With the noise as wide as the semantics this is the 18.1M of the paper's
Table 2: 18,112,648 on AWA's sizes.
"""

import keras
import tensorflow as tf

from aspn_tf.baselines.clswgan import BATCH_SIZE, CLSWGAN, LEARNING_RATE

CYCLE_WEIGHT = 0.01
REGRESSOR_EPOCHS = 40


class CycleCLSWGAN(CLSWGAN):
    """CLSWGAN with a regressor and the cycle term; settings are the same."""

    method = "cycle_clswgan"

    def build(self, benchmark):
        """Makes every network for a benchmark's sizes."""
        super().build(benchmark)
        width = benchmark.feature_width
        semantics_width = benchmark.semantics_width
        self.regressor = keras.layers.Dense(semantics_width, name="regressor")
        self.regressor.build((None, width))
        self.regressor.kernel.assign(
            self.random.normal((width, semantics_width), stddev=0.02)
        )
        self.regressor_optimizer = keras.optimizers.Adam(LEARNING_RATE)
        self.regressor_optimizer.build(self.regressor.trainable_variables)

    def pretrain(self, features, labels):
        """Trains the seen softmax and the regressor on real features."""
        super().pretrain(features, labels)
        for _ in range(REGRESSOR_EPOCHS):
            self._regressor_epoch(features, labels)

    def describe(self, features):
        """Inferred semantics (n, q), in the units of the data's own."""
        return self.regressor(self._scale(features))

    def networks(self):
        """The networks of the paper's count; see `CLSWGAN.networks`."""
        return {**super().networks(), "regressor": self.regressor}

    def generator_terms(self, generated, semantics, labels):
        """CLSWGAN's terms and the cycle, 0.01 ||s - R(G(s, z))||^2."""
        terms = super().generator_terms(generated, semantics, labels)
        cycle = self._distance(semantics, self.regressor(generated))
        return {**terms, "cycle": CYCLE_WEIGHT * cycle}

    def _distance(self, semantics, inferred):
        square = tf.math.squared_difference(semantics, inferred)
        return tf.reduce_mean(tf.reduce_sum(square, axis=-1))

    @tf.function(reduce_retracing=True)
    def _regressor_epoch(self, features, labels):
        count = tf.shape(labels)[0]
        order = tf.argsort(self.random.uniform((count,)))
        for start in tf.range(0, count, BATCH_SIZE):
            rows = order[start : start + BATCH_SIZE]
            semantics = tf.gather(self.class_semantics, tf.gather(labels, rows))
            with tf.GradientTape() as tape:
                inferred = self.regressor(tf.gather(features, rows))
                loss = self._distance(semantics, inferred)
            weights = self.regressor.trainable_variables
            self.regressor_optimizer.apply(
                tape.gradient(loss, weights), weights
            )
