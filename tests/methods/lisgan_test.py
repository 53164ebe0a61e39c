"""LisGAN: its souls and their terms."""

import dataclasses

import numpy as np
import pytest
import tensorflow as tf
from small import built

from aspn_tf.errors import InputError
from aspn_tf.evaluation import cost, paper
from aspn_tf.methods import registry
from aspn_tf.methods.lisgan.souls import clusters, distance, souls_of

SOULS = np.array([[[0.0, 0.0], [10.0, 0.0]]], np.float32)
FAST = {"softmax_epochs": 2, "seen_softmax_epochs": 2}
EVEN = np.ones(2, np.float32)


def made(name, view, **changes):
    return built(name, view, **{**FAST, **changes})


def test_distances_are_those_worked_by_hand():
    """(1 + 2) / 2 of both, 25.25 of their mean."""
    fakes = tf.constant([[1.0, 0.0], [9.0, 1.0]])
    theirs = tf.constant(np.repeat(SOULS, 2, axis=0))
    assert float(distance(fakes, theirs, EVEN)) == pytest.approx(1.5)
    mean = tf.reduce_mean(fakes, axis=0, keepdims=True)
    assert float(distance(mean, SOULS, EVEN)) == pytest.approx(25.25)


def test_a_metric_weighs_squared_differences():
    fakes = tf.constant([[1.0, 3.0]])
    found = distance(fakes, SOULS, np.array([4.0, 0.5]))
    assert float(found) == pytest.approx(4.0 + 4.5)


@pytest.mark.parametrize("seed", range(5))
def test_two_clusters_are_found(seed):
    stream = np.random.default_rng(seed)
    rows = stream.normal(size=(30, 3)).astype(np.float32)
    rows[10:] += 50.0
    found = clusters(rows, 2, stream)
    assert len(set(found[:10])) == len(set(found[10:])) == 1
    souls = souls_of(rows, np.zeros(30), [0], 2, np.ones(3), seed)[0]
    wanted = [rows[:10].mean(0), rows[10:].mean(0)]
    order = souls[:, 0].argsort()
    np.testing.assert_allclose(souls[order], wanted, rtol=1e-5, atol=1e-5)


def test_clusters_are_no_worse_than_any_other_assignment_of_one_row():
    rows = np.random.default_rng(0).normal(size=(40, 2))
    found = clusters(rows, 3, np.random.default_rng(1))
    centres = np.stack([rows[found == k].mean(0) for k in range(3)])
    distances = np.square(rows[:, None] - centres).sum(-1)
    np.testing.assert_array_equal(distances.argmin(1), found)


def test_a_class_of_few_or_equal_rows_has_its_mean():
    rows = np.float32([[0, 0], [2, 4], [5, 5], [5, 5], [5, 5], [5, 5]])
    labels = np.array([3, 3, 1, 1, 1, 1])
    few, equal = souls_of(rows, labels, [3, 1], 3, np.ones(2), 0)
    np.testing.assert_allclose(few, np.full((3, 2), [1.0, 2.0]))
    np.testing.assert_allclose(equal, np.full((3, 2), 5.0))


@pytest.mark.slow
def test_a_labels_souls_are_those_of_its_class_and_stay(tiny):
    """In a view whose seen classes are not the first ones."""
    order = np.array([3, 0, 6, 2, 5, 1, 4, 9, 7, 8])
    view, back = tiny.training(), np.argsort(order)
    view = dataclasses.replace(
        view,
        semantics=view.semantics[order],
        labels=back[view.labels],
        seen=np.sort(back[view.seen])[::-1],
    )
    method = made("lisgan", view)
    first, second = method.rounds()
    method.advance(first)
    souls = method.souls.numpy()
    features = method._features.numpy()
    for place, label in enumerate(view.seen):
        rows = features[view.labels == label]
        assert (souls[place] >= rows.min(0) - 1e-5).all()
        assert (souls[place] <= rows.max(0) + 1e-5).all()
        assert int(method.model.place[label]) == place
        np.testing.assert_array_equal(
            method.model.seen_semantics[20 * place], view.semantics[label]
        )
    method.advance(second)
    np.testing.assert_array_equal(method.souls, souls)


