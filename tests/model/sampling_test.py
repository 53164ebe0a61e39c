"""Sampled classes for Eq. 7 against TensorFlow's own sampled softmax."""

import numpy as np
import pytest
import tensorflow as tf
from small_aspn import CLASSES, SEEN, batch, make, state_of, uncompiled

from aspn_tf.evaluation.flops import flops
from aspn_tf.model import losses
from aspn_tf.model.objective import objective, passes
from aspn_tf.model.sampling import sampled

PRESENT = tf.constant([7, 3, 7, 11], tf.int64)


def draw(seed=0, count=20, size=8):
    random = tf.random.Generator.from_seed(seed)
    return sampled(random, PRESENT, count, size)


def test_the_classes_of_the_batch_are_there_and_all_differ():
    for seed in range(20):
        classes, correction = (part.numpy() for part in draw(seed))
        assert len(classes) == 8
        assert (np.diff(classes) > 0).all()
        present = np.isin(classes, PRESENT)
        assert present.sum() == 3
        assert not correction[present].any()
        # 5 of the other 17.
        np.testing.assert_allclose(
            correction[~present], np.log(17 / 5), rtol=1e-6
        )


def test_too_small_a_size_leaves_a_place_for_another():
    assert len(draw(size=1)[0]) == len(PRESENT) + 1


def test_all_classes_need_no_correction():
    classes, correction = draw(size=20)
    np.testing.assert_array_equal(classes, np.arange(20))
    assert not correction.numpy().any()


@pytest.mark.slow
def test_the_sum_of_exponentials_is_right_in_expectation():
    stream = np.random.default_rng(0)
    scores = stream.normal(size=20).astype(np.float32)
    sums, random = [], tf.random.Generator.from_seed(0)
    drawn = tf.function(lambda: sampled(random, PRESENT, 20, 8))
    for _ in range(3000):
        classes, correction = (part.numpy() for part in drawn())
        sums.append(np.exp(scores[classes] + correction).sum())
    expected = np.exp(scores).sum()
    error = np.std(sums) / len(sums) ** 0.5
    assert abs(np.mean(sums) - expected) < 3.0 * error
    uncorrected = np.exp(scores[classes]).sum()
    assert abs(uncorrected - expected) > 30.0 * error


@pytest.mark.parametrize("metric", ["dot", "euclidean"])
def test_the_loss_and_its_gradient_are_those_of_tensorflow(metric):
    stream = np.random.default_rng(1)
    prototypes = tf.constant(stream.normal(size=(20, 5)), tf.float32)
    rows = tf.constant(stream.normal(size=(4, 5)), tf.float32)
    classes, correction = draw()
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(prototypes)
        ours = losses.classification(
            losses.compatibility(
                rows, tf.gather(prototypes, classes), metric, 2.0
            )
            + correction,
            tf.searchsorted(classes, PRESENT),
        )
        biases = tf.zeros(20)
        if metric == "euclidean":
            biases = -0.25 * tf.reduce_sum(tf.square(prototypes), axis=-1)
        theirs = tf.reduce_mean(
            tf.nn.sampled_softmax_loss(
                prototypes,
                biases,
                PRESENT[:, None],
                rows / 2.0,
                num_sampled=len(classes),
                num_classes=20,
                sampled_values=(
                    classes,
                    tf.ones((4, 1)),
                    tf.exp(-correction),
                ),
            )
        )
    np.testing.assert_allclose(ours, theirs, rtol=1e-5)
    gradients = [
        tf.convert_to_tensor(tape.gradient(loss, prototypes))
        for loss in (ours, theirs)
    ]
    np.testing.assert_allclose(*gradients, atol=1e-6)


@pytest.mark.parametrize("real_classes", ["seen", "all"])
def test_sampling_all_but_one_is_equation_7_over_these(real_classes):
    changes = {"real_classes": real_classes, "pseudo_classes": "batch"}
    model = uncompiled(sampled_classes=5, **changes)
    features, labels = batch(4)
    found = passes(model, features, labels)
    classes = found.classes.numpy()
    assert len(classes) == 5 < CLASSES
    scores = losses.compatibility(
        features,
        model.prototypes(tf.gather(model.class_semantics, classes)),
        model.compatibility,
        model.temperature,
    ).numpy()
    expected = 0.0
    for rows, known in (
        (scores, SEEN if real_classes == "seen" else classes),
        (
            losses.compatibility(
                found.pseudo,
                found.prototypes,
                model.compatibility,
                model.temperature,
            ).numpy(),
            classes,
        ),
    ):
        weights = np.exp(rows + found.correction) * np.isin(classes, known)
        own = np.exp(rows[np.arange(4), np.searchsorted(classes, labels)])
        expected += np.mean(np.log(weights.sum(1) / own))
    term = objective(model, found)["classification"]
    np.testing.assert_allclose(term, expected, rtol=1e-5)


@pytest.mark.slow
def test_as_many_as_there_are_classes_are_not_sampled():
    states = []
    for size in (0, CLASSES, 768):
        model = make(sampled_classes=size)
        logs = model.train_step(batch())
        states.append([*map(float, logs.values()), *state_of(model)])
        assert passes(model, *batch()).classes is None
    for other in states[1:]:
        for one, same in zip(states[0], other, strict=True):
            np.testing.assert_array_equal(one, same)


@pytest.mark.slow
def test_a_sampled_step_is_finite_and_its_flops_can_be_counted():
    model = make(sampled_classes=5, draw=False, real_classes="seen")
    for _ in range(3):
        logs = model.train_step(batch(2))
    assert all(np.isfinite(value) for value in logs.values())
    for variable in model.trainable_variables:
        assert np.isfinite(variable).all(), variable.path
    specs = tf.TensorSpec((2, 8)), tf.TensorSpec((2,), tf.int64)
    step = lambda *data: model.train_step(data)  # noqa: E731
    assert flops(step, *specs)[0] > 0
