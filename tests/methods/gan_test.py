"""The base of the GANs: its steps, scaling, precision and replicas."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from aspn_tf.data.benchmark import TrainingView
from aspn_tf.methods.gan import FeatureGAN, FeatureScale, make_networks
from aspn_tf.model.critic import Critic

TRACKED = {"critic", "gradient_penalty", "objective", "adversarial"}


def view():
    stream = np.random.default_rng(0)
    return TrainingView(
        features=stream.normal(size=(24, 6)).astype(np.float32),
        labels=np.resize(np.arange(3), 24),
        semantics=stream.normal(size=(5, 4)).astype(np.float32),
        seen=np.arange(3),
        unseen=np.arange(3, 5),
    )


def made(optimizer=None, kind=FeatureGAN, **changes):
    data = view()
    arguments = {"critic_steps": 2, "penalty_weight": 10.0, "seed": 0}
    gan = kind(
        **make_networks(data, hidden_width=16, signed=True, seed=0),
        class_semantics=data.semantics,
        **{**arguments, **changes},
    )
    gan.compile(optimizer or keras.optimizers.Adam(1e-3))
    return gan


class Still(FeatureGAN):
    """Draws no noise."""

    def generate(self, semantics, noise):
        return self.generator(semantics, tf.zeros_like(semantics))


def batch():
    data = view()
    return tf.constant(data.features), tf.constant(data.labels)


def values(variables):
    return [variable.numpy() for variable in variables]


def moved(before, variables):
    pairs = zip(before, values(variables), strict=True)
    return [not np.array_equal(a, b) for a, b in pairs]


def test_the_critics_step_leaves_the_generator_alone_and_the_reverse():
    gan = made()
    features, labels = batch()
    semantics = tf.gather(gan.class_semantics, labels)
    generator = gan.generator.trainable_variables
    critic = gan.critic.trainable_variables
    before = values(generator), values(critic)
    gan.critic_step(features, features + 1.0, semantics)
    assert not any(moved(before[0], generator))
    assert any(moved(before[1], critic))
    gan.critic_optimizer.learning_rate = 0.0
    before = values(generator), values(critic)
    gan.train_step((features, labels))
    assert any(moved(before[0], generator))
    assert not any(moved(before[1], critic))


@pytest.mark.parametrize("steps", [1, 3])
def test_a_step_updates_the_critic_several_times_and_the_generator_once(steps):
    gan = made(critic_steps=steps)
    logs = gan.train_step(batch())
    assert int(gan.critic_optimizer.iterations) == steps
    assert int(gan.optimizer.iterations) == 1
    assert set(logs) == TRACKED


def test_every_update_of_the_critic_has_examples_of_its_own():
    features, labels = batch()
    shown = []

    class Watched(FeatureGAN):
        def critic_step(self, real, generated, semantics):
            shown.append((real.numpy(), semantics.numpy()))

    gan = made(kind=Watched, critic_steps=3)
    gan.train_step((features, labels))
    real, semantics = (np.concatenate(part) for part in zip(*shown))
    np.testing.assert_array_equal(real, features)
    np.testing.assert_array_equal(
        semantics, gan.class_semantics.numpy()[labels]
    )


def test_a_linear_critic_has_the_losses_that_are_worked_by_hand():
    """D(x, s) = 2 sum(x) has |g| = 4 in 4 dimensions; G(s, z) is 0."""
    gan = made(keras.optimizers.SGD(0.0), critic_steps=1)
    for variable in gan.generator.trainable_variables:
        variable.assign(tf.zeros_like(variable))

    gan.critic = Critic(6, 4, 4, hidden_activation="linear")
    gan.critic.hidden.kernel.assign(tf.eye(10, 4))
    gan.critic.out.kernel.assign(tf.fill((4, 1), 2.0))
    gan.compile(keras.optimizers.SGD(0.0))
    features, labels = batch()
    logs = gan.train_step((features, labels))
    real = 2.0 * features.numpy()[:, :4].sum(1).mean()
    assert float(logs["gradient_penalty"]) == pytest.approx(9.0, rel=1e-5)
    assert float(logs["critic"]) == pytest.approx(90.0 - real, rel=1e-5)
    assert float(logs["adversarial"]) == pytest.approx(0.0, abs=1e-6)


def test_the_critic_has_an_optimizer_of_its_own_with_the_same_settings():
    gan = made(keras.optimizers.Adam(3e-4, beta_1=0.5))
    assert gan.critic_optimizer is not gan.optimizer
    one, other = gan.critic_optimizer.get_config(), gan.optimizer.get_config()
    assert {**one, "name": None} == {**other, "name": None}


@pytest.mark.slow
def test_a_step_can_be_compiled_by_xla():
    step = tf.function(made().train_step, jit_compile=True)
    assert step.experimental_get_compiler_ir(batch())(stage="hlo")


@pytest.mark.slow
def test_it_trains_by_keras_fit():
    gan = made()
    history = gan.fit(*batch(), batch_size=12, epochs=2, verbose=0).history
    assert set(history) == TRACKED
    assert int(gan.optimizer.iterations) == 4


@pytest.mark.slow
@pytest.mark.parametrize("policy", ["mixed_bfloat16", "mixed_float16"])
def test_mixed_precision_has_the_losses_of_float32(policy):
    wanted = made().train_step(batch())
    keras.config.set_dtype_policy(policy)
    try:
        gan = made()
        found = gan.train_step(batch())
    finally:
        keras.config.set_dtype_policy("float32")
    assert gan.generator.hidden.compute_dtype == policy.removeprefix("mixed_")
    for name, loss in wanted.items():
        assert found[name].dtype == tf.float32
        np.testing.assert_allclose(found[name], loss, rtol=0.02, atol=1e-3)
    for optimizer in (gan.optimizer, gan.critic_optimizer):
        scaled = isinstance(optimizer, keras.optimizers.LossScaleOptimizer)
        assert scaled == (policy == "mixed_float16")


def test_networks_are_as_published():
    networks = make_networks(view(), hidden_width=400, signed=False, seed=0)
    for network in networks.values():
        leak = network.hidden.activation(tf.constant([-1.0, 2.0]))
        np.testing.assert_allclose(leak, [-0.2, 2.0])
        kernel = network.hidden.kernel.numpy()
        assert kernel.std() == pytest.approx(0.02, rel=0.1)
        assert not network.hidden.bias.numpy().any()


@pytest.mark.parametrize("signed", [False, True])
def test_only_signed_features_are_generated_below_zero(signed):
    networks = make_networks(view(), hidden_width=16, signed=signed, seed=0)
    noise = tf.random.stateless_normal((50, 4), (1, 2))
    generated = networks["generator"](noise, noise).numpy()
    assert (generated.min() < 0.0) == signed


def scaled(rows):
    rows = np.array(rows, np.float32)
    scale = FeatureScale(rows)
    found = scale(rows)
    np.testing.assert_allclose(scale.inverse(found), rows, atol=1e-6)
    return scale, found


def test_features_that_are_nowhere_negative_are_scaled_to_0_and_1():
    scale, rows = scaled([[0.0, 5.0], [1.0, 5.0], [4.0, 5.0]])
    np.testing.assert_allclose(rows, [[0, 0], [0.25, 0], [1, 0]])
    assert not scale.signed


def test_signed_features_are_standardised():
    scale, rows = scaled([[-1.0, 5.0], [3.0, 5.0]])
    np.testing.assert_allclose(rows, [[-1, 0], [1, 0]])
    assert scale.signed


def test_an_affine_map_of_scaled_features_is_one_of_features():
    rows = view().features
    scale = FeatureScale(rows)
    kernel, bias = np.arange(12.0).reshape(6, 2), np.array([1.0, -1.0])
    shift, weights, offset = scale.affine(kernel, bias)
    np.testing.assert_allclose(
        (rows - shift) @ weights + offset,
        scale(rows).numpy() @ kernel + bias,
        rtol=1e-5,
        atol=1e-4,
    )
