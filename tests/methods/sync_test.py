"""SYNC against its objective, and classifiers mixed by hand."""

import dataclasses

import numpy as np
import pytest
import tensorflow as tf
from views import one_row_a_class

from aspn_tf.data.benchmark import TrainingView
from aspn_tf.evaluation import cost
from aspn_tf.methods.sync.kernel import Kernel
from aspn_tf.methods.sync.method import (
    LAMBDAS,
    SCALES,
    SYNC,
    hinge,
    median_distance,
)
from aspn_tf.methods.sync.settings import Settings


def made(view, **settings):
    return SYNC(view, Settings(**settings))


def fitted(view, lambda_=2.0**-10, scale=0.0, **settings):
    method = made(view, regulariser=lambda_, kernel_scale=scale, **settings)
    method.advance({"lambda": lambda_})
    return method


def by_hand():
    """Two seen classes and one between them."""
    return TrainingView(
        features=np.array([[3.0, 0.0], [0.0, 0.5]], np.float32),
        labels=np.array([0, 1]),
        semantics=np.array([[2.0, 0.0], [0.0, 1.0], [3.0, 4.0]], np.float32),
        seen=np.array([0, 1]),
        unseen=np.array([2]),
    )


def test_the_classifier_of_an_unseen_class_by_hand():
    method = made(by_hand(), kernel_scale=1.0)
    assert method.distance == pytest.approx(0.894427)
    method.classifiers.assign([[2.0, 0.0], [0.0, 1.0]])
    # Features along the axes, at any length, read the classifiers.
    scores = method.scores(np.array([[5.0, 0.0], [0.0, 7.0]], np.float32))
    np.testing.assert_allclose(
        scores, [[2.0, 0.0, 0.711277], [0.0, 1.0, 0.644361]], atol=1e-5
    )


def test_the_objective_and_its_gradient_by_hand():
    method = made(by_hand())
    flat = np.array([0.5, 0.0, 0.0, 2.0])
    value, slope = method._objective(flat, 0.1)
    assert value == pytest.approx(0.775)
    np.testing.assert_allclose(slope, [-0.2, 0.5, 0.5, 0.2], rtol=1e-6)


def test_the_gradient_is_that_of_the_loss():
    stream = np.random.default_rng(0)
    features, weights = (
        stream.normal(size=(rows, 5)).astype(np.float32) for rows in (9, 4)
    )
    targets = np.sign(stream.normal(size=(9, 4))).astype(np.float32)
    weights = tf.constant(weights)
    with tf.GradientTape() as tape:
        tape.watch(weights)
        loss, slope = hinge(features, targets, weights)
    np.testing.assert_allclose(
        slope, tape.gradient(loss, weights), rtol=1e-4, atol=1e-6
    )


def test_the_solution_has_no_slope_left(tiny):
    view = tiny.training()
    method = fitted(view, 2.0**-12)
    features = view.features.astype(np.float64)
    features /= np.linalg.norm(features, axis=1, keepdims=True)
    targets = np.where(view.labels[:, None] == view.seen, 1.0, -1.0)
    weights = method.classifiers.numpy().astype(np.float64)
    short = np.maximum(0.0, 1.0 - targets * (features @ weights.T))
    slope = -2.0 * (targets * short).T @ features / targets.size
    assert np.abs(slope).max() > 2e-5  # against which the regulariser pulls
    np.testing.assert_allclose(
        slope + 2.0**-12 * weights, 0.0, atol=0.02 * np.abs(slope).max()
    )


def test_a_lambda_is_solved_alike_after_others(tiny):
    walked = made(tiny.training(), kernel_scale=1.0)
    for lambda_ in LAMBDAS[:3]:
        walked.advance({"lambda": lambda_})
    straight = fitted(tiny.training(), LAMBDAS[2])
    np.testing.assert_array_equal(walked.classifiers, straight.classifiers)


def test_a_stronger_regulariser_gives_shorter_classifiers(tiny):
    strong, weak = (
        np.linalg.norm(fitted(tiny.training(), 2.0**-k).classifiers)
        for k in (4, 12)
    )
    assert strong < 0.5 * weak


