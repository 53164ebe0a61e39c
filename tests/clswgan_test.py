"""CLSWGAN, Cycle-CLSWGAN and their softmax."""

import types

import keras
import numpy as np
import pytest
import tensorflow as tf

from aspn_tf.baselines import clswgan
from aspn_tf.baselines.clswgan import CLSWGAN
from aspn_tf.baselines.cycle_clswgan import CycleCLSWGAN
from aspn_tf.baselines.softmax import Softmax
from aspn_tf.config import Config
from aspn_tf.evaluator import Evaluator


@pytest.fixture(autouse=True)
def small(monkeypatch):
    """The published systems with narrow layers, to be fast."""
    monkeypatch.setattr(clswgan, "HIDDEN_WIDTH", 32)
    monkeypatch.setattr(clswgan, "SYNTHETIC_PER_CLASS", 30)


@pytest.fixture(scope="module")
def trained(tiny):
    """Both systems after one epoch."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(clswgan, "HIDDEN_WIDTH", 32)
        patch.setattr(clswgan, "SYNTHETIC_PER_CLASS", 30)
        patch.setattr("aspn_tf.baselines.cycle_clswgan.REGRESSOR_EPOCHS", 300)
        patch.setattr("aspn_tf.baselines.cycle_clswgan.LEARNING_RATE", 0.05)
        methods = {}
        for system in (CLSWGAN, CycleCLSWGAN):
            methods[system] = system(Config(epochs=1, seed=5))
            methods[system].logs = [log for _, log in methods[system].fit(tiny)]
    return methods


def built(method, benchmark):
    method = method(Config(epochs=3))
    method.build(benchmark)
    return method


def values(variables):
    return [variable.numpy() for variable in variables]


def moved(before, after):
    return [
        not np.array_equal(a, b) for a, b in zip(before, after, strict=True)
    ]


def a_batch(benchmark):
    features = tf.random.stateless_uniform((40, 6), seed=(1, 2))
    labels = tf.constant(np.resize(benchmark.seen, 40))
    return features, labels


def test_losses_are_finite_and_only_the_cycle_has_its_term(trained):
    for system, method in trained.items():
        (logs,) = method.logs
        assert np.isfinite(list(logs.values())).all()
        assert ("cycle" in logs) == (system is CycleCLSWGAN)


def test_a_setting_trains_to_the_very_state_that_was_chosen(trained, tiny):
    again = CLSWGAN(Config(epochs=9, seed=5))
    assert [state for state, _ in again.fit(tiny, {"epoch": 1})] == [
        {"epoch": 1}
    ]
    features = tiny.test_seen.features
    np.testing.assert_array_equal(
        again.scores(features), trained[CLSWGAN].scores(features)
    )


def test_softmaxes_on_the_way_do_not_change_the_epochs_after(tiny):
    walked, straight = (CLSWGAN(Config(epochs=2)) for _ in range(2))
    assert [s["epoch"] for s, _ in walked.fit(tiny)] == [1, 2]
    list(straight.fit(tiny, {"epoch": 2}))
    for scores in ("scores", "unseen_scores"):
        np.testing.assert_array_equal(
            getattr(walked, scores)(tiny.test_seen.features),
            getattr(straight, scores)(tiny.test_seen.features),
        )


def test_critic_steps_leave_the_generator_alone_and_the_reverse(tiny):
    method = built(CLSWGAN, tiny)
    features, labels = a_batch(tiny)
    semantics = tf.gather(method.class_semantics, labels)
    generator = method.generator.trainable_variables
    critic = method.critic.trainable_variables
    before = values(generator), values(critic)
    method._critic_step(features, semantics)
    assert not any(moved(before[0], values(generator)))
    assert any(moved(before[1], values(critic)))
    before = values(generator), values(critic)
    method._generator_step(semantics, labels)
    assert any(moved(before[0], values(generator)))
    assert not any(moved(before[1], values(critic)))


def test_a_step_updates_the_critic_five_times_and_the_generator_once(tiny):
    method = built(CLSWGAN, tiny)
    method.training_step(*a_batch(tiny))
    assert int(method.critic_optimizer.iterations) == 5
    assert int(method.generator_optimizer.iterations) == 1


def test_regressor_and_seen_softmax_are_fixed_while_the_gan_trains(tiny):
    method = built(CycleCLSWGAN, tiny)
    fixed = [
        *method.regressor.trainable_variables,
        *method.seen_softmax.layer.trainable_variables,
    ]
    before = values(fixed)
    method.training_step(*a_batch(tiny))
    assert not any(moved(before, values(fixed)))


def test_hidden_layers_leak_a_fifth_and_the_generator_is_not_negative(tiny):
    method = built(CLSWGAN, tiny)
    leak = method.generator.hidden.activation(tf.constant([-1.0, 2.0]))
    np.testing.assert_allclose(leak, [-0.2, 2.0])
    assert float(tf.reduce_min(method._generate(tiny.semantics))) >= 0.0


def test_a_constant_feature_is_no_division_by_zero(tiny):
    import dataclasses

    features = tiny.train.features.copy()
    features[:, 0] = 3.0
    changed = dataclasses.replace(
        tiny, train=dataclasses.replace(tiny.train, features=features)
    )
    method = CLSWGAN(Config(epochs=1))
    list(method.fit(changed))
    assert np.isfinite(method.scores(changed.test_seen.features)).all()


def test_unseen_scores_rank_unseen_classes_alone(trained, tiny):
    scores = trained[CLSWGAN].unseen_scores(tiny.test_unseen.features).numpy()
    assert scores.shape == (len(tiny.test_unseen.labels), tiny.class_count)
    assert set(scores.argmax(1)) <= set(tiny.unseen)
    assert (scores[:, tiny.seen] < -1e8).all()


def test_prototypes_are_in_the_units_of_the_data(trained, tiny):
    method = trained[CLSWGAN]
    prototypes = method.prototypes(tiny.semantics).numpy()
    assert prototypes.shape == (tiny.class_count, tiny.feature_width)
    assert (prototypes >= tiny.train.features.min(0) - 1e-5).all()
    scores = method.classify(prototypes, tiny.semantics).numpy()
    np.testing.assert_array_equal(scores.argmax(1), range(tiny.class_count))


def test_the_regressor_describes_features_by_their_semantics(trained, tiny):
    inferred = trained[CycleCLSWGAN].describe(tiny.train.features).numpy()
    error = inferred - tiny.semantics[tiny.train.labels]
    assert np.mean(error**2) < 0.3 * np.var(tiny.semantics)


def test_the_evaluator_ranks_by_the_unseen_softmax_in_t(trained, tiny):
    method = trained[CLSWGAN]
    report = Evaluator(method, tiny).report()
    scores = method.unseen_scores(tiny.test_unseen.features).numpy()
    right = scores.argmax(1) == tiny.test_unseen.labels
    assert report.T == pytest.approx(100.0 * right.mean())


def test_softmax_separates_two_clouds_and_forgets_between_fits():
    random = tf.random.Generator.from_seed(0)
    softmax = Softmax(2, 3, [0, 2], random, "softmax")
    features = tf.constant([[1.0, 0.0], [0.0, 1.0]] * 50)
    labels = tf.constant([0, 2] * 50, tf.int64)
    before = softmax(features).numpy()
    softmax.fit(features, labels, epochs=100, batch_size=10)
    assert (softmax(features).numpy().argmax(1) == labels.numpy()).all()
    softmax.fit(features, labels, epochs=0, batch_size=10)
    np.testing.assert_array_equal(softmax(features), before)


def test_softmax_leaves_absent_classes_out_of_the_loss():
    random = tf.random.Generator.from_seed(0)
    softmax = Softmax(2, 3, [1], random, "softmax")
    loss = softmax.loss(tf.ones((4, 2)), tf.ones(4, tf.int64))
    assert float(loss) == pytest.approx(0.0, abs=1e-6)


@pytest.mark.parametrize(("steps", "expected"), [(3, 15), (0, 2)])
def test_an_epoch_is_five_times_the_configs_steps_or_one_pass(
    tiny, steps, expected
):
    method = CLSWGAN(Config(epochs=2, steps_per_epoch=steps))
    for _ in method.fit(tiny):  # 84 examples, 64 a step
        pass
    assert int(method.generator_optimizer.iterations) == 2 * expected
    assert int(method.critic_optimizer.iterations) == 5 * 2 * expected
    drawn = method.examples_a_state(len(tiny.train.labels))
    assert drawn == 5 * 64 * expected


def scaled(rows):
    method = CLSWGAN(Config())
    method.build(
        types.SimpleNamespace(
            feature_width=2,
            semantics_width=3,
            class_count=2,
            semantics=np.eye(2, 3),
            seen=np.array([0]),
            unseen=np.array([1]),
        )
    )
    method._fit_scale(tf.constant(rows))
    return method, method._scale(tf.constant(rows)).numpy()


def test_features_that_are_nowhere_negative_are_scaled_to_0_and_1():
    method, rows = scaled([[0.0, 5.0], [1.0, 5.0], [4.0, 5.0]])
    np.testing.assert_allclose(rows, [[0, 0], [0.25, 0], [1, 0]])
    assert method.generator.out.activation is keras.activations.relu


def test_signed_features_are_standardised_and_can_be_generated():
    method, rows = scaled([[-1.0, 5.0], [3.0, 5.0]])
    np.testing.assert_allclose(rows, [[-1, 0], [1, 0]])
    generated = method._generate(tf.random.stateless_normal((50, 3), (1, 2)))
    assert generated.numpy().min() < 0.0
