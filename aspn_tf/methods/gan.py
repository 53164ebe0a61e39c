"""What the comparators that are WGANs of features have in common.

Symbols, once: x feature, s semantics, z noise, G the generator, D the critic.
"""

import keras
import numpy as np
import tensorflow as tf

from aspn_tf.model import losses
from aspn_tf.model.adversarial import CRITIC_TERMS, Adversarial
from aspn_tf.model.critic import Critic
from aspn_tf.model.networks import Generator


class FeatureGAN(Adversarial):
    """A generator and a critic of features, both given class semantics.

    A step is `critic_steps` updates of the critic, each on fresh examples,
    then one of the generator on the last of them.

    Attributes:
      TERMS: names of the terms of the generator's objective.

    Args:
      generator: G, an `aspn_tf.model.networks.Generator`.
      critic: D, an `aspn_tf.model.critic.Critic`.
      class_semantics: (C, q), as the networks see them.
      critic_steps: updates of the critic a step.
      penalty_weight: of the gradient penalty.
      seed: of noise and of the mixes of the gradient penalty.
      **kwargs: those of `Adversarial`.
    """

    TERMS = ("adversarial",)

    def __init__(
        self,
        generator,
        critic,
        class_semantics,
        critic_steps,
        penalty_weight,
        seed,
        **kwargs,
    ):
        super().__init__(seed=seed, **kwargs)
        self.generator = generator
        self.critic = critic
        self.class_semantics = tf.constant(class_semantics, tf.float32)
        self.critic_steps = critic_steps
        self.penalty_weight = penalty_weight
        names = (*CRITIC_TERMS, "objective", *self.TERMS)
        self.trackers = {name: keras.metrics.Mean(name) for name in names}
        self.built = True

    @property
    def generating_variables(self):
        """Those of the generator."""
        return self.generator.trainable_variables

    def generate(self, semantics, noise):
        """G(s, z), (n, d) of semantics (n, q) and noise (n, nz)."""
        return self.generator(semantics, noise)

    def noise(self, count):
        """Z ~ N(0, 1), (count, nz)."""
        return self.random.normal((count, self.generator.noise_width))

    def fakes(self, real, semantics):
        """What the critic is shown as generated, (n, d).

        Args:
          real: x, (n, d), the examples it is shown beside them.
          semantics: theirs, (n, q).
        """
        return self.generate(semantics, self.noise(tf.shape(real)[0]))

    def terms(self, real, semantics, labels):
        """The weighted terms of the generator's objective, on a batch.

        Args:
          real: x, (n, d).
          semantics: theirs, (n, q).
          labels: int64 (n,), their classes.

        Returns:
          A dict of the names of `TERMS` to scalars.
        """
        generated = self.generate(semantics, self.noise(tf.shape(labels)[0]))
        return self.generator_terms(generated, semantics, labels)

    def generator_terms(self, generated, semantics, labels):
        """The terms that are of generated features alone; see `terms`.

        Args:
          generated: G(s, z), (n, d).
          semantics: s, (n, q).
          labels: int64 (n,), their classes.
        """
        scores = self.critic(generated, semantics)
        return {"adversarial": losses.adversarial(scores)}

    def critic_update(self, real, generated, semantics, labels):
        """One update of the critic; returns the gradient penalty."""
        return self.critic_step(real, generated, semantics)

    def train_critic(self, features, labels):
        """All updates of the critic of a step, each on its part of the rows.

        Returns:
          The gradient penalty of each.
        """
        semantics = tf.gather(self.class_semantics, labels)
        # The generator rests while the critic moves: one pass for them all.
        fakes = self.fakes(features, semantics)
        steps = [
            tf.split(rows, self.critic_steps)
            for rows in (features, fakes, semantics, labels)
        ]
        return [self.critic_update(*rows) for rows in zip(*steps, strict=True)]

    def train_generator(self, features, labels):
        """One update of the generator; returns what `train_step` does."""
        semantics = tf.gather(self.class_semantics, labels)
        objective, terms = self.descend_sum(
            lambda: self.terms(features, semantics, labels)
        )
        return self.track(objective=objective, **terms)

    def train_step(self, data):
        """All updates of the critic, then one of the generator.

        Args:
          data: features (critic_steps n, d) and labels (critic_steps n,).

        Returns:
          The mean of every loss term since the last reset, by name.
        """
        self.train_critic(*data)
        last = (tf.split(rows, self.critic_steps)[-1] for rows in data)
        return self.train_generator(*last)


class FeatureScale(tf.Module):
    """Features to [0, 1], one by one, as GANs of features were published.

    Ours: if a feature can be negative, they are brought to mean 0 and
    deviation 1 instead, and no ReLU may end the generator.

    Args:
      features: (n, d), to learn it from.
      raw: leave features that are nowhere negative as they are.
    """

    def __init__(self, features, raw=False):
        super().__init__(name="feature_scale")
        shift = features.min(0)
        span = features.max(0) - shift
        self.signed = bool((shift < 0.0).any())
        if raw:
            shift, span = np.zeros_like(shift), np.ones_like(span)
        if self.signed:
            shift = features.mean(0, dtype=np.float64)
            span = features.std(0, dtype=np.float64)
        span = np.where(span > 0.0, span, 1.0)
        self.shift = tf.Variable(shift, False, dtype=tf.float32)
        self.span = tf.Variable(span, False, dtype=tf.float32)

    def __call__(self, features):
        """Scaled features, (n, d)."""
        return (features - self.shift) / self.span

    def inverse(self, scaled):
        """Features in the data's own units, (n, d)."""
        return scaled * self.span + self.shift

    def affine(self, kernel, bias):
        """Shift, weights and bias on features, of those on scaled ones.

        Args:
          kernel: (d, C).
          bias: (C,).

        Returns:
          (d,), (d, C) and (C,), float64.
        """
        shift, span = (
            variable.numpy().astype(np.float64)
            for variable in (self.shift, self.span)
        )
        return shift, kernel / span[:, None], bias


def make_networks(view, hidden_width, signed, seed):
    """Generator and critic as they were published for features.

    LeakyReLU 0.2 in the hidden layer, weights from N(0, 0.02), noise as wide
    as the semantics.

    Args:
      view: the `aspn_tf.data.benchmark.TrainingView`.
      hidden_width: units of the hidden layers.
      signed: whether features can be negative; else a ReLU ends the generator.
      seed: of the weights.

    Returns:
      {"generator": Generator, "critic": Critic}.
    """
    keras.utils.set_random_seed(seed)
    width, semantics_width = view.feature_width, view.semantics_width
    style = {
        "hidden_width": hidden_width,
        "hidden_activation": "leaky_relu",
        "initializer": keras.initializers.RandomNormal(stddev=0.02),
    }
    return {
        "generator": Generator(
            semantics_width,
            semantics_width,
            width,
            output="linear" if signed else "relu",
            name="generator",
            **style,
        ),
        "critic": Critic(width, semantics_width, name="critic", **style),
    }


def places(classes, count):
    """Where each of so many ids stands among some classes, int64 (count,).

    Args:
      classes: their ids; the others' place is 0.
      count: of all classes.
    """
    place = np.zeros(count, np.int64)
    place[classes] = np.arange(len(classes))
    return place
