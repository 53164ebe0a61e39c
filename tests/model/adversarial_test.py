"""Adversarial training: who moves whom, optimizers, precision, state."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from small_aspn import (
    STILL,
    batch,
    make,
    parts_of,
    same_bits,
    state_of,
    uncompiled,
)

from aspn_tf.model.adversarial import CRITIC_TERMS

RATE = 1e-3
FLOAT16 = "mixed_float16"
NO_DECODER = {"semantic_weight": 0.0, "cycle_weight": 0.0}


@pytest.fixture
def policy(request):
    """Sets Keras' global dtype policy to the parameter, for one test."""
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(request.param)
    yield request.param
    keras.config.set_dtype_policy(before)


def under(*policies):
    return pytest.mark.parametrize("policy", policies, indirect=True)


def test_every_optimizer_owns_its_variables():
    model = make("adam")
    of_critic = {v.path for v in model.critic.trainable_variables}
    of_others = {v.path for v in model.generating_variables}
    assert not of_critic & of_others
    assert of_critic | of_others == {v.path for v in model.trainable_variables}
    # An Adam keeps a momentum and a velocity, and two numbers of its own.
    assert len(model.critic_optimizer.variables) == 2 * len(of_critic) + 2
    assert len(model.generator_optimizer.variables) == 2 * len(of_others) + 2


def test_a_critic_step_leaves_generator_decoder_and_attention_alone():
    model = make()
    model.generator_optimizer.learning_rate = 0.0
    before = parts_of(model)
    model.train_step(batch())
    after = parts_of(model)
    assert not same_bits(before.pop("critic"), after.pop("critic"))
    for part in before:
        assert same_bits(before[part], after[part]), part


def test_a_generator_step_leaves_the_critic_alone():
    model = make()
    model.critic_optimizer.learning_rate = 0.0
    before = parts_of(model)
    model.train_step(batch())
    after = parts_of(model)
    assert same_bits(before.pop("critic"), after.pop("critic"))
    for part in before:
        assert not same_bits(before[part], after[part]), part


def test_weight_decay_shrinks_kernels_and_neither_biases_nor_alpha():
    model = make(keras.optimizers.AdamW(RATE, weight_decay=0.1))
    before = [v.numpy() for v in model.generating_variables]
    model.generator_optimizer.apply(
        [tf.zeros_like(v) for v in model.generating_variables],
        model.generating_variables,
    )
    spared = 0
    for variable, old in zip(model.generating_variables, before, strict=True):
        decays = variable.name == "kernel"
        spared += not decays
        np.testing.assert_allclose(
            variable, old * (1 - 0.1 * RATE * decays), rtol=1e-6
        )
    assert spared == 5


def test_the_critic_gets_another_optimizer_of_the_same_settings():
    given = keras.optimizers.AdamW(
        keras.optimizers.schedules.CosineDecay(0.2, 9),
        weight_decay=0.1,
        beta_1=0.5,
    )
    model = make(given)
    found = model.critic_optimizer
    assert model.optimizer is given and found is not given
    assert found.get_config() == {
        **given.get_config(),
        "name": found.name,
        "weight_decay": 0.0,
    }


def test_the_critic_takes_the_optimizer_it_is_given():
    model = uncompiled()
    model.compile("sgd", "rmsprop")
    assert isinstance(model.generator_optimizer, keras.optimizers.SGD)
    assert isinstance(model.critic_optimizer, keras.optimizers.RMSprop)


@pytest.mark.slow
def test_eager_steps_and_those_of_a_compiled_loop_agree():
    eager, looped = make(**NO_DECODER), make(**NO_DECODER)

    def loop(features, labels):
        def step(number):
            looped.train_step((features, labels))
            return number + 1

        tf.while_loop(lambda number: number < 3, step, [0])

    loop = tf.function(loop, autograph=False)

    loop(*batch())
    for _ in range(3):
        eager.train_step(batch())
    found = looped.get_metrics_result()
    for name, value in eager.get_metrics_result().items():
        np.testing.assert_allclose(found[name], value, rtol=1e-4, err_msg=name)
    for one, other in zip(
        eager.trainable_variables, looped.trainable_variables, strict=True
    ):
        np.testing.assert_allclose(
            one, other, rtol=1e-4, atol=1e-6, err_msg=one.path
        )


@pytest.mark.slow
def test_a_step_can_be_compiled_by_xla():
    model = make()
    step = tf.function(model.train_step, jit_compile=True)
    assert step.experimental_get_compiler_ir(batch())(stage="hlo")


@pytest.mark.slow
def test_one_seed_gives_the_same_steps_and_another_gives_others():
    ends = []
    for seed in (3, 3, 4):
        model = make(seed=seed)
        model.train_step(batch())
        ends.append(parts_of(model)["generator"])
    assert same_bits(ends[0], ends[1])
    assert not same_bits(ends[0], ends[2])


