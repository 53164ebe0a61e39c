"""GDAN: both stages, the discriminator, the regressor."""

import dataclasses

import numpy as np
import pytest
import tensorflow as tf
from small import built

from aspn_tf.errors import InputError
from aspn_tf.evaluation import cost, paper
from aspn_tf.methods import registry
from aspn_tf.methods.gdan.model import discriminator_loss
from aspn_tf.methods.gdan.networks import CoupledAdam, start
from aspn_tf.methods.training import Steps
from aspn_tf.model.critic import Critic


def made(view, **changes):
    return built("gdan", view, softmax_epochs=2, **changes)


def values(network):
    return [variable.numpy() for variable in network.trainable_variables]


def networks(model):
    return model.encoder, model.generator, model.regressor, model.critic


def moved(before, model):
    return [
        any(not np.array_equal(*pair) for pair in zip(one, values(network)))
        for one, network in zip(before, networks(model), strict=True)
    ]


def dense(layer, rows):
    kernel, bias = (weight.numpy() for weight in layer.trainable_variables)
    return rows @ kernel + bias


def two(network, *rows):
    hidden = np.maximum(dense(network.hidden, np.hstack(rows)), 0.0)
    return dense(network.out, hidden)


def test_the_discriminators_loss_is_the_one_worked_by_hand():
    """0.01 + 0.04 + 0.1 x 0.25 + 0.01."""
    answers = (tf.constant([[a]]) for a in (0.9, 0.2, 0.5, 0.1))
    found = discriminator_loss(*answers, 0.1)
    assert float(found) == pytest.approx(0.085)


def test_terms_are_those_of_numpy(tiny):
    method = made(tiny.training(), cycle_weight=3.0, regression_weight=5.0)
    model = method.model
    features = method._features[:400]
    semantics = tf.gather(method.class_semantics, method._labels[:400])
    model.random.reset_from_seed(6)
    found = model.terms(features, semantics)
    model.random.reset_from_seed(6)
    chances = model.random.uniform((len(features), 16)).numpy()
    kept = (chances >= 0.3) / np.float32(0.7)
    noise = model.random.uniform((len(features), 3)).numpy()
    x, s, encoder = features.numpy(), semantics.numpy(), model.encoder
    hidden = np.maximum(dense(encoder.hidden, x), 0.0) * kept
    hidden = np.maximum(dense(encoder.second, hidden), 0.0)
    mean = dense(encoder.mean, hidden)
    logvar = dense(encoder.log_variance, hidden)
    z = mean + np.exp(logvar / 2.0) * noise
    decoded = two(model.generator, s, z)
    inferred = two(model.regressor, x)
    kl = 0.5 * (np.exp(logvar) + mean**2 - 1.0 - logvar)
    cycles = [
        two(model.regressor, decoded) - s,
        two(model.generator, inferred, z) - x,
    ]
    wanted = {
        "reconstruction": 0.5 * ((x - decoded) ** 2).sum(1).mean(),
        "divergence": kl.sum(1).mean(),
        "adversarial": ((two(model.critic, decoded, s) - 1.0) ** 2).mean(),
        "cycle": 3.0 * sum((cycle**2).mean() for cycle in cycles),
        "regression": 5.0 * ((inferred - s) ** 2).mean(),
        "regressed": 0.1 * ((two(model.critic, x, inferred) - 1) ** 2).mean(),
    }
    assert set(found) == set(wanted)
    for name, value in wanted.items():
        assert float(found[name]) == pytest.approx(float(value), rel=1e-4), name


def test_the_discriminator_is_shown_the_pairs_of_its_loss(tiny):
    method = made(tiny.training(), learning_rate=0.0, dropout=0.0)
    model = method.model
    features, labels = method._features[:8], method._labels[:8]
    model.random.reset_from_seed(2)
    model.train_discriminator(features, labels)
    found = float(model.trackers["critic"].result())
    model.random.reset_from_seed(2)
    others = tf.gather(method.class_semantics, model.others(labels)).numpy()
    code = model.encode(features)[0].numpy()
    x = features.numpy()
    s = method.class_semantics.numpy()[labels]
    answers = [
        two(model.critic, *pair)
        for pair in (
            (x, s),
            (two(model.generator, s, code), s),
            (x, two(model.regressor, x)),
            (x, others),
        )
    ]
    wanted = (
        ((answers[0] - 1.0) ** 2).mean()
        + (answers[1] ** 2).mean()
        + 0.1 * (answers[2] ** 2).mean()
        + (answers[3] ** 2).mean()
    )
    assert found == pytest.approx(float(wanted), rel=1e-4)


def test_a_mismatched_class_is_another_seen_one_and_any(tiny):
    seen = np.array([9, 2, 5])
    view = dataclasses.replace(
        tiny.training(),
        labels=seen[tiny.train.labels % 3],
        seen=seen,
        unseen=np.array([0, 1, 3, 4, 6, 7, 8]),
    )
    model = made(view).model
    labels = tf.repeat(tf.constant(seen), 100)
    pairs = set(zip(labels.numpy(), model.others(labels).numpy()))
    assert pairs == {(a, b) for a in seen for b in seen if a != b}


def test_every_update_moves_what_is_its_own(tiny):
    method = made(tiny.training())
    model, rows = method.model, (method._features[:16], method._labels[:16])
    before = [values(network) for network in networks(model)]
    model.train_discriminator(*rows)
    assert moved(before, model) == [False, False, False, True]
    model.critic_optimizer.learning_rate = 0.0
    before = [values(network) for network in networks(model)]
    model.train_step(rows)
    assert moved(before, model) == [True, True, True, False]


