"""Adversarial: a generator and a critic, each with an optimizer of its own.

Replicas, once: under a `tf.distribute` strategy, in whose scope the model must
be made, every replica sees its part of a batch and draws numbers of its own. A
loss stands for the whole batch, as far as a replica can tell: a mean is that
of its rows, a sum is theirs times the number of replicas. Gradients and
trackers are averaged over the replicas, so that a batch moves a model as far
on several devices as on one. Where parts of a batch differ in size, rows of
the smaller count a little more; a part without rows has no mean, so let a
`tf.data` set drop a remainder that is smaller than the number of replicas.
"""

import keras
import tensorflow as tf

from aspn_tf.model import losses

CRITIC_TERMS = ("critic", "gradient_penalty")


class Adversarial(keras.Model):
    """What a model that trains against a critic needs beside its losses.

    A subclass makes its networks and `trackers` in the constructor and offers
    `generating_variables` and `train_step`.

    Attributes:
      critic: a `Critic`, or None.
      penalty_weight: beta of Eq. 4.
      penalty_form: see `losses.gradient_penalty`.
      random: the stream of all random numbers of training; a
        `tf.train.Checkpoint` of the model holds it, with the weights and both
        optimizers, a `.keras` file does not.
      trackers: `keras.metrics.Mean`s by the name of their loss term.
      generator_optimizer: Keras' own `optimizer`.
      critic_optimizer: None without a critic.

    Args:
      seed: of `random`.
      **kwargs: those of every `keras.Model`: name, dtype, trainable.
    """

    critic = None
    penalty_weight = 10.0
    penalty_form = "norm"

    def __init__(self, seed=0, **kwargs):
        super().__init__(**kwargs)
        self.seed = seed
        self.random = tf.random.Generator.from_seed(seed)
        self.trackers = {}

    @property
    def metrics(self):
        """The trackers, which Keras resets before every epoch."""
        return list(self.trackers.values())

    def compile(self, optimizer="adam", critic_optimizer=None, **kwargs):
        """Takes two optimizers, each for variables of its own.

        No loss moves a network that is not its own. Weight decay, where an
        optimizer has it, spares biases and alpha.

        Args:
          optimizer: of the generating networks, as Keras takes it.
          critic_optimizer: of the critic; None for another of the same
            settings, without weight decay.
          **kwargs: Keras' own, such as `jit_compile`. Losses are the model's.
        """
        optimizer = keras.optimizers.get(optimizer)
        super().compile(optimizer, **kwargs)
        self.generator_optimizer = self.optimizer
        _prepare(self.generator_optimizer, self.generating_variables)
        self.critic_optimizer = None
        if self.critic:
            critic_optimizer = keras.optimizers.get(
                critic_optimizer or _without_decay(optimizer)
            )
            if _scales(self.optimizer) and not _scales(critic_optimizer):
                critic_optimizer = keras.optimizers.LossScaleOptimizer(
                    critic_optimizer
                )
            self.critic_optimizer = critic_optimizer
            _prepare(critic_optimizer, self.critic.trainable_variables)

    def get_compile_config(self):
        """What `compile` was given, for a `.keras` file."""
        config = super().get_compile_config()
        if config and self.critic:
            config["critic_optimizer"] = keras.saving.serialize_keras_object(
                self.critic_optimizer
            )
        return config

    def compile_from_config(self, config):
        """Compiles with what `get_compile_config` returned."""
        self.compile(**keras.saving.deserialize_keras_object(config))

    def critic_step(self, features, generated, semantics, further=None):
        """One update of the critic alone, Eq. 4.

        Args:
          features: x, (n, d).
          generated: x^, (n, d), of the same classes; no gradient goes there.
          semantics: s, (n, q).
          further: callable of what `Critic.enter` returned of x and x^; a
            scalar that is added to the loss. None: nothing is.

        Returns:
          The gradient penalty, a scalar without its weight.
        """
        generated = tf.stop_gradient(generated)
        mix = self.random.uniform((tf.shape(features)[0], 1))
        with tf.GradientTape() as tape:
            first = self.critic.first_layer()
            # In one pass, which is quicker than two of half as many rows.
            both = tf.concat([features, generated], axis=0)
            entered = self.critic.enter(both, semantics, first, lots=2)
            penalty = losses.gradient_penalty(
                self.critic.slope_between(entered, mix, first),
                self.penalty_form,
            )
            scores = self.critic.leave(entered)
            real_scores, generated_scores = tf.split(scores, 2)
            loss = losses.critic(  # Eq. 4
                real_scores, generated_scores, penalty, self.penalty_weight
            )
            if further:
                loss += further(entered)
        self.descend(
            tape, loss, self.critic.trainable_variables, self.critic_optimizer
        )
        self.track(critic=loss, gradient_penalty=penalty)
        return penalty

    def descend(self, tape, loss, variables, optimizer):
        """Moves `variables`, and nothing else, against the loss.

        Args:
          tape: of the loss.
          loss: a scalar for the whole batch; see the module.
          variables: those the optimizer was built for.
          optimizer: scales the loss, where it is one that does.
        """
        descend(tape, loss, variables, optimizer)

    def descend_sum(self, terms):
        """Moves the generating networks against a sum of terms.

        Args:
          terms: callable; returns a dict of scalars.

        Returns:
          The sum, and the dict.
        """
        with tf.GradientTape() as tape:
            found = terms()
            objective = losses.total(list(found.values()))
        self.descend(
            tape, objective, self.generating_variables, self.generator_optimizer
        )
        return objective, found

    def track(self, **terms):
        """Adds a step to the means; returns them all as they stand."""
        for name, value in terms.items():
            self.trackers[name].update_state(value)
        return {name: mean.result() for name, mean in self.trackers.items()}


def descend(tape, loss, variables, optimizer):
    """The same of any model; see `Adversarial.descend`."""
    share = optimizer.scale_loss(tf.constant(1.0 / replicas()))
    gradients = tape.gradient(loss, variables, output_gradients=share)
    optimizer.apply(gradients, variables)


def replicas():
    """How many replicas share a batch; 1 without a strategy."""
    return tf.distribute.get_strategy().num_replicas_in_sync


def _scales(optimizer):
    return isinstance(optimizer, keras.optimizers.LossScaleOptimizer)


def _inner(optimizer):
    """The optimizer that moves, behind one that scales the loss."""
    return optimizer.inner_optimizer if _scales(optimizer) else optimizer


def _prepare(optimizer, variables):
    """Makes an optimizer's own variables; kernels alone decay."""
    spared = [v for v in variables if len(v.shape) < 2]
    _inner(optimizer).exclude_from_weight_decay(var_list=spared)
    optimizer.build(variables)


def _without_decay(optimizer):
    """Another optimizer of the same settings, which decays nothing."""
    optimizer = _inner(optimizer)
    config = optimizer.get_config()
    config.pop("name")
    if config["weight_decay"]:
        config["weight_decay"] = 0.0
    return type(optimizer).from_config(config)