@pytest.mark.slow
@under("float32", FLOAT16)
def test_a_restored_model_goes_on_bit_for_bit(tmp_path, policy):
    whole, first = make("adam"), make("adam")
    second = make("adam", draw=False, seed=9)
    whole.train_step(batch())
    whole.train_step(batch())
    first.train_step(batch())
    path = tf.train.Checkpoint(model=first).write(str(tmp_path / "state"))
    tf.train.Checkpoint(model=second).read(path).assert_consumed()
    assert same_bits(state_of(first), state_of(second))
    second.train_step(batch())
    assert same_bits(state_of(whole), state_of(second))


@under("mixed_bfloat16", FLOAT16)
def test_a_step_in_mixed_precision_is_nearly_that_of_float32(policy):
    model, exact = make(**STILL), make(**STILL, dtype="float32")
    logs, wanted = model.train_step(batch()), exact.train_step(batch())
    assert set(CRITIC_TERMS) < set(logs)
    for name, value in logs.items():
        assert value.dtype == tf.float32 and np.isfinite(value), name
        if name != "gradient_penalty":  # the mix is random
            np.testing.assert_allclose(
                value, wanted[name], rtol=0.05, atol=0.02, err_msg=name
            )
    for one, other in zip(
        model.trainable_variables, exact.trainable_variables, strict=True
    ):
        np.testing.assert_allclose(one, other, atol=2e-3, err_msg=one.path)
    for layer in (model.generator.hidden, model.attention.f):
        assert layer.compute_dtype == policy.removeprefix("mixed_")
    assert model(model.class_semantics).dtype == tf.float32


@pytest.mark.slow
@under(FLOAT16)
def test_float16_finds_a_scale_at_which_every_part_moves(policy):
    model = make()
    before = parts_of(model)
    for _ in range(6):
        logs = model.train_step(batch())
    assert all(np.isfinite(value) for value in logs.values())
    for part, weights in parts_of(model).items():
        assert not same_bits(before[part], weights), part


def test_the_dtype_of_the_model_is_that_of_its_parts():
    model = uncompiled(dtype="mixed_bfloat16")
    for layer in (model.decoder.out, model.critic.hidden, model.attention.g):
        assert layer.compute_dtype == "bfloat16"


@under(FLOAT16)
@pytest.mark.parametrize("wrapped", [False, True])
def test_float16_scales_both_losses_once_and_takes_it_back(policy, wrapped):
    # Adam would not tell: it is the same for a gradient of any scale.
    given = keras.optimizers.SGD(1.0)
    if wrapped:
        given = keras.optimizers.LossScaleOptimizer(given)
    model = make(given, **STILL)
    exact = make(keras.optimizers.SGD(1.0), **STILL, dtype="float32")
    pairs = list(
        zip(model.trainable_variables, exact.trainable_variables, strict=True)
    )
    before = [variable.numpy() for variable, _ in pairs]
    for one in (model, exact):
        one.train_step(batch())
    for optimizer in (model.generator_optimizer, model.critic_optimizer):
        assert isinstance(optimizer, keras.optimizers.LossScaleOptimizer)
        assert isinstance(optimizer.inner_optimizer, keras.optimizers.SGD)
        assert optimizer.dynamic_scale == optimizer.initial_scale
    for (one, other), start in zip(pairs, before, strict=True):
        step = other - start
        np.testing.assert_allclose(
            one - start,
            step,
            rtol=0.05,
            atol=0.05 * np.abs(step).max() + 1e-6,
            err_msg=one.path,
        )


@under(FLOAT16)
def test_a_model_of_float16_is_loaded_with_its_scales(tmp_path, policy):
    model = make()
    for optimizer in (model.generator_optimizer, model.critic_optimizer):
        optimizer.dynamic_scale.assign(64.0)
    model.train_step(batch())
    model.save(tmp_path / "aspn.keras")
    again = keras.models.load_model(tmp_path / "aspn.keras")
    assert same_bits(state_of(model)[:-1], state_of(again)[:-1])


@pytest.mark.slow
def test_the_history_holds_the_mean_over_the_batches_of_an_epoch():
    # The last batch is a short one.
    data = tf.data.Dataset.from_tensor_slices(batch(10)).batch(4)
    model, by_hand = make(**NO_DECODER), make(**NO_DECODER)
    history = model.fit(data, epochs=2, verbose=0, shuffle=False).history
    for epoch in range(2):
        steps = []
        for rows in data:
            by_hand.reset_metrics()
            steps.append(by_hand.train_step(rows))
        for name in steps[0]:
            assert history[name][epoch] == pytest.approx(
                np.mean([step[name] for step in steps]), rel=1e-3
            ), name
