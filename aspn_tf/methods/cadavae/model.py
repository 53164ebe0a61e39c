"""The step of CADA-VAE, as a Keras model, and the terms of its loss.

Symbols, once: x feature, s semantics, z latent, mu and sg its mean and
deviation, KL the divergence of N(mu, sg^2) from N(0, 1).
"""

import keras
import tensorflow as tf

from aspn_tf.model import losses
from aspn_tf.model.adversarial import Adversarial

# Epochs, of a hundred, over which each weight rises from 0 to its whole.
WARM_UP = {"divergence": (0, 93), "cross": (21, 75), "alignment": (6, 22)}
TERMS = ("reconstruction", *WARM_UP, "objective")
PUBLISHED_WIDTH = 2048  # of the features that the weights were chosen for
CLIP = 20.0  # of log sg^2: an encoder at its start may say anything


class CADAVAEModel(Adversarial):
    """Encoders and decoders of features and of semantics; no critic.

    Attributes:
      weights_now: variables, what the terms of `WARM_UP` weigh at present.

    Args:
      networks: those of `networks.make_networks` by name.
      class_semantics: (C, q).
      weights: float by the names of `WARM_UP`, once they are warm.
      shared_noise: see the settings.
      seed: of the noise.
    """

    def __init__(self, networks, class_semantics, weights, shared_noise, seed):
        super().__init__(seed=seed)
        self.feature_encoder = networks["feature_encoder"]
        self.feature_decoder = networks["feature_decoder"]
        self.semantics_encoder = networks["semantics_encoder"]
        self.semantics_decoder = networks["semantics_decoder"]
        self.class_semantics = tf.constant(class_semantics, tf.float32)
        self.whole = dict(weights)
        self.weights_now = {
            name: tf.Variable(0.0, trainable=False, name=name)
            for name in WARM_UP
        }
        self.shared_noise = shared_noise
        self.trackers = {name: keras.metrics.Mean(name) for name in TERMS}
        self.built = True

    @property
    def generating_variables(self):
        """Those of all four."""
        networks = (
            self.feature_encoder,
            self.semantics_encoder,
            self.feature_decoder,
            self.semantics_decoder,
        )
        return [v for one in networks for v in one.trainable_variables]

    def warm_up(self, time):
        """Sets the weights of the terms to those of an epoch.

        Args:
          time: the epoch from 0, of a hundred; a float.
        """
        for name, variable in self.weights_now.items():
            start, end = WARM_UP[name]
            share = min(max((time - start) / (end - start), 0.0), 1.0)
            variable.assign(share * self.whole[name])

    def encode_features(self, features):
        """Mu and log sg^2 of features, each (n, latent)."""
        return _clipped(self.feature_encoder(features))

    def encode_semantics(self, semantics):
        """Mu and log sg^2 of semantics, each (n, latent)."""
        return _clipped(self.semantics_encoder(semantics))

    def latents(self, encoded, noise):
        """Latents z, (n, latent).

        Args:
          encoded: mu and log sg^2.
          noise: N(0, 1), of the shape of `noise_shape`.
        """
        mean, log_variance = encoded
        if self.shared_noise:
            return mean + tf.exp(log_variance) * noise
        return mean + tf.exp(log_variance / 2.0) * noise

    def noise_shape(self, count):
        """The shape of the noise of so many latents."""
        width = 1 if self.shared_noise else self.feature_encoder.outs[0].units
        return count, width

    def terms(self, features, semantics, noises):
        """Sums over batch and dimensions by `TERMS`, before they are weighed.

        Distances of features count as if they were `PUBLISHED_WIDTH` wide.

        Args:
          features: x, (n, d).
          semantics: s, (n, q).
          noises: of the features' and of the semantics' latents.

        Returns:
          A dict without the objective.
        """
        of_features = self.encode_features(features)
        of_semantics = self.encode_semantics(semantics)
        latents = tf.concat(
            [
                self.latents(encoded, noise)
                for encoded, noise in zip(
                    (of_features, of_semantics), noises, strict=True
                )
            ],
            axis=0,
        )
        # Own latents, then those of the other, by each decoder in one pass.
        own, crossed = tf.split(self.feature_decoder(latents), 2)
        back, home = tf.split(self.semantics_decoder(latents), 2)
        wide = PUBLISHED_WIDTH / features.shape[-1]
        return {
            "reconstruction": wide * distance(features, own)
            + distance(semantics, home),
            "divergence": divergence(*of_features) + divergence(*of_semantics),
            "cross": wide * distance(features, crossed)
            + distance(semantics, back),
            "alignment": alignment(of_features, of_semantics),
        }

    def train_step(self, data):
        """One update of all four networks.

        Args:
          data: features (n, d) and labels (n,).

        Returns:
          The mean of every loss term since the last reset, by name.
        """
        features, labels = data
        semantics = tf.gather(self.class_semantics, labels)
        noises = [
            self.random.normal(self.noise_shape(tf.shape(labels)[0]))
            for _ in range(2)
        ]
        with tf.GradientTape() as tape:
            terms = self.terms(features, semantics, noises)
            objective = losses.total(
                [
                    terms["reconstruction"],
                    *(w * terms[name] for name, w in self.weights_now.items()),
                ]
            )
        self.descend(
            tape, objective, self.generating_variables, self.generator_optimizer
        )
        return self.track(objective=objective, **terms)


def distance(target, output):
    """|t - o|_1, summed over batch and dimensions."""
    return tf.reduce_sum(tf.abs(target - output))


def divergence(mean, log_variance):
    """KL, summed over batch and dimensions."""
    return -0.5 * tf.reduce_sum(
        1.0 + log_variance - tf.square(mean) - tf.exp(log_variance)
    )


def alignment(one, other):
    """The 2-Wasserstein distance of two encodings, summed over the batch."""
    (mean, log_variance), (mean_2, log_variance_2) = one, other
    deviation, deviation_2 = (
        tf.exp(log / 2.0) for log in (log_variance, log_variance_2)
    )
    square = tf.reduce_sum(
        tf.math.squared_difference(mean, mean_2)
        + tf.math.squared_difference(deviation, deviation_2),
        axis=-1,
    )
    return tf.reduce_sum(tf.sqrt(square + 1e-12))


def _clipped(encoded):
    mean, log_variance = encoded
    return mean, tf.clip_by_value(log_variance, -CLIP, CLIP)
