"""GAZSL: pivots, the critic's two heads, votes."""

import dataclasses

import numpy as np
import pytest
import taped
import tensorflow as tf
from small import built

from aspn_tf.errors import InputError
from aspn_tf.evaluation import cost, paper
from aspn_tf.methods import registry
from aspn_tf.methods.gazsl.method import votes
from aspn_tf.methods.gazsl.model import pivots
from aspn_tf.model import losses


def made(view, **changes):
    return built("gazsl", view, **changes)


@pytest.fixture(scope="module")
def trained(tiny):
    """After one epoch."""
    method = made(tiny.training())
    method.advance({"epoch": 1})
    return method


def values(network):
    return [variable.numpy() for variable in network.trainable_variables]


def entropy(logits, places):
    shifted = logits - logits.max(1, keepdims=True)
    chances = np.exp(shifted) / np.exp(shifted).sum(1, keepdims=True)
    return -np.log(chances[np.arange(len(places)), places]).mean()


def test_pivots_are_those_worked_by_hand():
    """5/2 |(1, 1) - (4, 5)|, and the second class has no feature."""
    generated = tf.constant([[0.0, 2.0], [2.0, 0.0]])
    means = tf.constant([[4.0, 5.0], [100.0, 100.0]])
    found = 5.0 * pivots(generated, tf.constant([0, 0]), means)
    assert float(found) == pytest.approx(12.5)


def test_a_mean_at_its_pivot_has_a_finite_gradient():
    generated = tf.constant([[1.0, 1.0]])
    with tf.GradientTape() as tape:
        tape.watch(generated)
        found = pivots(generated, tf.constant([0]), tf.ones((2, 2)))
    assert np.isfinite(tape.gradient(found, generated)).all()


def test_a_pivot_is_the_mean_of_its_classs_features(tiny):
    order = np.array([3, 0, 6, 2, 5, 1, 4, 9, 7, 8])
    view, back = tiny.training(), np.argsort(order)
    view = dataclasses.replace(
        view, labels=back[view.labels], seen=np.arange(7)[::-1]
    )
    method = made(view)
    features = method._features.numpy()
    for place, label in enumerate(view.seen):
        wanted = features[view.labels == label].mean(0)
        np.testing.assert_allclose(
            method.model.means[place], wanted, rtol=1e-4, atol=1e-5
        )
        assert int(method.model.place[label]) == place


def test_the_critic_heeds_no_semantics_and_both_heads_share_a_layer(tiny):
    critic = made(tiny.training()).model.critic
    features = tiny.train.features[:3]
    one = critic(features, tf.zeros((3, 4)))
    np.testing.assert_array_equal(one, critic(features, tf.ones((3, 4))))
    hidden = critic.hidden(features)
    np.testing.assert_allclose(one, critic.out(hidden), rtol=1e-5)
    logits = critic.name_classes(critic.enter(features))
    np.testing.assert_allclose(logits, critic.classes(hidden), rtol=1e-5)
    assert logits.shape == (3, 7)


def test_losses_of_a_step_are_those_of_numpy(tiny):
    method = made(tiny.training(), critic_steps=1, learning_rate=0.0)
    model, critic = method.model, method.model.critic
    model.generator.hidden.bias.assign_add(tf.ones(16))
    features, labels = method._features[:16], method._labels[:16]
    model.random.reset_from_seed(4)
    logs = model.train_step((features, labels))
    model.random.reset_from_seed(4)
    first = model.generate(
        tf.gather(model.class_semantics, labels[:8]), model.noise(8)
    )
    mix = model.random.uniform((8, 1))
    theirs = tf.gather(model.class_semantics, labels[8:])
    last = model.generate(theirs, model.noise(8))
    slope = taped.slope(critic, features[:8], first, theirs, mix)
    penalty = losses.gradient_penalty(slope, "norm")
    (real, real_logits), (fake, fake_logits), (judged, logits) = (
        (
            critic(rows, theirs).numpy(),
            critic.name_classes(critic.enter(rows)).numpy(),
        )
        for rows in (features[:8], first, last)
    )
    classes = labels.numpy()
    wanted = {
        "critic": fake.mean()
        - real.mean()
        + 10.0 * penalty
        + entropy(real_logits, classes[:8])
        + entropy(fake_logits, classes[:8]),
        "adversarial": -judged.mean(),
        "classification": 0.5 * entropy(logits, classes[8:]),
        "decay": 1e-3
        * sum((w**2).sum() for w in values(model.generator) if w.ndim == 2),
        "pivot": 5.0
        / 7.0
        * sum(
            np.linalg.norm(
                last.numpy()[classes[8:] == label].mean(0) - model.means[label]
            )
            for label in set(classes[8:])
        ),
    }
    for name, value in wanted.items():
        assert float(logs[name]) == pytest.approx(float(value), rel=1e-4), name


