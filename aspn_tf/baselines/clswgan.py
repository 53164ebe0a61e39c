"""CLSWGAN: a WGAN of features whose output trains softmax classifiers.

Xian et al., "Feature generating networks for zero-shot learning", CVPR 2018,
with the settings of its published code: features scaled to [0, 1], noise as
wide as the semantics, semantics as they are, five critic updates on fresh
examples for one of the generator. Features that can be negative, such as
principal components, it was not made for; ours, they are brought to mean 0 and
deviation 1 instead, and the generator has no ReLU at its end. The constants
below are part of the system compared; of the config it reads the number of
epochs, the steps of one and the seed.

Symbols, once: x feature, s semantics, z noise, x~ = G(s, z).
"""

import functools

import keras
import tensorflow as tf

from aspn_tf import losses
from aspn_tf.baselines.softmax import Softmax
from aspn_tf.method import Method
from aspn_tf.networks import Critic, Generator

HIDDEN_WIDTH = 4096
CRITIC_STEPS = 5
# An epoch has so many times `--steps_per_epoch`: nothing starts it in closed
# form, and on digit_pairs validation rises until 400 to 600 updates.
LONGER = 5
BATCH_SIZE = 64
LEARNING_RATE = 1e-4
BETA_1 = 0.5
PENALTY_WEIGHT = 10.0
CLASSIFICATION_WEIGHT = 0.01
SYNTHETIC_PER_CLASS = 300
PRETRAINING = {"epochs": 50, "batch_size": 100}
FINAL = {"epochs": 25, "batch_size": 300}
PROTOTYPE_SAMPLES = 30


