"""f-VAEGAN-D2."""

import dataclasses

import numpy as np
import pytest
import tensorflow as tf
from small import built

from aspn_tf.errors import InputError
from aspn_tf.evaluation import cost, paper
from aspn_tf.methods import registry


def made(view, **changes):
    return built("fvaegan", view, softmax_epochs=2, **changes)


def positive(view):
    return dataclasses.replace(view, features=np.abs(view.features))


def batch(method, count=8):
    features, labels = method._features[:count], method._labels[:count]
    return features, tf.gather(method.class_semantics, labels), labels


def values(network):
    return [variable.numpy() for variable in network.trainable_variables]


def moved(network, before):
    return [
        not np.array_equal(one, other)
        for one, other in zip(values(network), before, strict=True)
    ]


def test_the_reconstruction_is_the_one_worked_by_hand(tiny):
    half = tf.zeros((1, 2))  # logits of (0.5, 0.5)
    unsigned = made(positive(tiny.training())).model
    found = unsigned.reconstruction(tf.constant([[0.0, 1.0]]), half)
    assert float(found) == pytest.approx(1.386294, abs=1e-6)
    signed = made(tiny.training()).model
    found = signed.reconstruction(tf.constant([[3.0, 4.0]]), half)
    assert float(found) == pytest.approx(12.5)


def test_terms_are_those_of_a_loop_in_numpy(tiny):
    method = made(positive(tiny.training()), adversarial_weight=3.0)
    model = method.model
    features, semantics, labels = batch(method)
    model.random.reset_from_seed(5)
    found = model.terms(features, semantics, labels)
    model.random.reset_from_seed(5)
    drawn = model.noise(8).numpy(), model.noise(8).numpy()

    def dense(layer, rows):
        kernel, bias = (w.numpy() for w in layer.trainable_variables)
        return rows @ kernel + bias

    def leak(rows):
        return np.where(rows > 0.0, rows, 0.2 * rows)

    def sigmoid(rows):
        return 1.0 / (1.0 + np.exp(-rows))

    x, s = features.numpy(), semantics.numpy()
    encoder = model.encoder
    hidden = leak(dense(encoder.hidden, np.hstack([x, s])))
    hidden = leak(dense(encoder.second, hidden))
    mean, logvar = (
        dense(encoder.mean, hidden),
        dense(encoder.log_variance, hidden),
    )
    judged = []
    for z in (mean + np.exp(logvar / 2.0) * drawn[0], drawn[1]):
        hidden = leak(dense(model.generator.hidden, np.hstack([s, z])))
        judged.append(sigmoid(dense(model.generator.out, hidden)))
    entropy = -x * np.log(judged[0]) - (1.0 - x) * np.log(1.0 - judged[0])
    scores = [model.critic(made, semantics).numpy().mean() for made in judged]
    kl = 0.5 * (np.exp(logvar) + mean**2 - 1.0 - logvar)
    wanted = {
        "reconstruction": entropy.sum(1).mean(),
        "divergence": kl.sum(1).mean(),
        "adversarial": -3.0 * sum(scores),
    }
    assert set(found) == set(wanted)
    for name, value in wanted.items():
        assert float(found[name]) == pytest.approx(value, rel=1e-4, abs=1e-6)


def test_a_certain_encoding_decodes_as_its_mean(tiny):
    model = made(tiny.training()).model
    layer = model.encoder.log_variance
    layer.kernel.assign(tf.zeros_like(layer.kernel))
    layer.bias.assign(tf.fill(layer.bias.shape, -1e9))
    features, semantics, _ = batch(made(tiny.training()))
    code, mean, _ = model.encode(features, semantics)
    np.testing.assert_allclose(code, mean, atol=1e-3)


@pytest.mark.parametrize("kind", ["both", "encoded", "noise"])
def test_the_critic_is_shown_encodings_where_asked(tiny, kind):
    model = made(tiny.training(), fakes=kind).model
    features, semantics, _ = batch(made(tiny.training()))
    shown = []
    for real in (features, features + 5.0):
        model.random.reset_from_seed(3)
        shown.append(model.fakes(real, semantics).numpy())
    assert np.array_equal(*shown) == (kind != "encoded")


@pytest.mark.parametrize(
    ("penalty", "weight"),
    [(2.0, 11.0), (0.5, 10.0 / 1.1), (1.02, 10.0)],
)
def test_the_penaltys_weight_follows_the_penalty(tiny, penalty, weight):
    model = made(tiny.training()).model
    model.control(tf.constant(penalty))
    assert float(model.penalty_weight) == pytest.approx(weight)


@pytest.mark.parametrize("controlled", [True, False])
def test_a_step_moves_the_penaltys_weight_where_asked(tiny, controlled):
    model = made(tiny.training(), controlled=controlled).model
    features, _, labels = batch(made(tiny.training()), 16)
    model.train_step((features, labels))
    assert (float(model.penalty_weight) != 10.0) == controlled


def test_the_encoder_moves_with_the_generator_and_not_with_the_critic(tiny):
    method = made(tiny.training())
    model, (features, _, labels) = method.model, batch(method, 16)
    networks = model.encoder, model.generator, model.critic
    before = [values(network) for network in networks]
    model.train_critic(features, labels)
    encoder, generator, critic = map(moved, networks, before)
    assert not any(encoder + generator) and any(critic)
    before = [values(network) for network in networks]
    model.train_generator(features, labels)
    encoder, generator, critic = map(moved, networks, before)
    assert all(encoder) and any(generator) and not any(critic)


def test_the_encoders_adam_has_a_beta_of_its_own(tiny):
    """The first moment is (1 - beta_1) times the gradient."""
    method = made(tiny.training(), beta_1=0.5, encoder_beta_1=0.9)
    model = method.model
    optimizer = model.generator_optimizer
    variables = model.generating_variables
    optimizer.apply([tf.ones_like(v) for v in variables], variables)
    found = [float(tf.reduce_mean(m)) for m in optimizer._momentums]
    generating = len(model.generator.trainable_variables)
    np.testing.assert_allclose(found[:generating], 0.5, rtol=1e-6)
    np.testing.assert_allclose(found[generating:], 0.1, rtol=1e-6)
    assert optimizer.beta_1 == 0.5


def test_features_in_0_and_1_are_generated_there(tiny):
    for view, inside in ((positive(tiny.training()), True), (tiny, False)):
        method = made(view if inside else tiny.training())
        noise = 1e4 * tf.random.stateless_normal((50, 4), (1, 2))
        made_features = method.model.generate(noise, noise).numpy()
        assert (made_features.min() >= 0.0) == inside
        assert (made_features.max() <= 1.0) == inside


def test_semantics_of_any_norm_are_the_same_to_it(tiny):
    view = tiny.training()
    long = dataclasses.replace(view, semantics=50.0 * view.semantics)
    np.testing.assert_allclose(
        made(view).prototypes(view.semantics),
        made(long).prototypes(long.semantics),
        rtol=1e-4,
    )


def test_it_counts_27_404_907_parameters_at_awas_sizes():
    method = registry.build("fvaegan", cost.blank(*paper.SIZES["awa1"]))
    parts = {n: p.count_params() for n, p in method.networks().items()}
    assert parts["encoder"] == 9_466_424
    assert sum(parts.values()) == 27_404_907


@pytest.mark.slow
def test_a_loss_that_is_not_finite_names_the_flag(tiny):
    method = made(tiny.training(), learning_rate=1e38)
    with pytest.raises(InputError, match="--fvaegan.learning_rate=1e\\+38"):
        for state in method.rounds():
            method.advance(state)