def test_both_updates_of_a_step_have_rows_of_their_own(tiny):
    method = made(tiny.training())
    model, shown = method.model, []
    encode = model.encode
    model.encode = lambda rows: shown.append(rows) or encode(rows)
    model.train_step((method._features[:12], method._labels[:12]))
    assert [len(rows) for rows in shown] == [6, 6]
    np.testing.assert_array_equal(np.concatenate(shown), method._features[:12])


@pytest.mark.slow
def test_the_first_stage_moves_encoder_and_decoder_alone(tiny):
    method = made(tiny.training(), cvae_epochs=2)
    before = [values(network) for network in networks(method.model)]
    method._pretrain()
    assert moved(before, method.model) == [True, True, False, False]
    assert int(method.model.optimizer.iterations) == 0


def test_the_first_stage_has_its_epochs_and_adam(tiny, monkeypatch):
    called = []

    def epoch(self, train, batches, number):
        called.append((type(train), batches, number))

    method = made(tiny.training(), cvae_epochs=3, beta_1=0.7)
    monkeypatch.setattr(type(method), "_epoch", epoch)
    adams = []
    monkeypatch.setattr(
        type(method),
        "_adam",
        lambda self, beta_1: adams.append(beta_1) or "sgd",
    )
    method._pretrain()
    assert called == [(Steps, 1, 1), (Steps, 1, 2), (Steps, 1, 3)]
    assert adams == [0.9]
    assert method.model.optimizer.beta_1 == 0.7
    assert method.model.critic_optimizer.beta_1 == 0.7


def test_decay_is_part_of_the_gradient():
    """The first moment is (1 - beta_1) (gradient + decay weight)."""
    variable = tf.Variable([2.0, -4.0])
    adam = CoupledAdam(0.1, beta_1=0.5, decay=0.25)
    adam.build([variable])
    adam.apply([tf.constant([1.0, 1.0])], [variable])
    np.testing.assert_allclose(adam._momentums[0], [0.75, 0.0], atol=1e-6)
    np.testing.assert_allclose(variable, [1.9, -4.0], atol=1e-4)


def test_every_network_starts_with_biases(tiny):
    for network in networks(made(tiny.training()).model):
        for layer in network.layers:
            assert layer.bias.numpy().all()


def test_weights_start_within_one_over_the_root_of_the_inputs():
    network = Critic(60, 40, 25)
    start([network], 0)
    for layer, bound in ((network.hidden, 0.1), (network.out, 0.2)):
        for variable in layer.trainable_variables:
            assert np.abs(variable).max() <= bound
        assert np.abs(layer.kernel).max() > 0.8 * bound
        assert layer.bias.numpy().all()


@pytest.mark.parametrize("noise", ["uniform", "normal"])
def test_noise_is_as_asked_in_training_and_in_synthesis(tiny, noise):
    method = made(tiny.training(), noise=noise, dropout=0.0)
    model = method.model
    for layer in (model.encoder.mean, model.encoder.log_variance):
        for variable in layer.trainable_variables:
            variable.assign(tf.zeros_like(variable))
    code = model.encode(tf.zeros((500, tiny.feature_width)))[0]
    for found in (code, method._noise(500, -3)):
        assert found.shape == (500, 3)
        assert (np.min(found) >= 0.0) == (noise == "uniform")
        assert np.mean(found) == pytest.approx(
            0.5 * (noise == "uniform"), abs=0.1
        )


def test_features_stay_as_they_are_unless_they_can_be_negative(tiny):
    view = tiny.training()
    positive = dataclasses.replace(view, features=np.abs(view.features))
    method = made(positive)
    np.testing.assert_array_equal(method._features, positive.features)
    made_of = method.model.generate(view.semantics, tf.ones((10, 3)))
    assert made_of.numpy().min() >= 0.0
    assert np.std(made(view)._features, axis=0) == pytest.approx(1.0, abs=1e-3)


@pytest.mark.slow
def test_descriptions_have_the_units_of_the_data(tiny):
    """Semantics 50 times as long are told 50 times as long."""
    view = tiny.training()
    long = dataclasses.replace(view, semantics=50.0 * view.semantics)
    one, other = made(view), made(long)
    np.testing.assert_allclose(
        50.0 * one.describe(view.features),
        other.describe(view.features),
        rtol=1e-4,
    )
    scaled = one.scale(view.features)
    norm = np.linalg.norm(view.semantics, axis=1).mean()
    np.testing.assert_allclose(
        one.describe(view.features), norm * one.model.regressor(scaled), 1e-5
    )


def test_it_counts_6_672_126_parameters_and_a_softmax_at_awas_sizes():
    method = registry.build("gdan", cost.blank(*paper.SIZES["awa2"]))
    parts = {n: p.count_params() for n, p in method.networks().items()}
    assert parts == {
        "encoder": 2_725_576,
        "generator": 1_145_856,
        "critic": 1_708_001,
        "regressor": 1_092_693,
        "softmax": 102_450,
    }
    assert sum(parts.values()) == 6_672_126 + 102_450


@pytest.mark.slow
def test_a_loss_that_is_not_finite_names_the_flag(tiny):
    for stages in (0, 1):
        method = made(tiny.training(), learning_rate=1e38, cvae_epochs=stages)
        with pytest.raises(InputError, match="--gdan.learning_rate=1e\\+38"):
            method.advance({"epoch": 1})
