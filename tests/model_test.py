"""ASPN: who moves whom, every reading, replicas."""

import dataclasses
import json
import subprocess
import sys
import textwrap

import keras
import numpy as np
import pytest
import tensorflow as tf

from aspn_tf.config import LITERAL, Config
from aspn_tf.model import ASPN

Q, D, CLASSES, SEEN = 4, 8, 6, (0, 1, 3, 4)
PARTS = ("generator", "decoder", "critic", "attention")
ALL_ON = {
    "visual_weight": 1.0,
    "semantic_weight": 1.0,
    "cycle_weight": 1.0,
    "adversarial_weight": 1.0,
    "classification_weight": 1.0,
    "attention": True,
    "learning_rate": 1e-3,
}
NOT_OF_THE_MODEL = (
    *("semantics_scaling", "feature_scaling", "seen_prototypes"),
    *("softmax", "bidirectional"),
)
READINGS = [
    {field.name: choice}
    for field in dataclasses.fields(Config)
    if field.metadata["group"] == "reading"
    and field.name not in NOT_OF_THE_MODEL
    for choice in (
        field.metadata["choices"]
        or {
            "alpha": (0.0, 1.0),
            "attention_scaled": (False, True),
            "attended_prototypes": (False, True),
            "noise_width": (-1, 0, 3),
            "noise_scale": (0.0, 1.0),
            "temperature": (0.01, 1.0),
        }[field.name]
    )
    if choice != field.default
]


def make(draw=True, **changes):
    """A small compiled model; every part on unless told otherwise.

    Args:
      draw: every weight away from its start, zeros included.
      **changes: of the config.
    """
    config = Config(**{**ALL_ON, **changes})
    keras.utils.set_random_seed(config.seed)
    stream = np.random.default_rng(0)
    semantics = stream.normal(size=(CLASSES, Q)).astype(np.float32)
    model = ASPN(config, semantics, np.array(SEEN), D)
    model.compile(config.learning_rate, config.weight_decay)
    if draw:
        for variable in model.trainable_variables:
            if variable.shape.rank:
                variable.assign(0.1 * stream.normal(size=variable.shape))
    return model


def batch(count=12):
    stream = np.random.default_rng(1)
    labels = stream.choice(SEEN, count)
    features = stream.normal(size=(count, D)) + labels[:, None]
    return tf.constant(features, tf.float32), tf.constant(labels, tf.int64)


def parts_of(model):
    return {
        part: [v.numpy() for v in getattr(model, part).trainable_variables]
        for part in PARTS
        if getattr(model, part) is not None
    }


def same_bits(before, after):
    return all(
        np.array_equal(one, other)
        for one, other in zip(before, after, strict=True)
    )


def test_every_optimizer_owns_its_variables():
    model = make()
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


@pytest.mark.parametrize("weight_decay", [0.0, 0.1])
def test_a_step_decays_neither_biases_nor_alpha(weight_decay):
    model = make(weight_decay=weight_decay)
    exempt = [
        v for v in model.generating_variables if v.name in ("bias", "alpha")
    ]
    optimizer = model.generator_optimizer
    before = [v.numpy() for v in exempt]
    optimizer.apply(
        [tf.zeros_like(v) for v in model.generating_variables],
        model.generating_variables,
    )
    assert len(exempt) == 5
    assert same_bits(before, [v.numpy() for v in exempt])


def test_weight_decay_shrinks_kernels():
    model = make(weight_decay=0.1)
    kernel = model.generator.hidden.kernel
    before = kernel.numpy()
    model.generator_optimizer.apply(
        [tf.zeros_like(v) for v in model.generating_variables],
        model.generating_variables,
    )
    np.testing.assert_allclose(
        kernel, before * (1 - 0.1 * ALL_ON["learning_rate"]), rtol=1e-5
    )


@pytest.mark.parametrize(
    "changes", READINGS, ids=lambda c: "=".join(map(str, *c.items()))
)
def test_every_other_reading_trains_a_step_with_finite_losses(changes):
    # From the weights a run starts with: zeros, where there are any.
    model = make(draw=False, **changes)
    logs = model.train_step(batch())
    assert {"objective", "visual", "classification", "critic"} <= set(logs)
    for name, value in logs.items():
        assert np.isfinite(value), name
    for variable in model.trainable_variables:
        assert np.isfinite(variable).all(), variable.path


def test_the_literal_reading_trains_a_step_with_finite_losses():
    logs = make(draw=False, **LITERAL).train_step(batch())
    assert all(np.isfinite(value) for value in logs.values())


@pytest.mark.parametrize("reduction", ["mean", "sum"])
def test_the_objective_is_equation_9(reduction):
    weights = {
        "visual": 0.5,
        "semantic": 0.25,
        "cycle": 2.0,
        "adversarial": 3.0,
        "classification": 0.125,
    }
    model = make(
        reduction=reduction,
        **{f"{name}_weight": value for name, value in weights.items()},
    )
    logs = model.train_step(batch())
    weights["preservation"] = weights.pop("cycle")
    np.testing.assert_allclose(
        logs["objective"],
        sum(weight * logs[name] for name, weight in weights.items()),
        rtol=1e-5,
    )


