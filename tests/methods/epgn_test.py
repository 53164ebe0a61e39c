"""E-PGN: its losses by hand, its episodes, and what stays apart."""

import types

import numpy as np
import pytest
import tensorflow as tf
from small import built, trained
from views import six_of_any_scale

from aspn_tf.data.benchmark import TrainingView
from aspn_tf.errors import InputError
from aspn_tf.evaluation.cost import blank
from aspn_tf.methods import registry
from aspn_tf.methods.epgn.model import EPGNModel, Refinement


def generating(rows):
    """A generator that gives these prototypes."""
    return types.SimpleNamespace(
        prototypes=lambda semantics: tf.constant(rows, tf.float32)
    )


@pytest.fixture(scope="module")
def method(tiny):
    return built("epgn", tiny.training())


def batch(method, count=16):
    view = method.view
    return method._features[:count], tf.constant(view.labels[:count])


def values(network):
    return [variable.numpy() for variable in network.trainable_variables]


def moved(before, network):
    pairs = zip(before, values(network), strict=True)
    return [not np.array_equal(a, b) for a, b in pairs]


def test_a_refinement_is_by_the_mean_square_worked_by_hand():
    # Mean squares 0 and 2: log(1 + e^-2).
    model = Refinement(generating([[0, 0], [2, 0]]), np.eye(2), [3, 8])
    loss = model.nearness_loss(tf.zeros((1, 2)), tf.constant([3], tf.int64))
    assert float(loss) == pytest.approx(0.126928, abs=1e-6)


def test_the_base_loss_is_the_one_worked_by_hand(monkeypatch):
    model = EPGNModel(
        generating([[2, 0], [0, 1]]),
        decoder=None,
        critic=None,
        class_semantics=[[9.0], [9.0], [0.5], [-0.5]],
        seen=[2, 3],
        adversarial_weight=0.0,
        keep=(1.0, 1.0),
        seed=0,
    )
    monkeypatch.setattr(model, "infer", lambda features: tf.ones((1, 1)))
    terms = model.base_terms(
        tf.constant([[1.0, 0.0]]), tf.constant([2], tf.int64)
    )
    assert {name: float(value) for name, value in terms.items()} == {
        "visual": pytest.approx(0.5),
        "semantic": pytest.approx(0.25),
        "visual_classification": pytest.approx(0.126928, abs=1e-6),
        "semantic_classification": pytest.approx(0.313262, abs=1e-6),
    }


def test_the_deceiving_loss_is_that_of_numpy(tiny):
    method = built(
        "epgn",
        tiny.training(),
        decoder_keep=1.0,
        critic_keep=1.0,
        adversarial_weight=2.0,
    )
    features, labels = batch(method)
    semantics = tf.gather(method.class_semantics, labels)
    found = method.model.deceiving_terms(features, semantics)

    def dense(layer, rows):
        return rows @ layer.kernel.numpy() + layer.bias.numpy()

    def network(one, rows, activation):
        return dense(one.out, activation(dense(one.hidden, rows)))

    def relu(rows):
        return np.maximum(rows, 0.0)

    x, model = features.numpy(), method.model
    made = network(model.generator, semantics.numpy(), np.tanh)
    inferred = network(model.decoder, x, np.tanh)
    logit = network(model.critic, np.hstack([made, inferred]), relu)
    square = 1e-3 * np.square(x - made).sum(1).mean()
    wanted = 2.0 * np.log1p(np.exp(-logit)).mean()
    assert float(found["reconstruction"]) == pytest.approx(
        np.log(square), rel=1e-4
    )
    assert float(found["adversarial"]) == pytest.approx(wanted, rel=1e-4)


def test_real_and_false_pairs_go_through_one_discriminator(tiny):
    method = built("epgn", tiny.training(), critic_keep=1.0)
    features, labels = batch(method)
    pair = features, tf.gather(method.class_semantics, labels)
    one, other = (method.model.discriminate(*pair) for _ in range(2))
    np.testing.assert_array_equal(one, other)
    assert len(method.model.critic.trainable_variables) == 4


def test_an_update_of_the_discriminator_moves_nothing_else(tiny):
    method = built("epgn", tiny.training())
    model = method.model
    networks = model.generator, model.decoder, model.critic
    before = [values(network) for network in networks]
    features, labels = batch(method)
    model.discriminator_step(
        features, tf.gather(method.class_semantics, labels)
    )
    changed = [any(moved(*pair)) for pair in zip(before, networks)]
    assert changed == [False, False, True]