def test_weights_of_the_terms_are_those_of_the_settings(tiny):
    method = made("lisgan", tiny.training(), soul_weight=2.0)
    model = method.model
    generated = tf.ones((3, tiny.feature_width))
    found = model.generator_terms(
        generated, method.class_semantics[:3], tf.range(3, dtype=tf.int64)
    )
    # Before the first epoch every soul is at 0.
    assert float(found["soul"]) == pytest.approx(2.0 * method.metric.sum())
    assert set(found) == set(model.TERMS)
    model.fresh.reset_from_seed(3)
    means = model.class_means().numpy()
    model.fresh.reset_from_seed(3)
    found = model.generator_terms(
        generated, method.class_semantics[:3], tf.range(3, dtype=tf.int64)
    )
    wanted = 0.01 * (method.metric * means**2).sum(1).mean()
    assert float(found["class_soul"]) == pytest.approx(wanted, rel=1e-5)


def test_a_class_mean_is_of_features_of_that_class(tiny):
    method = made("lisgan", tiny.training(), soul_samples=3)
    model = method.model
    model.fresh.reset_from_seed(3)
    means = model.class_means().numpy()
    model.fresh.reset_from_seed(3)
    noise = model.fresh.normal((21, model.generator.noise_width))
    wanted = np.mean(
        model.generate(np.repeat(tiny.semantics[4:5], 3, 0), noise[12:15]), 0
    )
    np.testing.assert_allclose(means[4], wanted, rtol=1e-4)


def test_signed_features_are_measured_as_in_0_and_1(tiny):
    view = tiny.training()
    method = made("lisgan", view)
    one, other = view.features[:2]
    span = view.features.max(0) - view.features.min(0)
    found = method.metric * np.square(method.scale(one) - method.scale(other))
    np.testing.assert_allclose(found, ((one - other) / span) ** 2, rtol=1e-4)
    unsigned = dataclasses.replace(view, features=np.abs(view.features))
    assert (made("lisgan", unsigned).metric == 1.0).all()


@pytest.mark.slow
def test_a_constant_feature_is_no_division_by_zero(tiny):
    view = tiny.training()
    features = view.features.copy()
    features[:, 0] = -3.0
    method = made("lisgan", dataclasses.replace(view, features=features))
    assert np.isfinite(method.metric).all()
    assert np.isfinite(list(method.advance({"epoch": 1}).values())).all()


@pytest.mark.slow
def test_without_its_terms_it_is_clswgan_bit_for_bit(tiny):
    shared = {"epochs": 1, "softmax_batch_size": 20}
    plain = made("clswgan", tiny.training(), **shared)
    lisgan = made(
        "lisgan",
        tiny.training(),
        soul_weight=0.0,
        class_soul_weight=0.0,
        **shared,
    )
    state = {"epoch": 1}
    logs = lisgan.advance(state)
    for name, value in plain.advance(state).items():
        assert logs[name] == value
    np.testing.assert_array_equal(
        plain.scores(tiny.test_unseen.features),
        lisgan.scores(tiny.test_unseen.features),
    )


def test_final_softmaxes_see_the_examples_of_two_classes_a_step(
    tiny, monkeypatch
):
    sizes = []
    monkeypatch.setattr(
        "aspn_tf.methods.linear_softmax.Softmax.fit",
        lambda self, x, y, epochs, batch_size: sizes.append(batch_size),
    )
    made("lisgan", tiny.training())._fit_heads()
    assert sizes == [20, 20]


def test_it_counts_as_many_parameters_as_clswgan():
    method = registry.build("lisgan", cost.blank(*paper.SIZES["awa1"]))
    parts = method.networks().values()
    assert sum(part.count_params() for part in parts) == 17_938_483
    assert method.souls.shape == (40, 3, 2048)


@pytest.mark.slow
def test_a_loss_that_is_not_finite_names_the_flag(tiny):
    method = made("lisgan", tiny.training(), learning_rate=1e38)
    with pytest.raises(InputError, match="--lisgan.learning_rate=1e\\+38"):
        for state in method.rounds():
            method.advance(state)
