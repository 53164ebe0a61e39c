"""The losses against NumPy, and by hand."""

import numpy as np
import pytest
import tensorflow as tf

from aspn_tf.model import losses

REDUCTIONS = {
    "sum": np.sum,
    "mean": np.mean,
    "example": lambda square: square.sum(-1).mean(),
}
reductions = pytest.mark.parametrize("reduction", REDUCTIONS)


@pytest.fixture
def draw():
    stream = np.random.default_rng(0)
    return lambda *shape: stream.normal(size=shape).astype(np.float32)


def log_softmax(scores):
    scores = scores - scores.max(1, keepdims=True)
    return scores - np.log(np.exp(scores).sum(1, keepdims=True))


@reductions
def test_visual_is_equation_1(draw, reduction):
    x, generated = draw(5, 4), draw(5, 4)
    np.testing.assert_allclose(
        losses.visual(x, generated, reduction),
        REDUCTIONS[reduction]((x - generated) ** 2),
        rtol=1e-5,
    )


@reductions
def test_semantic_is_equation_2(draw, reduction):
    s, inferred = draw(5, 3), draw(5, 3)
    np.testing.assert_allclose(
        losses.semantic(s, inferred, reduction),
        REDUCTIONS[reduction]((s - inferred) ** 2),
        rtol=1e-5,
    )


@reductions
def test_preservation_is_equation_3(draw, reduction):
    s, s_cycle, x, x_cycle = draw(5, 3), draw(5, 3), draw(5, 7), draw(5, 7)
    over = REDUCTIONS[reduction]
    np.testing.assert_allclose(
        losses.preservation(s, s_cycle, x, x_cycle, reduction),
        over((s - s_cycle) ** 2) + over((x - x_cycle) ** 2),
        rtol=1e-5,
    )


def test_squared_error_by_hand():
    x = tf.constant([[1.0, 2.0], [3.0, 4.0]])
    zero = tf.zeros_like(x)
    assert losses.squared_error(x, zero, "sum") == 30.0
    assert losses.squared_error(x, zero, "mean") == 7.5


def test_critic_is_minus_equation_4(draw):
    real, generated = draw(6, 1), draw(6, 1)
    np.testing.assert_allclose(
        losses.critic(real, generated, 4.0, 0.01),
        -(real.mean() - generated.mean() - 0.01 * 4.0),
        rtol=1e-5,
    )


def test_adversarial_rises_as_the_critic_doubts():
    assert losses.adversarial(tf.constant([[1.0], [3.0]])) == -2.0


@pytest.mark.parametrize(
    ("form", "golden"), [("norm", 9.0), ("squared", 225.0)]
)
def test_gradient_penalty_of_a_slope_of_2(form, golden):
    # 2 in each of 4 dimensions: |g|^2 = 16, (4-1)^2 = 9, (16-1)^2 = 225.
    assert losses.gradient_penalty(tf.fill((3, 4), 2.0), form) == golden


def test_gradient_penalty_is_the_mean_over_examples():
    slopes = tf.constant([[3.0, 4.0], [0.0, 1.0]])  # |g| = 5 and 1
    assert losses.gradient_penalty(slopes, "norm") == 8.0
    assert losses.gradient_penalty(slopes, "squared") == 288.0


@pytest.mark.parametrize("form", ["norm", "squared"])
def test_gradient_penalty_of_a_flat_critic_has_a_finite_gradient(form):
    slopes = tf.Variable(tf.zeros((3, 4)))
    with tf.GradientTape() as tape:
        penalty = losses.gradient_penalty(slopes, form)
    assert float(penalty) == pytest.approx(1.0, abs=1e-5)
    assert np.isfinite(tape.gradient(penalty, slopes)).all()


@pytest.mark.parametrize("temperature", [1.0, 0.05])
@pytest.mark.parametrize("metric", ["dot", "cosine", "euclidean"])
def test_compatibility_oracles(draw, metric, temperature):
    x, prototypes = draw(5, 4), draw(3, 4)
    dot = x @ prototypes.T
    lengths = np.linalg.norm(x, axis=1)[:, None] * np.linalg.norm(
        prototypes, axis=1
    )
    distance = ((x[:, None] - prototypes[None]) ** 2).sum(-1)
    common = (x**2).sum(-1, keepdims=True) / 2
    oracle = {
        "dot": dot,
        "cosine": dot / lengths,
        "euclidean": common - distance / 2,
    }
    np.testing.assert_allclose(
        losses.compatibility(x, prototypes, metric, temperature),
        oracle[metric] / temperature,
        rtol=1e-4,
        atol=1e-5,
    )


def test_compatibility_with_a_prototype_of_zeros_is_finite(draw):
    scores = losses.compatibility(draw(2, 4), np.zeros((1, 4), np.float32))
    np.testing.assert_array_equal(scores, np.zeros((2, 1)))


@reductions
def test_classification_is_equations_7_and_8(draw, reduction):
    scores = 3.0 * draw(6, 4)
    labels = np.array([0, 1, 2, 3, 3, 0])
    over = np.sum if reduction == "sum" else np.mean
    expected = over(-log_softmax(scores)[range(6), labels])
    np.testing.assert_allclose(
        losses.classification(scores, labels, reduction), expected, rtol=1e-5
    )


def test_classification_of_even_scores_is_the_log_of_the_class_count():
    loss = losses.classification(tf.zeros((2, 10)), tf.constant([0, 7]))
    np.testing.assert_allclose(loss, np.log(10.0), rtol=1e-6)


def test_losses_agree_eagerly_and_traced(draw):
    x, generated, s = (tf.constant(draw(4, n)) for n in (4, 4, 2))

    def everything(x, generated, s):
        return [
            losses.visual(x, generated),
            losses.preservation(s, 2.0 * s, x, generated, "sum"),
            losses.gradient_penalty(x, "norm"),
            losses.classification(
                losses.compatibility(x, generated), tf.range(4)
            ),
        ]

    np.testing.assert_allclose(
        tf.function(everything)(x, generated, s),
        everything(x, generated, s),
        rtol=1e-5,
    )


def test_a_total_is_a_sum_in_the_order_given():
    terms = [tf.constant(x) for x in (1e8, 1.0, -1e8, 0.25)]
    assert float(losses.total(terms)) == 0.25
    assert float(losses.total([terms[3]])) == 0.25
