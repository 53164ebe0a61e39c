"""The critic's halves, and its slope beside a tape's and finite differences."""

import keras
import numpy as np
import pytest
import taped
import tensorflow as tf

from aspn_tf.methods.gazsl.model import TwoHeads
from aspn_tf.model import losses
from aspn_tf.model.critic import Critic

LEAKY = keras.layers.LeakyReLU(negative_slope=0.2)
CRITICS = {
    "relu": lambda: Critic(4, 3, 16),
    "leaky": lambda: Critic(4, 3, 16, hidden_activation=LEAKY),
    # Curved: the slope moves with what enters, and the penalty through it.
    "tanh": lambda: Critic(4, 3, 16, hidden_activation="tanh"),
    "two heads": lambda: TwoHeads(4, 3, 5, 16, "glorot_normal"),
}
critics = pytest.mark.parametrize("make", CRITICS.values(), ids=CRITICS)


@pytest.fixture
def rows():
    """x, x^, s and mix."""
    stream = np.random.default_rng(0)
    found = [stream.normal(size=(6, width)) for width in (4, 4, 3)]
    found.append(stream.uniform(size=(6, 1)))
    return [tf.constant(one, tf.float32) for one in found]


def drawn(critic):
    """The critic with every weight drawn anew, biases included."""
    stream = np.random.default_rng(1)
    for weight in critic.weights:
        weight.assign(stream.normal(size=weight.shape))
    return critic


def slope_of(critic, real, generated, semantics, mix):
    both = tf.concat([real, generated], axis=0)
    first = critic.first_layer()
    entered = critic.enter(both, semantics, first, lots=2)
    return critic.slope_between(entered, mix, first)


@critics
def test_its_halves_make_its_score(make, rows):
    critic = drawn(make())
    real, _, semantics, _ = rows
    found = critic.leave(critic.enter(real, semantics))
    np.testing.assert_allclose(found, critic(real, semantics), rtol=1e-6)


@critics
def test_it_enters_as_one_product_of_all_inputs_side_by_side(make, rows):
    critic = drawn(make())
    real, generated, semantics, _ = rows
    kernel, bias = critic.hidden.get_weights()
    found = critic.enter(tf.concat([real, generated], 0), semantics, lots=2)
    for lot, features in zip(
        np.split(found, 2), (real, generated), strict=True
    ):
        inputs = np.concatenate([features, semantics], axis=1)
        wanted = inputs[:, : len(kernel)] @ kernel + bias
        np.testing.assert_allclose(lot, wanted, rtol=1e-5, atol=1e-5)


@critics
def test_the_slope_is_that_of_a_tape_around_the_critic(make, rows):
    critic = drawn(make())
    found, wanted = slope_of(critic, *rows), taped.slope(critic, *rows)
    assert found.shape == wanted.shape == (6, 4)
    np.testing.assert_allclose(found, wanted, rtol=1e-4, atol=1e-5)


@critics
@pytest.mark.parametrize("form", ["norm", "squared"])
def test_the_penalty_moves_every_weight_as_that_of_a_tape_does(
    make, form, rows
):
    critic = drawn(make())
    hidden, out = critic.hidden, critic.out  # whose bias no slope has
    variables = hidden.kernel.value, hidden.bias.value, out.kernel.value
    moved = []
    for way in (slope_of, taped.slope):
        with tf.GradientTape() as tape:
            penalty = losses.gradient_penalty(way(critic, *rows), form)
        moved.append(tape.gradient(penalty, variables))
    for variable, found, wanted in zip(variables, *moved, strict=True):
        scale = np.abs(wanted).max()
        np.testing.assert_allclose(
            found, wanted, rtol=1e-4, atol=1e-5 * scale, err_msg=variable.name
        )
    assert np.abs(moved[0][0]).max() > 0.0


def test_at_the_ends_the_slope_is_that_of_either(rows):
    critic = drawn(Critic(4, 3, 16, hidden_activation="tanh"))
    real, generated, semantics, _ = rows
    for mix, features in ((1.0, real), (0.0, generated)):
        ends = tf.fill((6, 1), mix)
        found = slope_of(critic, real, generated, semantics, ends).numpy()
        for column in range(4):
            step = 1e-2 * tf.one_hot([column], 4)
            up, down = (
                critic(features + sign * step, semantics).numpy()[:, 0]
                for sign in (1.0, -1.0)
            )
            np.testing.assert_allclose(
                found[:, column], (up - down) / 2e-2, atol=2e-2
            )


@pytest.mark.parametrize("policy", ["mixed_bfloat16", "mixed_float16"])
def test_in_mixed_precision_the_slope_is_float32_and_nearly_the_same(
    policy, rows
):
    full, half = Critic(4, 3, 16), Critic(4, 3, 16, dtype=policy)
    half.set_weights(full.get_weights())
    assert half.enter(rows[0], rows[2]).dtype == policy.removeprefix("mixed_")
    found = slope_of(half, *rows)
    assert found.dtype == tf.float32
    near = np.isclose(found, slope_of(full, *rows), rtol=0.05, atol=0.02)
    assert near.all(axis=1).mean() > 0.8  # a unit near its bend may flip