@pytest.mark.parametrize(
    ("off", "absent"),
    [
        ({"adversarial_weight": 0.0}, {"critic"}),
        ({"attention": False}, {"attention"}),
        ({"semantic_weight": 0.0, "cycle_weight": 0.0}, {"decoder"}),
        ({"semantic_weight": 0.0}, set()),
        ({"cycle_weight": 0.0}, set()),
        ({"visual_weight": 0.0}, set()),
        ({"classification_weight": 0.0}, set()),
    ],
    ids=str,
)
def test_a_weight_of_0_builds_no_such_network(off, absent):
    model = make(**off)
    assert set(PARTS) - set(parts_of(model)) == absent
    assert all(np.isfinite(v) for v in model.train_step(batch()).values())
    if "critic" in absent:
        assert not hasattr(model, "critic_optimizer")


def test_eager_and_traced_steps_agree():
    eager, traced = make(), make()
    eager_logs = eager.train_step(batch())
    traced_logs = tf.function(traced.train_step)(batch())
    for name, value in eager_logs.items():
        np.testing.assert_allclose(
            traced_logs[name], value, rtol=1e-4, err_msg=name
        )
    for one, other in zip(eager.weights, traced.weights, strict=True):
        np.testing.assert_allclose(
            one, other, rtol=1e-4, atol=1e-5, err_msg=one.path
        )


def test_one_seed_gives_the_same_steps_and_another_gives_others():
    ends = []
    for seed in (3, 3, 4):
        model = make(seed=seed)
        model.train_step(batch())
        ends.append(parts_of(model)["generator"])
    assert same_bits(ends[0], ends[1])
    assert not same_bits(ends[0], ends[2])


def test_alpha_stays_within_0_and_1():
    model = make(learning_rate=0.5)
    for _ in range(4):
        model.train_step(batch())
        assert 0.0 <= float(model.attention.alpha) <= 1.0


def test_prototypes_hold_no_noise_and_no_attention_unless_asked():
    semantics = make().class_semantics
    plain, attended = make(), make(attended_prototypes=True)
    np.testing.assert_array_equal(
        plain.prototypes(semantics), plain.generator.prototypes(semantics)
    )
    np.testing.assert_allclose(
        attended.prototypes(semantics),
        attended.attention(attended.generator.prototypes(semantics)),
        rtol=1e-6,
    )


def test_a_short_last_batch_trains():
    model = make()
    data = tf.data.Dataset.from_tensor_slices(batch(13)).batch(6)
    history = model.fit(data, verbose=0).history
    assert np.isfinite(history["objective"]).all()


def test_the_history_holds_the_mean_over_the_batches_of_an_epoch():
    data = tf.data.Dataset.from_tensor_slices(batch(8)).batch(4)
    model, by_hand = make(), make()
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


@pytest.mark.parametrize("compatibility", ["cosine", "dot", "euclidean"])
def test_training_brings_prototypes_nearer_to_their_class(compatibility):
    # From prototypes at 0, where the cosine is at its steepest.
    model = make(draw=False, learning_rate=1e-2, compatibility=compatibility)
    features, labels = batch(64)
    step = tf.function(model.train_step)

    def distance():
        prototypes = model.prototypes(model.class_semantics)
        return float(
            tf.reduce_mean((features - tf.gather(prototypes, labels)) ** 2)
        )

    before = distance()
    for _ in range(60):
        step((features, labels))
    assert distance() < 0.85 * before


REPLICAS = """
    import json
    import numpy as np
    import tensorflow as tf

    device = tf.config.list_physical_devices("CPU")[0]
    tf.config.set_logical_device_configuration(
        device, [tf.config.LogicalDeviceConfiguration()] * 2
    )
    strategy = tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"])
    from tests import model_test

    with strategy.scope():
        model = model_test.make(draw=False)
    before = model.generator.out.kernel.numpy()
    data = tf.data.Dataset.from_tensor_slices(model_test.batch(16)).batch(8)
    history = model.fit(data, verbose=0).history
    replicas = [
        [copy.numpy() for copy in variable.value.values]
        for variable in model.trainable_variables
    ]
    print(json.dumps({
        "replicas": strategy.num_replicas_in_sync,
        "finite": bool(np.isfinite(history["objective"]).all()),
        "moved": not np.array_equal(before, model.generator.out.kernel),
        "variables": len(replicas),
        "equal": all(np.array_equal(*copies) for copies in replicas),
    }))
"""


@pytest.mark.slow
def test_two_replicas_train_and_stay_equal():
    # In a process of its own: devices are set up before TensorFlow runs.
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(REPLICAS)],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout.splitlines()[-1]) == {
        "replicas": 2,
        "finite": True,
        "moved": True,
        "variables": 15,
        "equal": True,
    }