class CLSWGAN(Method):
    """Generator, critic, and the softmaxes trained on what it generates.

    A setting is {"epoch": int}, an epoch being `LONGER` times
    `steps_per_epoch` updates of the generator (ceil(n / 64) where that is 0).
    `softmax` answers the
    generalized task over all classes; `unseen_softmax` the traditional one;
    `seen_softmax`, trained beforehand on real features, supplies the
    classification loss.
    """

    method = "clswgan"
    batches_per_step = CRITIC_STEPS

    def build(self, benchmark):
        """Makes every network for a benchmark's sizes."""
        width, count = benchmark.feature_width, benchmark.class_count
        semantics_width = benchmark.semantics_width
        self.random = tf.random.Generator.from_seed(self.config.seed)
        self.final_random = tf.random.Generator.from_seed(self.config.seed)
        self.class_semantics = tf.constant(benchmark.semantics, tf.float32)
        self.shift = tf.Variable(tf.zeros(width), trainable=False)
        self.span = tf.Variable(tf.ones(width), trainable=False)
        self.prototype_noise = tf.Variable(
            self.random.normal((PROTOTYPE_SAMPLES, semantics_width)),
            trainable=False,
        )
        self.generator = Generator(
            semantics_width,
            semantics_width,
            width,
            hidden_width=HIDDEN_WIDTH,
            output="relu",
            name="generator",
        )
        self.critic = Critic(
            width, semantics_width, hidden_width=HIDDEN_WIDTH, name="critic"
        )
        for network in (self.generator, self.critic):
            _as_published(network, self.random)
        self.generator_optimizer = _adam(self.generator)
        self.critic_optimizer = _adam(self.critic)
        self.softmax, self.seen_softmax, self.unseen_softmax = (
            Softmax(width, count, classes, self.final_random, name)
            for name, classes in (
                ("softmax", range(count)),
                ("seen_softmax", benchmark.seen),
                ("unseen_softmax", benchmark.unseen),
            )
        )

    def fit(self, benchmark, setting=None):
        """Trains epoch by epoch; see `Method.fit`."""
        self.build(benchmark)
        features = tf.constant(benchmark.train.features)
        labels = tf.constant(benchmark.train.labels)
        self._fit_scale(features)
        features = self._scale(features)
        self.pretrain(features, labels)
        steps = self.steps(len(labels), BATCH_SIZE)
        last = setting["epoch"] if setting else self.config.epochs
        for epoch in range(1, last + 1):
            history = [self._step(features, labels) for _ in range(steps)]
            if setting is None or epoch == last:
                self._fit_softmaxes(features, labels, benchmark.unseen)
            logs = tf.nest.map_structure(
                lambda *values: float(tf.reduce_mean(values)), *history
            )
            yield {"epoch": epoch}, logs

    def pretrain(self, features, labels):
        """Trains on real features what the generator's loss refers to."""
        self.seen_softmax.fit(features, labels, **PRETRAINING)

    def scores(self, features):
        """Logits of the generalized task's softmax, (n, C)."""
        return self.softmax(self._scale(features))

    def unseen_scores(self, features):
        """Logits of the softmax over unseen classes, -1e9 elsewhere, (n, C)."""
        return self.unseen_softmax(self._scale(features))

    def prototypes(self, semantics):
        """The mean of 30 features generated for each class, (m, d)."""
        return self._mean_generated(semantics) * self.span + self.shift

    def classify(self, features, semantics):
        """Minus half the squared distance to any classes' prototypes."""
        return losses.compatibility(
            self._scale(features),
            self._mean_generated(semantics),
            metric="euclidean",
        )

    def steps(self, count, batch_size):
        """Updates of the generator in an epoch."""
        few = super().steps(count, batch_size)
        return LONGER * few if self.config.steps_per_epoch else few

    def examples_a_state(self, count):
        """Fresh ones for every update of the critic in an epoch."""
        return CRITIC_STEPS * BATCH_SIZE * self.steps(count, BATCH_SIZE)

    def networks(self):
        """The networks of the paper's count: one of the three softmaxes."""
        return {
            "generator": self.generator,
            "critic": self.critic,
            "softmax": self.softmax.layer,
        }

    def training_step(self, features, labels):
        """Five updates of the critic, then one of the generator.

        Args:
          features: (5 n, d), scaled: n fresh ones an update.
          labels: int64 (5 n,).

        Returns:
          A dict of scalar tensors; the critic's are of its last update.
        """
        batches = zip(
            tf.split(features, CRITIC_STEPS),
            tf.split(labels, CRITIC_STEPS),
            strict=True,
        )
        for real, batch_labels in batches:
            semantics = tf.gather(self.class_semantics, batch_labels)
            logs = self._critic_step(real, semantics)
        return logs | self._generator_step(semantics, batch_labels)

    def generator_terms(self, generated, semantics, labels):
        """The weighted terms of the generator's objective, by name."""
        return {
            "adversarial": losses.adversarial(
                self.critic(generated, semantics)
            ),
            "classification": CLASSIFICATION_WEIGHT
            * self.seen_softmax.loss(generated, labels),
        }

    def _critic_step(self, real, semantics):
        generated = self._generate(semantics)
        mix = self.random.uniform((real.shape[0], 1))
        with tf.GradientTape() as tape:
            penalty = losses.gradient_penalty(
                self.critic, real, generated, semantics, mix, form="norm"
            )
            loss = losses.critic(
                self.critic(real, semantics),
                self.critic(generated, semantics),
                penalty,
                PENALTY_WEIGHT,
            )
        weights = self.critic.trainable_variables
        self.critic_optimizer.apply(tape.gradient(loss, weights), weights)
        return {"critic": loss, "gradient_penalty": penalty}

    def _generator_step(self, semantics, labels):
        with tf.GradientTape() as tape:
            generated = self._generate(semantics)
            terms = self.generator_terms(generated, semantics, labels)
            objective = tf.add_n(list(terms.values()))
        weights = self.generator.trainable_variables
        self.generator_optimizer.apply(
            tape.gradient(objective, weights), weights
        )
        return {"objective": objective, **terms}

    @tf.function
    def _step(self, features, labels):
        rows = self.random.uniform(
            (CRITIC_STEPS * BATCH_SIZE,),
            maxval=labels.shape[0],
            dtype=tf.int32,
        )
        return self.training_step(
            tf.gather(features, rows), tf.gather(labels, rows)
        )

    def _fit_softmaxes(self, features, labels, unseen):
        """Draws from a stream of its own, so that no epoch depends on it."""
        self.final_random.reset_from_seed(self.config.seed)
        generated_labels = tf.repeat(tf.constant(unseen), SYNTHETIC_PER_CLASS)
        semantics = tf.gather(self.class_semantics, generated_labels)
        generated = self.generator(
            semantics, self.final_random.normal(semantics.shape)
        )
        self.unseen_softmax.fit(generated, generated_labels, **FINAL)
        self.softmax.fit(
            tf.concat([features, generated], axis=0),
            tf.concat([labels, generated_labels], axis=0),
            **FINAL,
        )

    def _generate(self, semantics):
        noise = self.random.normal(tf.shape(semantics))
        return self.generator(semantics, noise)

    def _mean_generated(self, semantics):
        rows = tf.repeat(semantics, PROTOTYPE_SAMPLES, axis=0)
        noise = tf.tile(self.prototype_noise, (tf.shape(semantics)[0], 1))
        generated = self.generator(rows, noise)
        width = generated.shape[-1]
        groups = tf.reshape(generated, (-1, PROTOTYPE_SAMPLES, width))
        return tf.reduce_mean(groups, axis=1)

    def _fit_scale(self, features):
        """To [0, 1] as published; if a feature is negative, standardised."""
        shift = tf.reduce_min(features, axis=0)
        span = tf.reduce_max(features, axis=0) - shift
        if tf.reduce_min(shift) < 0.0:
            shift = tf.reduce_mean(features, axis=0)
            span = tf.math.reduce_std(features, axis=0)
            self.generator.out.activation = keras.activations.linear
        self.shift.assign(shift)
        self.span.assign(tf.where(span > 0.0, span, tf.ones_like(span)))

    def _scale(self, features):
        return (features - self.shift) / self.span


def _as_published(network, random):
    """LeakyReLU 0.2 in the hidden layer; weights from N(0, 0.02)."""
    network.hidden.activation = functools.partial(
        keras.activations.leaky_relu, negative_slope=0.2
    )
    for layer in (network.hidden, network.out):
        layer.kernel.assign(random.normal(layer.kernel.shape, stddev=0.02))


def _adam(network):
    optimizer = keras.optimizers.Adam(LEARNING_RATE, beta_1=BETA_1)
    optimizer.build(network.trainable_variables)
    return optimizer