def test_every_lambda_and_scale_is_a_candidate(tiny):
    method = made(tiny.training())
    states = method.rounds()
    assert [state["lambda"] for state in states] == list(LAMBDAS)
    assert LAMBDAS[0] == 2.0**-8 and LAMBDAS[-1] == 2.0**-30
    uses = method.uses(states[3])
    assert states[3] == uses[0] == {"lambda": 2.0**-14, "scale": 1.0}
    assert sorted(use["scale"] for use in uses) == [
        2.0**power for power in range(-5, 6)
    ]
    fixed = made(tiny.training(), regulariser=0.5, kernel_scale=3.0)
    assert fixed.rounds() == [{"lambda": 0.5, "scale": 3.0}]
    assert fixed.uses({"lambda": 0.5}) == fixed.rounds()


def published_shares(semantics, phantoms, scale):
    """S pinv(S_ss), every number of it in float64."""

    def kernel(rows):
        squares = np.square(rows[:, None] - phantoms[None]).sum(-1)
        shares = np.exp(-scale * squares)
        return shares / shares.sum(1, keepdims=True)

    inverse = np.linalg.pinv(
        kernel(phantoms), rcond=len(phantoms) * np.finfo(np.float64).eps
    )
    return kernel(semantics) @ inverse


@pytest.mark.parametrize("scale", SCALES)
def test_shares_are_accurate_at_every_scale(scale):
    stream = np.random.default_rng(1)
    rows = stream.uniform(size=(50, 85)).astype(np.float32)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    rows /= np.float32(median_distance(rows))
    kernel = Kernel(rows[:40], scale)
    wanted = published_shares(
        rows.astype(np.float64), rows[:40].astype(np.float64), scale
    )
    np.testing.assert_allclose(
        kernel.shares(tf.constant(rows)), wanted, atol=2e-5
    )
    assert (kernel.condition > 5e3) == (scale < 0.05)


def test_seen_classes_keep_the_classifiers_they_were_trained_to(tiny):
    method = fitted(tiny.training())
    features = tiny.test_seen.features
    lengths = np.linalg.norm(features, axis=1, keepdims=True)
    trained = features / lengths @ method.classifiers.numpy().T
    assert len(method.heads(features)) == len(SCALES)
    for scores in method.heads(features).values():
        np.testing.assert_allclose(
            scores.numpy()[:, tiny.seen], trained, atol=0.01
        )


def test_at_a_large_scale_the_nearest_seen_class_lends_its_classifier(tiny):
    method = fitted(tiny.training(), scale=1e4)
    unit = tiny.semantics / np.linalg.norm(
        tiny.semantics, axis=1, keepdims=True
    )
    nearest = (unit[tiny.unseen] @ unit[tiny.seen].T).argmax(1)
    scores = method.scores(tiny.test_seen.features).numpy()
    np.testing.assert_allclose(
        scores[:, tiny.unseen], scores[:, nearest], rtol=1e-3, atol=1e-4
    )


def test_a_setting_counts_its_own_scale_for_each_task(tiny):
    method = fitted(tiny.training())
    method.use({"scale": 0.5, "traditional": {"scale": 8.0}})
    features = tiny.test_unseen.features
    heads = method.heads(features)
    for task, head in (("generalized", "0.5"), ("traditional", "8")):
        np.testing.assert_array_equal(
            method.scores(features, task), heads[f"scale_{head}"]
        )


def test_the_median_is_of_distances_between_different_rows():
    rows = np.array([[0.0, 0.0], [0.0, 0.0], [3.0, 4.0], [6.0, 8.0]])
    # 5 and 10 twice each, 5 once; the twins' 0 does not count.
    assert median_distance(rows) == 5.0
    assert median_distance(np.ones((3, 2))) == 1.0
    assert median_distance(np.ones((1, 2))) == 1.0


def test_classes_of_one_description_have_one_classifier(tiny):
    view = tiny.training()
    semantics = view.semantics.copy()
    semantics[[3, 8]] = semantics[5]
    method = fitted(dataclasses.replace(view, semantics=semantics))
    for scores in method.heads(tiny.test_seen.features).values():
        assert np.isfinite(scores).all()
        np.testing.assert_allclose(scores[:, 3], scores[:, 5], atol=1e-3)
        np.testing.assert_allclose(scores[:, 8], scores[:, 5], atol=1e-3)


def test_one_row_a_class_and_six_classes_train(tiny):
    few = one_row_a_class(tiny.training())
    method = fitted(few, LAMBDAS[-1])
    for scores in method.heads(tiny.test_unseen.features).values():
        assert scores.shape == (15, 8) and np.isfinite(scores).all()


def test_81_920_parameters_at_the_sizes_of_awa():
    counted = cost.of(made(cost.blank(2048, 85, 40, 10)))
    assert counted["parameters"] == 81_920
    assert counted["training_step_flops"] is None
