"""The gradient penalty as WGAN-GP has it, by a tape around the whole critic."""

import tensorflow as tf


def slope(critic, real, generated, semantics, mix):
    """(n, d), of the critic's scores by features between real and generated."""
    between = mix * real + (1.0 - mix) * generated
    with tf.GradientTape() as tape:
        tape.watch(between)
        scores = critic(between, semantics)
    return tape.gradient(scores, between)