def test_a_refinement_moves_the_generator_alone(tiny):
    method = built("epgn", tiny.training())
    model = method.model
    before = values(model.generator), values(model.decoder)
    method.refinement.train_step(batch(method))
    assert any(moved(before[0], model.generator))
    assert not any(moved(before[1], model.decoder))


def test_dropout_keeps_its_share_and_the_mean(method):
    network = types.SimpleNamespace(
        hidden=lambda rows: tf.ones((1, 20_000)), out=lambda rows: rows
    )
    dropped = method.model._dropped(network, 0.3, tf.ones((1, 1))).numpy()
    assert np.mean(dropped > 0.0) == pytest.approx(0.3, abs=0.02)
    assert dropped.max() == pytest.approx(1.0 / 0.3)


def test_held_out_classes_are_in_no_episode(method):
    labels = method.view.labels
    draws = [method._draw(epoch) for epoch in range(1, 9)]
    held = [set(labels[rows[1].ravel()]) for rows in draws]
    for (rows, _), classes in zip(draws, held, strict=True):
        assert rows.shape == (4, 16)
        assert not set(labels[rows.ravel()]) & classes
        assert all(len(set(row)) == 16 for row in rows)
    # A quarter of seven is one.
    assert [len(classes) for classes in held] == [1] * 8
    assert len(set.union(*held)) > 1


def test_every_refinement_of_an_epoch_sees_the_same_sample(method):
    _, rows = method._draw(1)
    assert rows.shape == (3, 16)
    assert (rows == rows[0]).all()


def test_the_nearest_prototype_answers(method, tiny):
    features = tiny.test_seen.features
    gap = features[:, None] - method.prototypes(tiny.semantics).numpy()[None]
    np.testing.assert_array_equal(
        np.argmax(method.scores(features), axis=1),
        np.square(gap).sum(2).argmin(1),
    )


@pytest.mark.slow
def test_it_learns_what_is_linear(tiny):
    method = trained("epgn", tiny.training(), epochs=6, episodes=20)
    scores = method.scores(tiny.test_seen.features).numpy()
    found = scores[:, tiny.seen].argmax(1)
    assert np.mean(tiny.seen[found] == tiny.test_seen.labels) > 0.8


def test_only_features_below_zero_ask_for_a_linear_generator(tiny):
    view = tiny.training()
    rectified = TrainingView(
        abs(view.features), view.labels, view.semantics, view.seen, view.unseen
    )
    outputs = [
        built("epgn", one).networks()["generator"].output_activation
        for one in (view, rectified)
    ]
    assert outputs == ["linear", "relu"]


@pytest.mark.parametrize(
    ("changes", "parameters"),
    [
        ({}, 10_246_534),
        ({"critic_width": 1800}, 11_527_534),
    ],
    ids=["awa1", "awa2"],
)
def test_parameters_are_those_of_the_published_sizes(changes, parameters):
    settings = registry.settings_class("epgn")(**changes)
    method = registry.build("epgn", blank(2048, 85, 40, 10), settings)
    counts = [part.count_params() for part in method.networks().values()]
    assert sum(counts) == parameters


@pytest.mark.slow
def test_without_a_discriminator_the_generators_are_trained_alike(tiny):
    method = built(
        "epgn", tiny.training(), adversarial_weight=0.0, refinements=0
    )
    before = values(method.model.generator), values(method.model.decoder)
    logs = method.advance({"epoch": 1})
    assert logs["discriminator"] == 0.0 and "refinement" not in logs
    assert any(moved(before[0], method.model.generator))
    assert any(moved(before[1], method.model.decoder))
    assert set(method.networks()) == {"generator", "decoder"}


@pytest.mark.slow
def test_one_example_a_class_of_six_and_any_scale_are_enough():
    view = six_of_any_scale()
    method = trained("epgn", view, epochs=1)
    assert np.isfinite(method.scores(view.features)).all()


@pytest.mark.slow
def test_a_loss_that_is_not_finite_names_the_flag(tiny):
    method = built("epgn", tiny.training(), learning_rate=1e38)
    with pytest.raises(InputError, match="--epgn.learning_rate=1e\\+38"):
        method.advance({"epoch": 1})
