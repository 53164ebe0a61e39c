"""The two kinds of steps of E-PGN, as Keras models.

Symbols, once: x feature, s semantics, G the generator, F the decoder, D the
discriminator (`critic`), S the number of seen classes.
"""

import keras
import tensorflow as tf

from aspn_tf.model import losses
from aspn_tf.model.adversarial import Adversarial

VISUAL_WEIGHT = 1e-3  # of the squared lengths under L_G's logarithm
BASE_TERMS = (
    "visual",
    "semantic",
    "visual_classification",
    "semantic_classification",
)
TERMS = ("discriminator", "adversarial", "reconstruction", "objective")


class EPGNModel(Adversarial):
    """An episode's three updates: of the base loss, of D, of L_G.

    Args:
      generator: G, a `Generator` without noise.
      decoder: F, a `Decoder` without noise.
      critic: D, a `Critic`; None for none.
      class_semantics: (C, q) of length 1.
      seen: ids of the seen classes, sorted.
      adversarial_weight: of D's term in L_G.
      keep: the shares of hidden units that dropout keeps, of F and of D.
      seed: of dropout.
    """

    def __init__(
        self,
        generator,
        decoder,
        critic,
        class_semantics,
        seen,
        adversarial_weight,
        keep,
        seed,
    ):
        super().__init__(seed=seed)
        self.generator, self.decoder = generator, decoder
        self.critic = critic
        self.class_semantics = tf.constant(class_semantics, tf.float32)
        self.seen = tf.constant(seen, tf.int64)
        self.adversarial_weight = adversarial_weight
        self.decoder_keep, self.critic_keep = keep
        names = (*BASE_TERMS, *TERMS)
        self.trackers = {name: keras.metrics.Mean(name) for name in names}
        self.built = True

    @property
    def generating_variables(self):
        """Those of G and F."""
        networks = self.generator, self.decoder
        return [v for one in networks for v in one.trainable_variables]

    @property
    def deceiving_variables(self):
        """Those that L_G moves: G's alone where there is no D to deceive."""
        if self.critic:
            return self.generating_variables
        return self.generator.trainable_variables

    def compile(self, optimizer, **kwargs):
        """Takes Adam for the base loss; D and L_G get one like it each."""
        super().compile(optimizer, **kwargs)
        self.deceiving_optimizer = _another(
            self.generator_optimizer, self.deceiving_variables
        )

    def train_step(self, data):
        """One update of the base loss, one of D, one of L_G.

        Args:
          data: features (n, d) and labels (n,).

        Returns:
          The mean of every loss term since the last reset, by name.
        """
        features, labels = data
        objective, terms = self.descend_sum(
            lambda: self.base_terms(features, labels)
        )
        semantics = tf.gather(self.class_semantics, labels)
        discriminator = self.discriminator_step(features, semantics)
        with tf.GradientTape() as tape:
            deceiving = self.deceiving_terms(features, semantics)
            loss = losses.total(list(deceiving.values()))
        self.descend(
            tape, loss, self.deceiving_variables, self.deceiving_optimizer
        )
        return self.track(
            objective=objective,
            discriminator=discriminator,
            **terms,
            **deceiving,
        )

    def base_terms(self, features, labels):
        """The four terms of the base loss, scalars by `BASE_TERMS`.

        Means over examples and dimensions; both softmaxes are of raw products
        over all seen classes, the held-out ones too.
        """
        columns = tf.searchsorted(self.seen, labels)
        semantics = tf.gather(self.class_semantics, self.seen)
        prototypes = self.generator.prototypes(semantics)
        inferred = self.infer(features)
        return {
            "visual": losses.visual(features, tf.gather(prototypes, columns)),
            "semantic": losses.semantic(
                tf.gather(semantics, columns), inferred
            ),
            "visual_classification": losses.classification(
                losses.compatibility(features, prototypes, "dot"), columns
            ),
            "semantic_classification": losses.classification(
                losses.compatibility(inferred, semantics, "dot"), columns
            ),
        }

    def discriminator_step(self, features, semantics):
        """One update of D alone, by (x, s) against (G(s), F(x)); its loss."""
        if not self.critic:
            return tf.constant(0.0)
        generated = self.generator.prototypes(semantics)
        inferred = self.infer(features)
        with tf.GradientTape() as tape:
            real = self.discriminate(features, semantics)
            false = self.discriminate(generated, inferred)
            loss = tf.reduce_mean(tf.nn.softplus(-real)) + tf.reduce_mean(
                tf.nn.softplus(false)
            )
        self.descend(
            tape, loss, self.critic.trainable_variables, self.critic_optimizer
        )
        return loss

    def deceiving_terms(self, features, semantics):
        """L_G: -log D(G(s), F(x)), and the log of the squared distance."""
        generated = self.generator.prototypes(semantics)
        square = losses.squared_error(features, generated, "example")
        terms = {"reconstruction": tf.math.log(VISUAL_WEIGHT * square + 1e-12)}
        if self.critic:
            false = self.discriminate(generated, self.infer(features))
            loss = tf.reduce_mean(tf.nn.softplus(-false))
            terms["adversarial"] = self.adversarial_weight * loss
        return terms

    def infer(self, features):
        """F(x) with dropout, (n, q)."""
        return self._dropped(self.decoder, self.decoder_keep, features)

    def discriminate(self, features, semantics):
        """The logit of D with dropout, (n, 1)."""
        return self._dropped(self.critic, self.critic_keep, features, semantics)

    def _dropped(self, network, keep, *inputs):
        hidden = network.hidden(tf.concat(inputs, axis=-1))
        if keep < 1.0:
            kept = self.random.uniform(tf.shape(hidden)) < keep
            hidden = hidden * tf.cast(kept, hidden.dtype) / keep
        return tf.cast(network.out(hidden), tf.float32)


class Refinement(Adversarial):
    """An update of G on images of the held-out classes, by their distances.

    Args:
      generator: G.
      seen_semantics: (S, q) of length 1.
      seen: ids of the seen classes, sorted.
    """

    def __init__(self, generator, seen_semantics, seen):
        super().__init__()
        self.generator = generator
        self.seen_semantics = tf.constant(seen_semantics, tf.float32)
        self.seen = tf.constant(seen, tf.int64)
        self.trackers = {"refinement": keras.metrics.Mean("refinement")}
        self.built = True

    @property
    def generating_variables(self):
        """Those of G."""
        return self.generator.trainable_variables

    def nearness_loss(self, features, labels):
        """-log P(y | x), a softmax of -(1/d)|x - G(s)|^2 over seen classes."""
        scores = losses.compatibility(
            features,
            self.generator.prototypes(self.seen_semantics),
            "euclidean",
            temperature=features.shape[-1] / 2.0,
        )
        columns = tf.searchsorted(self.seen, labels)
        return losses.classification(scores, columns)

    def train_step(self, data):
        """One update; see `EPGNModel.train_step`."""
        with tf.GradientTape() as tape:
            loss = self.nearness_loss(*data)
        self.descend(
            tape, loss, self.generating_variables, self.generator_optimizer
        )
        return self.track(refinement=loss)


def _another(optimizer, variables):
    """Another optimizer of the same settings, built for these variables."""
    inner = getattr(optimizer, "inner_optimizer", optimizer)
    config = inner.get_config()
    config.pop("name")
    fresh = type(inner).from_config(config)
    if inner is not optimizer:
        fresh = keras.optimizers.LossScaleOptimizer(fresh)
    fresh.build(variables)
    return fresh
