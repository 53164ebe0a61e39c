"""Weights of violators and the step, by hand and against loops."""

import numpy as np
import pytest
import tensorflow as tf

from aspn_tf.methods import ranking
from aspn_tf.methods.ranking import by_rank, every, hardest

# One feature, true class 0 of three; only the first row of W moves.
SEMANTICS = np.array([[1.0, 0.0], [0.0, 1.0], [0.6, 0.8]], np.float32)
FEATURE, LABEL = np.array([[1.0, 0.0]], np.float32), np.array([0])
ALL = {"every": every, "hardest": hardest, "by_rank": by_rank}


def stepped(weigh, row, rate=0.1):
    """The first row after a step, the objective and the violators before."""
    kernel = np.array([row, (0.0, 0.0)], np.float32)
    moved, loss, violators, _ = ranking.step(
        weigh, kernel, FEATURE, LABEL, SEMANTICS, rate, 1.0
    )
    np.testing.assert_array_equal(moved[1], 0.0)
    return moved[0].numpy(), float(loss), float(violators)


@pytest.mark.parametrize(
    ("name", "first", "loss", "second"),
    [
        ("every", (0.14, -0.18), 2.0, (0.28, -0.36)),
        ("hardest", (0.10, -0.10), 1.0, (0.14, -0.18)),
        ("by_rank", (0.105, -0.135), 1.5, (0.21, -0.27)),
    ],
)
def test_two_steps_by_hand(name, first, loss, second):
    row, found, violators = stepped(ALL[name], (0.0, 0.0))
    np.testing.assert_allclose(row, first, rtol=1e-6)
    assert (found, violators) == (pytest.approx(loss), 2.0)
    row, *_ = stepped(ALL[name], row)
    np.testing.assert_allclose(row, second, rtol=1e-5)


@pytest.mark.parametrize("name", ALL)
def test_nothing_moves_where_every_margin_is_kept(name):
    row, loss, violators = stepped(ALL[name], (2.0, -0.5))
    assert row.tolist() == [2.0, -0.5] and loss == violators == 0.0


def test_harmonic_weights_of_ranks():
    for rank, beta in ((1, 1.0), (2, 1.5), (3, 1.8333), (4, 2.0833)):
        margins = np.full((1, 40), -1.0, np.float32)
        margins[0, 1 : 1 + rank] = 2.0
        weights = by_rank(margins).numpy()
        assert weights.sum() == pytest.approx(beta, rel=1e-4)
        assert (weights[0, 1 : 1 + rank] > 0.0).all()
    margins[0, 1:] = 2.0
    assert by_rank(margins).numpy().sum() == pytest.approx(4.2535, rel=1e-4)


def test_no_violator_has_no_weight():
    margins = np.array([[0.0, -1.0, -0.5]], np.float32)
    for weigh in ALL.values():
        np.testing.assert_array_equal(weigh(margins), 0.0)


def one_by_one(name, kernel, features, labels, semantics, rate, margin):
    """Plain loops over examples and classes, one map, float64."""
    kernel = kernel.astype(np.float64)
    for x, label in zip(features, labels, strict=True):
        scores = [x @ kernel @ s for s in semantics]
        margins = {
            y: margin + scores[y] - scores[label]
            for y in range(len(semantics))
            if y != label and margin + scores[y] - scores[label] > 0.0
        }
        if name == "hardest" and margins:
            margins = {max(margins, key=margins.get): None}
        weight = 1.0
        if name == "by_rank" and margins:
            rank = len(margins)
            weight = sum(1.0 / j for j in range(1, rank + 1)) / rank
        move = sum(
            (weight * (semantics[label] - semantics[y]) for y in margins),
            np.zeros(semantics.shape[1]),
        )
        kernel = kernel + rate * np.outer(x, move)
    return kernel


def drawn():
    stream = np.random.default_rng(3)
    semantics = stream.normal(size=(5, 3)).astype(np.float32)
    features = stream.normal(size=(30, 4)).astype(np.float32)
    kernel = stream.normal(size=(4, 3)).astype(np.float32)
    return kernel, features, stream.integers(0, 5, 30), semantics


@pytest.mark.parametrize("name", ALL)
def test_batches_of_one_are_the_published_steps(name):
    kernel, features, labels, semantics = drawn()
    rows = np.random.default_rng(4).permutation(30)
    found, *_ = ranking.compiled(ALL[name])(
        features, labels, rows[:, None], kernel, semantics, 0.05, 0.7
    )
    wanted = one_by_one(
        name, kernel, features[rows], labels[rows], semantics, 0.05, 0.7
    )
    assert np.abs(wanted - kernel).max() > 0.1
    np.testing.assert_allclose(found, wanted, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("name", ALL)
def test_a_step_sums_those_of_its_examples(name):
    kernel, features, labels, semantics = drawn()
    data = features, labels, semantics, 0.05, 1.0
    found, *_ = ranking.step(ALL[name], kernel, *data)
    moves = [
        one_by_one(
            name, kernel, features[i : i + 1], labels[i : i + 1], *data[2:]
        )
        - kernel
        for i in range(30)
    ]
    np.testing.assert_allclose(found, kernel + sum(moves), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("name", ["every", "hardest"])
def test_a_step_goes_down_the_gradient_of_the_objective(name):
    kernel, features, labels, semantics = drawn()
    kernel = np.tile(kernel, 2)
    kernel[:, 3:] *= -0.5
    weights = tf.Variable(kernel)
    with tf.GradientTape() as tape:
        _, loss, *_ = ranking.step(
            ALL[name], weights, features, labels, semantics, 0.1, 1.0
        )
    slope = tape.gradient(loss, weights)
    moved, *_ = ranking.step(
        ALL[name], kernel, features, labels, semantics, 0.1, 1.0
    )
    np.testing.assert_allclose(
        moved, kernel - 0.1 * len(labels) * slope, rtol=1e-4, atol=1e-5
    )


@pytest.mark.parametrize("name", ALL)
def test_one_vector_more_in_all_semantics_changes_no_step(name):
    kernel, features, labels, semantics = drawn()
    moved, loss, *_ = ranking.step(
        ALL[name], kernel, features, labels, semantics, 0.1, 1.0
    )
    shifted, other, *_ = ranking.step(
        ALL[name], kernel, features, labels, semantics + 2.0, 0.1, 1.0
    )
    np.testing.assert_allclose(shifted, moved, rtol=1e-3, atol=1e-4)
    assert float(other) == pytest.approx(float(loss), rel=1e-4)


def test_means_over_the_steps_are_logged():
    kernel, features, labels, semantics = drawn()
    rows = np.arange(12).reshape(3, 4)
    _, loss, violators, wins = ranking.compiled(every)(
        features, labels, rows, kernel, semantics, 0.0, 1.0
    )
    _, *wanted = ranking.step(
        every, kernel, features[:12], labels[:12], semantics, 0.0, 1.0
    )
    assert float(loss) == pytest.approx(float(wanted[0]), rel=1e-5)
    assert float(violators) == pytest.approx(float(wanted[1]), rel=1e-5)
    np.testing.assert_allclose(wins, [1.0])
