"""ASPN: the paper's full model and its training step (Section 3, Eq. 9)."""

import keras
import numpy as np
import tensorflow as tf

from aspn_tf.model.adversarial import CRITIC_TERMS, Adversarial
from aspn_tf.model.critic import Critic
from aspn_tf.model.layers import CategoryAttention
from aspn_tf.model.networks import HIDDEN_WIDTH, Decoder, Generator
from aspn_tf.model.objective import TERMS, check, objective, passes

OPTIONS = (
    *("hidden_width", "noise_width", "visual_weight", "semantic_weight"),
    *("cycle_weight", "adversarial_weight", "classification_weight"),
    *("penalty_weight", "reduction", "penalty_form", "alpha_role", "alpha"),
    *("attention_scaled", "attended_prototypes", "generator_output"),
    *("zero_output", "noise_scale", "compatibility", "temperature"),
    *("real_classes", "pseudo_classes", "sampled_classes", "seed"),
)


@keras.saving.register_keras_serializable(package="aspn_tf")
class ASPN(Adversarial):
    """Generator, decoder, critic and category attention, trained together.

    Called with semantics (m, q), it gives prototypes (m, d). A part whose
    weight is 0 is not built: no decoder without L_S and L_pre, no critic
    without L_D. The defaults are ours, found on validation classes; what the
    paper has is said where it differs.

    Example:
      >>> import numpy as np
      >>> from aspn_tf.model.aspn import ASPN
      >>> stream = np.random.default_rng(0)
      >>> semantics = stream.normal(size=(6, 4))  # of six classes
      >>> seen = [0, 1, 2, 3]
      >>> labels = stream.choice(seen, 200)
      >>> features = semantics[labels] @ stream.normal(size=(4, 8))
      >>> model = ASPN(semantics, seen, feature_width=8, hidden_width=16)
      >>> model.compile("adam")
      >>> history = model.fit(features, labels, epochs=3, verbose=0)
      >>> prototypes = model.predict(semantics[4:], verbose=0)
      >>> prototypes.shape
      (2, 8)
      >>> model.save("aspn.keras")

    Args:
      semantics: s of every class, scaled, (C, q).
      seen: ids of the seen classes.
      feature_width: d.
      hidden_width: units of every network's hidden layer.
      noise_width: nz; None for q, which the paper's Table 2 implies.
      visual_weight: of L_V, Eq. 1; the paper has 1 for all weights.
      semantic_weight: of L_S, Eq. 2.
      cycle_weight: of L_pre, Eq. 3.
      adversarial_weight: of L_D, Eq. 4.
      classification_weight: theta, of L_cls, Eq. 7.
      penalty_weight: beta of Eq. 4; 0.01 in the paper.
      attention: whether generated features pass the attention, Eq. 6.
      reduction: of Eqs. 1-3 and 7, "mean", "example" or, as the paper has
        it, "sum"; see `aspn_tf.model.losses.squared_error`.
      penalty_form: "squared" as in Eq. 4, or the usual "norm".
      alpha_role: what alpha weighs, "mix" as in Eq. 6, or "original".
      alpha: where it starts.
      attention_scaled: divide Eq. 5's products by the root of their width.
      attended_prototypes: send prototypes through the attention as well, all
        that are asked for at once.
      generator_output: "linear" or "relu"; the paper does not say.
      zero_output: start the generator's output kernel at 0; not the paper's.
      noise_scale: standard deviation of z; 1 in the paper.
      compatibility: of Eq. 8, "dot" in the paper, "cosine" or "euclidean".
      temperature: what divides it; the paper has none, 1.
      real_classes: classes that Eq. 7's real term is normalised over, "seen"
        or, as the paper has it, "all".
      pseudo_classes: classes of Eq. 7's pseudo features, those of the
        "batch" as in the paper, or "all", unseen ones with their own labels.
      sampled_classes: how many of more classes Eq. 7 is normalised over in a
        step, see `aspn_tf.model.sampling`; 0: all, as in the paper.
      seed: of noise and pseudo labels; weights are drawn with Keras' own.
      name: of the model.
      **kwargs: those of every `keras.Model`: dtype, trainable.
    """

    def __init__(
        self,
        semantics,
        seen,
        feature_width,
        *,
        hidden_width=HIDDEN_WIDTH,
        noise_width=None,
        visual_weight=1.0,
        semantic_weight=1.0,
        cycle_weight=0.01,
        adversarial_weight=0.001,
        classification_weight=0.001,
        penalty_weight=10.0,
        attention=True,
        reduction="mean",
        penalty_form="norm",
        alpha_role="original",
        alpha=0.9,
        attention_scaled=False,
        attended_prototypes=False,
        generator_output="linear",
        zero_output=True,
        noise_scale=0.1,
        compatibility="euclidean",
        temperature=10.0,
        real_classes="seen",
        pseudo_classes="all",
        sampled_classes=768,
        seed=0,
        name="aspn",
        **kwargs,
    ):
        super().__init__(seed=seed, name=name, **kwargs)
        self.class_semantics = tf.cast(semantics, tf.float32)
        self.class_count, self.semantics_width = self.class_semantics.shape
        self.seen = tf.constant(np.unique(seen), tf.int64)
        self.feature_width = feature_width
        self.hidden_width = hidden_width
        self.noise_width = noise_width
        if noise_width is None:
            self.noise_width = self.semantics_width
        self.visual_weight = visual_weight
        self.semantic_weight = semantic_weight
        self.cycle_weight = cycle_weight
        self.adversarial_weight = adversarial_weight
        self.classification_weight = classification_weight
        self.penalty_weight = penalty_weight
        self.reduction = reduction
        self.penalty_form = penalty_form
        self.alpha_role = alpha_role
        self.alpha = alpha
        self.attention_scaled = attention_scaled
        self.attended_prototypes = attended_prototypes
        self.generator_output = generator_output
        self.zero_output = zero_output
        self.noise_scale = noise_scale
        self.compatibility = compatibility
        self.temperature = temperature
        self.real_classes = real_classes
        self.pseudo_classes = pseudo_classes
        self.sampled_classes = sampled_classes
        check(self)
        self._make_networks(attention)
        terms = TERMS + (CRITIC_TERMS if self.critic else ())
        self.trackers = {name: keras.metrics.Mean(name) for name in terms}
        self.built = True

    def _make_networks(self, attention):
        """Draws their weights, in this order."""
        widths = self.semantics_width, self.noise_width
        shared = {"hidden_width": self.hidden_width, "dtype": self.dtype_policy}
        self.generator = Generator(
            *widths,
            self.feature_width,
            output=self.generator_output,
            zero_output=self.zero_output,
            name="generator",
            **shared,
        )
        self.decoder = self.critic = self.attention = None
        if self.semantic_weight or self.cycle_weight:
            self.decoder = Decoder(
                self.feature_width, *widths, name="decoder", **shared
            )
        if self.adversarial_weight:
            self.critic = Critic(
                self.feature_width, widths[0], name="critic", **shared
            )
        if attention:
            self.attention = CategoryAttention(
                max(1, self.feature_width // 4),
                role=self.alpha_role,
                scaled=self.attention_scaled,
                initial_alpha=self.alpha,
                dtype=self.dtype_policy,
                name="attention",
            )
            self.attention.build((None, self.feature_width))

    @property
    def generating_variables(self):
        """Those of theta and mu: generator, attention and decoder."""
        parts = (self.generator, self.attention, self.decoder)
        return [v for part in parts if part for v in part.trainable_variables]

    def call(self, semantics):
        """Prototypes (m, d) of semantics (m, q)."""
        return self.prototypes(semantics)

    def prototypes(self, semantics):
        """One noise-free feature for each row of semantics, (m, d)."""
        prototypes = self.generator.prototypes(semantics)
        if self.attended_prototypes:
            prototypes = self.attended(prototypes)
        return prototypes

    def attended(self, generated):
        """O of Eq. 6 for x^ (n, d), or x^ where the attention is off."""
        return self.attention(generated) if self.attention else generated

    def noise(self, count):
        """Z ~ N(0, 1), scaled, (count, nz)."""
        return self.noise_scale * self.random.normal((count, self.noise_width))

    def train_step(self, data):
        """One update of the critic, then one of generator and decoder.

        Both see the same generated features; the critic moves none of theirs.

        Args:
          data: features (n, d) and labels (n,), of seen classes.

        Returns:
          The mean of every loss term over the epoch, by name.
        """
        with tf.GradientTape() as tape:
            batch = passes(self, *data)
            if self.critic:
                with tape.stop_recording():
                    self.critic_step(
                        batch.features, batch.generated, batch.semantics
                    )
            terms = objective(self, batch)
        self.descend(
            tape,
            terms["objective"],
            self.generating_variables,
            self.generator_optimizer,
        )
        return self.track(**terms)

    def test_step(self, data):
        """The loss terms of `train_step`'s data; moves no weight."""
        return self.track(**objective(self, passes(self, *data)))

    def get_config(self):
        """The constructor's arguments."""
        return {
            **super().get_config(),
            "semantics": self.class_semantics.numpy().tolist(),
            "seen": self.seen.numpy().tolist(),
            "feature_width": self.feature_width,
            "attention": self.attention is not None,
            **{option: getattr(self, option) for option in OPTIONS},
        }
