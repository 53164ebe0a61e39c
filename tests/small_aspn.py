"""A small ASPN, data for it, and what tests ask of its parts."""

import keras
import numpy as np
import tensorflow as tf

from aspn_tf.model.aspn import ASPN

Q, D, CLASSES, SEEN = 4, 8, 6, (0, 1, 3, 4)
PARTS = ("generator", "decoder", "critic", "attention")
ALL_ON = {
    "hidden_width": 16,
    "visual_weight": 1.0,
    "semantic_weight": 1.0,
    "cycle_weight": 1.0,
    "adversarial_weight": 1.0,
    "classification_weight": 1.0,
}
# Without random numbers, but for the mix, which then weighs nothing.
STILL = {"noise_scale": 0.0, "pseudo_classes": "batch", "penalty_weight": 0.0}


def uncompiled(draw=True, **changes):
    """A small model; every part on unless told otherwise.

    Args:
      draw: every weight away from its start, zeros included.
      **changes: arguments of the constructor.
    """
    keras.utils.set_random_seed(changes.get("seed", 0))
    stream = np.random.default_rng(0)
    semantics = stream.normal(size=(CLASSES, Q)).astype(np.float32)
    model = ASPN(semantics, SEEN, D, **{**ALL_ON, **changes})
    if draw:
        for variable in model.trainable_variables:
            if variable.shape:
                variable.assign(0.1 * stream.normal(size=variable.shape))
    return model


def make(optimizer=None, draw=True, **changes):
    """The same, compiled; SGD unless told otherwise, which is quick."""
    model = uncompiled(draw, **changes)
    model.compile(optimizer or keras.optimizers.SGD(1e-2))
    return model


def batch(count=12):
    """Features (count, D) and labels (count,) of seen classes."""
    stream = np.random.default_rng(1)
    labels = stream.choice(SEEN, count)
    features = stream.normal(size=(count, D)) + labels[:, None]
    return tf.constant(features, tf.float32), tf.constant(labels, tf.int64)


def parts_of(model):
    """The weights of every part that the model has, by part."""
    return {
        part: [v.numpy() for v in getattr(model, part).trainable_variables]
        for part in PARTS
        if getattr(model, part) is not None
    }


def state_of(model):
    """All that training changes: weights, optimizers, random stream."""
    return [
        variable.numpy()
        for variable in (
            *model.weights,
            *model.generator_optimizer.variables,
            *(model.critic_optimizer.variables if model.critic else ()),
            model.random.state,
        )
    ]


def same_bits(before, after):
    """Whether two lists of arrays are equal to the bit."""
    return all(
        np.array_equal(one, other)
        for one, other in zip(before, after, strict=True)
    )
