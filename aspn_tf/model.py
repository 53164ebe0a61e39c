"""ASPN: the paper's full model and its training step (Section 3, Eq. 9)."""

import keras
import tensorflow as tf

from aspn_tf import losses
from aspn_tf.layers import CategoryAttention
from aspn_tf.networks import Critic, Decoder, Generator

TERMS = (
    "objective",
    "visual",
    "semantic",
    "preservation",
    "adversarial",
    "classification",
)
CRITIC_TERMS = ("critic", "gradient_penalty")


class ASPN(keras.Model):
    """Generator, decoder, critic and category attention, trained together.

    A part whose weight is 0 is not built: no decoder without L_S and L_pre,
    no critic without L_D.

    Args:
      config: an `aspn_tf.config.Config`.
      semantics: s of every class, scaled, (C, q).
      seen: ids of the seen classes, sorted.
      feature_width: d.
    """

    def __init__(self, config, semantics, seen, feature_width):
        super().__init__(name="aspn")
        self.config = config
        self.class_count, self.semantics_width = semantics.shape
        self.feature_width = feature_width
        self.noise_width = config.noise_width
        if config.noise_width < 0:
            self.noise_width = self.semantics_width
        self.class_semantics = tf.convert_to_tensor(semantics, tf.float32)
        self.seen = tf.constant(seen, tf.int64)
        widths = self.semantics_width, self.noise_width
        self.generator = Generator(
            *widths,
            feature_width,
            output=config.generator_output,
            name="generator",
        )
        self.decoder = self.critic = self.attention = None
        if config.semantic_weight or config.cycle_weight:
            self.decoder = Decoder(feature_width, *widths, name="decoder")
        if config.adversarial_weight:
            self.critic = Critic(
                feature_width, self.semantics_width, name="critic"
            )
        if config.attention:
            self.attention = CategoryAttention(
                max(1, feature_width // 4),
                role=config.alpha_role,
                scaled=config.attention_scaled,
                initial_alpha=config.alpha,
                name="attention",
            )
            self.attention.build((None, feature_width))
        self.random = keras.random.SeedGenerator(config.seed)
        self.built = True
        self.trackers = {
            name: keras.metrics.Mean(name)
            for name in TERMS + (CRITIC_TERMS if self.critic else ())
        }

    @property
    def metrics(self):
        """The trackers, which Keras resets before every epoch."""
        return list(self.trackers.values())

    @property
    def generating_variables(self):
        """Those of theta and mu: generator, attention and decoder."""
        parts = (self.generator, self.attention, self.decoder)
        return [v for part in parts if part for v in part.trainable_variables]

    def compile(self, learning_rate, weight_decay=0.0, **kwargs):
        """One AdamW for generator and decoder, one Adam for the critic.

        Each owns its list of variables, so that no loss moves a network that
        is not its own.
        """
        super().compile(**kwargs)
        self.generator_optimizer = keras.optimizers.AdamW(
            learning_rate, weight_decay=weight_decay
        )
        self.generator_optimizer.exclude_from_weight_decay(
            var_names=["bias", "alpha"]
        )
        self.generator_optimizer.build(self.generating_variables)
        if self.critic:
            self.critic_optimizer = keras.optimizers.Adam(learning_rate)
            self.critic_optimizer.build(self.critic.trainable_variables)

    def generate(self, semantics, noise):
        """x^, or o of Eq. 6 where the attention is on: (n, d)."""
        generated = self.generator(semantics, noise)
        return self.attention(generated) if self.attention else generated

    def prototypes(self, semantics):
        """One noise-free feature for each row of semantics, (m, d)."""
        prototypes = self.generator.prototypes(semantics)
        if self.attention and self.config.attended_prototypes:
            prototypes = self.attention(prototypes)
        return prototypes

    def train_step(self, data):
        """One update of the critic, then one of generator and decoder.

        Args:
          data: features (n, d) and labels (n,), int64.

        Returns:
          The mean of every loss term over the epoch, by name.
        """
        features, labels = data
        semantics = tf.gather(self.class_semantics, labels)
        if self.critic:
            self._critic_step(features, semantics)
        config, zero = self.config, tf.constant(0.0)
        visual = semantic = preservation = adversarial = zero
        with tf.GradientTape() as tape:
            generated = self.generate(semantics, self._noise(_rows(labels)))
            visual = losses.visual(features, generated, config.reduction)
            if self.decoder:
                semantic, preservation = self._preserve(
                    features, generated, semantics
                )
            if self.critic:
                adversarial = losses.adversarial(
                    self.critic(generated, semantics)
                )
            classification = self._classify(features, generated, labels)
            objective = (  # Eq. 9
                config.visual_weight * visual
                + config.semantic_weight * semantic
                + config.cycle_weight * preservation
                + config.adversarial_weight * adversarial
                + config.classification_weight * classification
            )
        _apply(
            tape, objective, self.generating_variables, self.generator_optimizer
        )
        terms = (
            objective,
            visual,
            semantic,
            preservation,
            adversarial,
            classification,
        )
        return self._track(TERMS, terms)

    def _critic_step(self, features, semantics):
        """Eq. 4; moves the critic alone."""
        count = _rows(features)
        generated = self.generate(semantics, self._noise(count))
        mix = keras.random.uniform((count, 1), seed=self.random)
        with tf.GradientTape() as tape:
            penalty = losses.gradient_penalty(
                self.critic,
                features,
                generated,
                semantics,
                mix,
                self.config.penalty_form,
            )
            loss = losses.critic(
                self.critic(features, semantics),
                self.critic(generated, semantics),
                penalty,
                self.config.penalty_weight,
            )
        _apply(
            tape, loss, self.critic.trainable_variables, self.critic_optimizer
        )
        self._track(CRITIC_TERMS, (loss, penalty))

    def _track(self, names, values):
        """Adds a step to the means; returns them all as they stand."""
        for name, value in zip(names, values, strict=True):
            self.trackers[name].update_state(value)
        return {name: mean.result() for name, mean in self.trackers.items()}

    def _preserve(self, features, generated, semantics):
        """L_S and L_pre, Eqs. 2 and 3."""
        inferred, inferred_noise = self.decoder(features)
        semantics_cycle, _ = self.decoder(generated)
        features_cycle = self.generator(inferred, inferred_noise)
        reduction = self.config.reduction
        return (
            losses.semantic(semantics, inferred, reduction),
            losses.preservation(
                semantics, semantics_cycle, features, features_cycle, reduction
            ),
        )

    def _classify(self, features, generated, labels):
        """L_cls, Eq. 7: real features, then pseudo features of classes."""
        config = self.config
        prototypes = self.prototypes(self.class_semantics)
        real_prototypes, real_labels = prototypes, labels
        if config.real_classes == "seen":
            real_prototypes = tf.gather(prototypes, self.seen)
            real_labels = tf.searchsorted(self.seen, labels)
        pseudo, pseudo_labels = generated, labels
        if config.pseudo_classes == "all":
            count = _rows(labels)
            pseudo_labels = keras.random.randint(
                (count,), 0, self.class_count, dtype="int64", seed=self.random
            )
            pseudo = self.generate(
                tf.gather(self.class_semantics, pseudo_labels),
                self._noise(count),
            )
        pairs = (
            (features, real_prototypes, real_labels),
            (pseudo, prototypes, pseudo_labels),
        )
        return tf.add_n(
            [
                losses.classification(
                    losses.compatibility(
                        rows, against, config.compatibility, config.temperature
                    ),
                    wanted,
                    config.reduction,
                )
                for rows, against, wanted in pairs
            ]
        )

    def _noise(self, count):
        """Z ~ N(0, 1), scaled, (count, nz)."""
        return self.config.noise_scale * keras.random.normal(
            (count, self.noise_width), seed=self.random
        )


def _rows(rows):
    """How many rows a batch has; the last of an epoch may be short."""
    return tf.shape(rows)[0]


def _apply(tape, loss, variables, optimizer):
    """Moves `variables`, and nothing else, against the loss."""
    optimizer.apply(tape.gradient(loss, variables), variables)
