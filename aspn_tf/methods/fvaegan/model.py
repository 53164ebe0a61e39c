"""The encoder and the GAN of f-VAEGAN-D2, as Keras models."""

import tensorflow as tf

from aspn_tf.methods import vae
from aspn_tf.methods.adam import FusedAdam
from aspn_tf.methods.gan import FeatureGAN
from aspn_tf.model import losses

HIGH, LOW, FACTOR = 1.05, 1.001, 1.1  # of the penalty's controller
LEAST_WEIGHT = 1e-6  # ours: at 0 no factor would raise it again


class Encoder(vae.Posterior):
    """E(x, s), the distribution of a code; hidden layers are LeakyReLU.

    Inputs: features (n, d) and semantics (n, q).

    Args:
      feature_width: d.
      semantics_width: q.
      code_width: nz; the second layer has 2 nz units.
      hidden_width: units of the first layer.
      **kwargs: see `vae.Posterior`.
    """

    def __init__(
        self, feature_width, semantics_width, code_width, hidden_width, **kwargs
    ):
        super().__init__(
            feature_width + semantics_width,
            (hidden_width, 2 * code_width),
            code_width,
            "leaky_relu",
            **kwargs,
        )
        self.feature_width = feature_width
        self.semantics_width = semantics_width

    def call(self, features, semantics):
        """Mean and log variance (n, nz)."""
        return self.posterior(tf.concat([features, semantics], axis=-1))


class PairedAdam(FusedAdam):
    """Adam with another beta_1 for the variables after the first few.

    Args:
      first: how many of the variables have `beta_1`.
      other_beta_1: of the others.
      **kwargs: those of `FusedAdam`.
    """

    def __init__(self, *args, first, other_beta_1, **kwargs):
        super().__init__(*args, **kwargs)
        self.first = first
        self.other_beta_1 = other_beta_1

    def update_step(self, gradient, variable, learning_rate):
        """Moves one variable; see `FusedAdam`."""
        usual = self.beta_1
        if self._get_variable_index(variable) >= self.first:
            self.beta_1 = self.other_beta_1
        try:
            super().update_step(gradient, variable, learning_rate)
        finally:
            self.beta_1 = usual


class FVAEGANModel(FeatureGAN):
    """A VAE whose decoder is the generator of a WGAN.

    The generator's network ends in logits where features are in [0, 1].

    Args:
      *args: those of `FeatureGAN`.
      encoder: E, an `Encoder`.
      adversarial_weight: gamma.
      fakes: "both", "encoded" or "noise"; see the settings.
      controlled: whether the penalty's weight is.
      signed: whether features can be negative; else they are in [0, 1].
      **kwargs: those of `FeatureGAN`.
    """

    TERMS = ("reconstruction", "divergence", "adversarial")

    def __init__(
        self,
        *args,
        encoder,
        adversarial_weight,
        fakes,
        controlled,
        signed,
        **kwargs,
    ):
        super().__init__(*args, **kwargs)
        self.encoder = encoder
        self.adversarial_weight = adversarial_weight
        self.judged = fakes
        self.controlled = controlled
        self.signed = signed
        self.penalty_weight = tf.Variable(self.penalty_weight, trainable=False)

    @property
    def generating_variables(self):
        """Those of the generator, then the encoder's."""
        return [
            *self.generator.trainable_variables,
            *self.encoder.trainable_variables,
        ]

    def generate(self, semantics, noise):
        """G(s, z), (n, d) of semantics (n, q) and noise or codes (n, nz)."""
        return self._ended(self.generator(semantics, noise))

    def fakes(self, real, semantics):
        """What the critic is shown: features of noise or of encodings."""
        if self.judged != "encoded":
            return super().fakes(real, semantics)
        return self.generate(semantics, self.encode(real, semantics)[0])

    def encode(self, features, semantics):
        """A draw of z (n, nz), and the mean and log variance it is of."""
        mean, log_variance = self.encoder(features, semantics)
        noise = self.noise(tf.shape(features)[0])
        return vae.sample(mean, log_variance, noise), mean, log_variance

    def reconstruction(self, features, logits):
        """-log p(x | z, s), summed over dimensions, a mean over examples.

        Args:
          features: x, (n, d).
          logits: what the generator's network ends in, (n, d).
        """
        if self.signed:
            return 0.5 * losses.squared_error(features, logits, "example")
        entropy = tf.nn.sigmoid_cross_entropy_with_logits(features, logits)
        return tf.reduce_mean(tf.reduce_sum(entropy, axis=-1))

    def terms(self, real, semantics, labels):
        """The VAE's two terms and the critic's; see `FeatureGAN.terms`."""
        code, mean, log_variance = self.encode(real, semantics)
        noise = self.noise(tf.shape(real)[0])
        logits = self.generator(
            tf.concat([semantics, semantics], axis=0),
            tf.concat([code, noise], axis=0),
        )
        decoded, generated = tf.split(logits, 2)
        chosen = {"both": logits, "encoded": decoded, "noise": generated}
        judged = self._ended(chosen[self.judged])
        times = 2 if self.judged == "both" else 1
        scores = self.critic(judged, tf.concat([semantics] * times, axis=0))
        # A sum of two means where both are judged.
        weight = times * self.adversarial_weight
        return {
            "reconstruction": self.reconstruction(real, decoded),
            "divergence": vae.divergence(mean, log_variance),
            "adversarial": weight * losses.adversarial(scores),
        }

    def train_critic(self, features, labels):
        """All updates of the critic, then one of the penalty's weight."""
        penalties = super().train_critic(features, labels)
        if self.controlled:
            self.control(losses.total(penalties) / len(penalties))
        return penalties

    def control(self, penalty):
        """Moves the penalty's weight by what it was without it, a scalar."""
        falling = tf.where(penalty < LOW, 1.0 / FACTOR, 1.0)
        factor = tf.where(penalty > HIGH, FACTOR, falling)
        weight = tf.maximum(self.penalty_weight * factor, LEAST_WEIGHT)
        self.penalty_weight.assign(weight)

    def _ended(self, logits):
        return logits if self.signed else tf.sigmoid(logits)
