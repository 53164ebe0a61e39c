"""Both stages of GDAN, as Keras models."""

import keras
import tensorflow as tf

from aspn_tf.methods import vae
from aspn_tf.model import losses
from aspn_tf.model.adversarial import Adversarial


def discriminator_loss(real, generated, regressed, mismatched, weight):
    """Least squares of D's answers, each (n, 1), a scalar.

    Args:
      real: D(x, s), to be 1; the others are to be 0.
      generated: D(G(s, z), s).
      regressed: D(x, R(x)).
      mismatched: D(x, s'), s' of another class.
      weight: theta 3, of the third.
    """
    return (
        tf.reduce_mean(tf.square(real - 1.0))
        + tf.reduce_mean(tf.square(generated))
        + weight * tf.reduce_mean(tf.square(regressed))
        + tf.reduce_mean(tf.square(mismatched))
    )


class CVAE(Adversarial):
    """The first stage: encoder and decoder alone.

    Args:
      encoder: an `Encoder`.
      generator: G, a `Generator`, the decoder.
      class_semantics: (C, q), as the networks see them.
      dropout: of the encoder's first layer.
      uniform: whether codes and noise are uniform in [0, 1), else N(0, 1).
      seed: of all it draws.
    """

    TERMS = ("reconstruction", "divergence")
    LOSSES = ()

    def __init__(
        self, encoder, generator, class_semantics, dropout, uniform, seed
    ):
        super().__init__(seed=seed)
        self.encoder = encoder
        self.generator = generator
        self.class_semantics = tf.constant(class_semantics, tf.float32)
        self.kept = 1.0 - dropout
        self.uniform = uniform
        names = (*self.LOSSES, "objective", *self.TERMS)
        self.trackers = {name: keras.metrics.Mean(name) for name in names}
        self.built = True

    @property
    def generating_variables(self):
        """Those of decoder and encoder."""
        return [
            *self.generator.trainable_variables,
            *self.encoder.trainable_variables,
        ]

    def generate(self, semantics, noise):
        """G(s, z), (n, d) of semantics (n, q) and noise or codes (n, nz)."""
        return self.generator(semantics, noise)

    def encode(self, features):
        """A draw of z (n, nz), and the mean and log variance it is of."""
        count = tf.shape(features)[0]
        chances = self.random.uniform((count, self.encoder.hidden.units))
        kept = tf.floor(chances + self.kept) / self.kept
        mean, log_variance = self.encoder.posterior(features, kept)
        draw = self.random.uniform if self.uniform else self.random.normal
        noise = draw((count, self.generator.noise_width))
        return vae.sample(mean, log_variance, noise), mean, log_variance

    def terms(self, features, semantics):
        """The weighted terms of the objective, a dict of scalars."""
        code, mean, log_variance = self.encode(features)
        decoded = self.generate(semantics, code)
        return self.variational(features, decoded, mean, log_variance)

    def variational(self, features, decoded, mean, log_variance):
        """The VAE's two terms, a dict of scalars."""
        error = losses.squared_error(features, decoded, "example")
        return {
            "reconstruction": 0.5 * error,
            "divergence": vae.divergence(mean, log_variance),
        }

    def train_step(self, data):
        """One update.

        Args:
          data: features (n, d) and labels (n,).

        Returns:
          The mean of every loss term since the last reset, by name.
        """
        features, labels = data
        semantics = tf.gather(self.class_semantics, labels)
        objective, terms = self.descend_sum(
            lambda: self.terms(features, semantics)
        )
        return self.track(objective=objective, **terms)


class GDANModel(CVAE):
    """The second stage: with a regressor and a discriminator.

    Args:
      *args: those of `CVAE`.
      regressor: R, a `Regressor`.
      critic: D, a `Critic`.
      seen: (S,), ids of the seen classes.
      place: int64 (C,), where a class stands among them.
      cycle_weight: theta 1.
      regression_weight: theta 2.
      regressed_weight: theta 3.
      **kwargs: those of `CVAE`.
    """

    TERMS = (*CVAE.TERMS, "adversarial", "cycle", "regression", "regressed")
    LOSSES = ("critic",)

    def __init__(
        self,
        *args,
        regressor,
        critic,
        seen,
        place,
        cycle_weight,
        regression_weight,
        regressed_weight,
        **kwargs,
    ):
        super().__init__(*args, **kwargs)
        self.regressor = regressor
        self.critic = critic
        self.seen = tf.constant(seen, tf.int64)
        self.place = tf.constant(place, tf.int64)
        self.cycle_weight = cycle_weight
        self.regression_weight = regression_weight
        self.regressed_weight = regressed_weight

    @property
    def generating_variables(self):
        """Those of decoder, encoder and regressor."""
        return [
            *super().generating_variables,
            *self.regressor.trainable_variables,
        ]

    def others(self, labels):
        """A random other seen class for each label, (n,)."""
        count = self.seen.shape[0]
        steps = 1 + self.random.uniform(
            tf.shape(labels), maxval=max(count - 1, 1), dtype=tf.int64
        )
        return tf.gather(
            self.seen, (tf.gather(self.place, labels) + steps) % count
        )

    def terms(self, features, semantics):
        """Six terms; see `CVAE.terms`."""
        code, mean, log_variance = self.encode(features)
        inferred = self.regressor(features)
        both = self.generate(
            tf.concat([semantics, inferred], axis=0),
            tf.concat([code, code], axis=0),
        )
        decoded, redecoded = tf.split(both, 2)
        cycles = losses.squared_error(
            semantics, self.regressor(decoded)
        ) + losses.squared_error(features, redecoded)
        generated, regressed = self._judged(
            (decoded, features), (semantics, inferred)
        )
        error = losses.squared_error(semantics, inferred)
        dual = tf.reduce_mean(tf.square(regressed - 1.0))
        return {
            **self.variational(features, decoded, mean, log_variance),
            "adversarial": tf.reduce_mean(tf.square(generated - 1.0)),
            "cycle": self.cycle_weight * cycles,
            "regression": self.regression_weight * error,
            "regressed": self.regressed_weight * dual,
        }

    def train_discriminator(self, features, labels):
        """One update of D alone."""
        semantics = tf.gather(self.class_semantics, labels)
        others = tf.gather(self.class_semantics, self.others(labels))
        generated = self.generate(semantics, self.encode(features)[0])
        inferred = self.regressor(features)
        with tf.GradientTape() as tape:
            answers = self._judged(
                (features, generated, features, features),
                (semantics, semantics, inferred, others),
            )
            loss = discriminator_loss(*answers, self.regressed_weight)
        self.descend(
            tape, loss, self.critic.trainable_variables, self.critic_optimizer
        )
        self.track(critic=loss)

    def train_step(self, data):
        """One update of D on half of the rows, one of the rest on the other.

        Args:
          data: features (2 n, d) and labels (2 n,).

        Returns:
          The mean of every loss term since the last reset, by name.
        """
        first, second = zip(*(tf.split(rows, 2) for rows in data), strict=True)
        self.train_discriminator(*first)
        return super().train_step(second)

    def _judged(self, features, semantics):
        """D's answers (n, 1) to pairs of (n, d) and (n, q), in one pass."""
        answers = self.critic(
            tf.concat(features, axis=0), tf.concat(semantics, axis=0)
        )
        return tf.split(answers, len(features))