def test_the_critics_step_leaves_the_generator_alone_and_the_reverse(tiny):
    method = made(tiny.training())
    model = method.model
    rows = method._features[:16], method._labels[:16]
    networks = model.generator, model.critic

    def moved(before):
        return [
            any(not np.array_equal(*pair) for pair in zip(one, values(network)))
            for one, network in zip(before, networks, strict=True)
        ]

    before = [values(network) for network in networks]
    model.train_critic(*rows)
    assert moved(before) == [False, True]
    before = [values(network) for network in networks]
    model.train_generator(*rows)
    assert moved(before) == [True, False]


def test_the_generator_has_rows_that_no_critic_saw(tiny):
    method = made(tiny.training(), critic_steps=2)
    model, shown = method.model, []
    model.train_critic = lambda *rows: shown.append(rows)
    model.train_generator = lambda *rows: shown.append(rows)
    model.train_step((method._features[:12], method._labels[:12]))
    assert [len(features) for features, _ in shown] == [8, 4]
    for part in (0, 1):
        whole = np.concatenate([rows[part] for rows in shown])
        source = (method._features, method._labels)[part][:12]
        np.testing.assert_array_equal(whole, source)
    assert method.batches_per_step == 3


def test_both_adams_have_the_published_betas(tiny):
    model = made(tiny.training()).model
    for optimizer in (model.generator_optimizer, model.critic_optimizer):
        assert (optimizer.beta_1, optimizer.beta_2) == (0.5, 0.9)


def test_votes_are_counted_and_ties_go_to_the_most_similar():
    similarity = tf.constant(
        [
            [0.9, 0.1, 0.8, 0.7, 0.2, 0.3],  # of three classes' two members
            [0.8, 0.1, 0.9, 0.2, 0.0, 0.3],
            [0.1, 0.2, 0.3, 0.9, 0.8, 0.1],
        ]
    )
    found = votes(similarity, 2, 3).numpy()
    wanted = np.array([[1, 2, 0], [1, 1, 1], [0, 2, 1]])
    np.testing.assert_array_equal(found.round(), wanted)
    np.testing.assert_allclose(found.sum(1), 3.0, atol=0.01)
    np.testing.assert_array_equal(found.argmax(1), [1, 1, 1])
    for place in range(3):  # any class wins a tie where it is the nearest
        rows = np.full((1, 6), 0.5, np.float32)
        rows[0, 2 * place] = 0.6
        tied = votes(tf.constant(rows), 2, 6).numpy()
        assert tied.argmax() == place
    assert votes(similarity, 2, 100).numpy().round().sum() == 18


def test_votes_are_those_of_a_loop_over_the_gallery(trained, tiny):
    features = tiny.test_unseen.features
    heads = trained.heads(features)
    made_of = np.repeat(np.arange(10), 10)
    rows = trained.scale(features).numpy()
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    similarity = rows @ trained.gallery.numpy().T
    for name, classes in (
        ("neighbours", np.arange(10)),
        ("unseen_neighbours", tiny.unseen),
    ):
        allowed = np.where(np.isin(made_of, classes), similarity, -9.0)
        nearest = made_of[(-allowed).argsort(1)[:, :20]]
        wanted = (nearest[..., None] == np.arange(10)).sum(1)
        found = heads[name].numpy()
        np.testing.assert_allclose(
            found[:, classes], wanted[:, classes], atol=1.001e-3
        )
        assert (np.delete(found, classes, axis=1) < -1e8).all()


def test_a_feature_of_the_gallery_is_of_its_class(trained):
    model, each = trained.model, 10
    noise = trained._noise(100, -3)
    wanted = model.generate(
        tf.repeat(trained.class_semantics[4:5], each, axis=0), noise[40:50]
    )
    wanted /= np.linalg.norm(wanted, axis=1, keepdims=True)
    np.testing.assert_allclose(trained.gallery[40:50], wanted, rtol=1e-3)


def test_only_signed_features_are_generated_out_of_reach_of_tanh(tiny):
    view = tiny.training()
    positive = dataclasses.replace(view, features=np.abs(view.features))
    for one, inside in ((view, False), (positive, True)):
        method = made(one)
        rows = 1e3 * tf.ones((2, 4))
        noise = tf.ones((2, method.model.generator.noise_width))
        largest = np.abs(method.model.generate(rows, noise)).max()
        assert (largest <= 1.0) == inside


def test_semantics_of_any_norm_are_the_same_to_it(tiny):
    view = tiny.training()
    long = dataclasses.replace(view, semantics=50.0 * view.semantics)
    np.testing.assert_allclose(
        made(view).prototypes(view.semantics),
        made(long).prototypes(long.semantics),
        rtol=1e-4,
        atol=1e-5,
    )


@pytest.mark.slow
def test_it_counts_17_344_553_parameters_at_awas_sizes():
    method = registry.build("gazsl", cost.blank(*paper.SIZES["awa1"]))
    parts = {n: p.count_params() for n, p in method.networks().items()}
    assert parts == {"generator": 8_783_872, "critic": 8_560_681}


@pytest.mark.slow
def test_a_loss_that_is_not_finite_names_the_flag(tiny):
    method = made(tiny.training(), learning_rate=1e38)
    with pytest.raises(InputError, match="--gazsl.learning_rate=1e\\+38"):
        for state in method.rounds():
            method.advance(state)
