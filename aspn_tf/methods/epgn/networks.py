"""The networks of E-PGN, those of ASPN without noise, as it published them."""

import keras

from aspn_tf.model.critic import Critic
from aspn_tf.model.networks import Decoder, Generator

START = 0.01  # deviation of the kernels, and every bias


def make_networks(view, settings, signed, seed):
    """Generator, decoder and discriminator as published.

    Args:
      view: the `aspn_tf.data.benchmark.TrainingView`.
      settings: E-PGN's.
      signed: whether features can be negative; else a ReLU ends the generator.
      seed: of the weights.

    Returns:
      {"generator": Generator, "decoder": Decoder, "critic": Critic or None}.
    """
    keras.utils.set_random_seed(seed)
    width, semantics_width = view.feature_width, view.semantics_width
    initializer = keras.initializers.TruncatedNormal(stddev=START)
    networks = {
        "generator": Generator(
            semantics_width,
            0,
            width,
            settings.hidden_width,
            output="linear" if signed else "relu",
            hidden_activation="tanh",
            initializer=initializer,
            name="generator",
        ),
        "decoder": Decoder(
            width,
            semantics_width,
            0,
            settings.hidden_width,
            hidden_activation=settings.decoder_activation,
            initializer=initializer,
            name="decoder",
        ),
        "critic": None,
    }
    if settings.adversarial_weight:
        networks["critic"] = Critic(
            width,
            semantics_width,
            settings.critic_width,
            initializer=initializer,
            name="critic",
        )
    for network in filter(None, networks.values()):
        for layer in (network.hidden, network.out):
            layer.bias.assign(keras.ops.full(layer.bias.shape, START))
    return networks
