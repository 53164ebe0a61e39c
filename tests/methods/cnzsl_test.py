"""CNZSL: its normalisation, its objective, and what it does not depend on."""

import dataclasses

import numpy as np
import pytest
import tensorflow as tf
from small import built, trained
from views import with_other_unseen

from aspn_tf.errors import InputError
from aspn_tf.evaluation import cost, paper
from aspn_tf.methods.cnzsl.method import moments_of, standardised
from aspn_tf.methods.cnzsl.settings import Settings
from aspn_tf.model import losses


@pytest.fixture(scope="module")
def method(tiny):
    return trained("cnzsl", tiny.training())


def normal(values, root=False):
    hidden = tf.constant(values)[:, None]
    return standardised(hidden, *moments_of(hidden), root).numpy().ravel()


def test_a_unit_is_divided_by_its_variance():
    # Of 1 and 5 the mean is 3 and the unbiased variance 8.
    np.testing.assert_allclose(normal([1.0, 5.0]), [-0.25, 0.25], rtol=1e-5)
    np.testing.assert_allclose(normal([2.0, 10.0]), [-0.125, 0.125], rtol=1e-5)


def test_or_by_its_deviation():
    for values in ([1.0, 5.0], [2.0, 10.0]):
        half = 0.5**0.5
        np.testing.assert_allclose(
            normal(values, root=True), [-half, half], rtol=1e-5
        )


def test_a_unit_that_is_the_same_for_all_classes_is_0():
    np.testing.assert_array_equal(normal([2.0, 2.0, 2.0]), [0.0] * 3)
    np.testing.assert_array_equal(normal([2.0]), [0.0])


def test_the_last_kernel_is_drawn_from_the_narrower_interval():
    blank = cost.blank(2048, 85, 6, 2)
    generator = built("cnzsl", blank, hidden_width=1024).model.generator
    largest = np.abs(generator.out.kernel).max()
    assert largest <= 0.00119604 and largest == pytest.approx(0.001196, 1e-3)
    # The others, and all biases, by their inputs.
    assert np.abs(generator.first.kernel).max() == pytest.approx(
        85**-0.5, rel=1e-3
    )
    assert np.abs(generator.out.bias).max() == pytest.approx(1 / 32, rel=0.01)


def test_cosines_are_25_times_and_the_loss_follows():
    features = tf.constant([[3.0, 4.0]])
    prototypes = tf.constant([[4.0, 3.0], [0.0, 1.0]])
    scores = losses.compatibility(
        features, prototypes, "cosine", Settings().temperature
    )
    np.testing.assert_allclose(scores, [[24.0, 20.0]], rtol=1e-5)
    loss = losses.classification(scores, tf.constant([0]))
    assert float(loss) == pytest.approx(0.018150, abs=1e-5)


def numpy_prototypes(network, semantics, seen):
    """P(s) by NumPy, with the statistics of `seen`."""

    def dense(layer, rows):
        return rows @ layer.kernel.numpy() + layer.bias.numpy()

    def hidden(rows):
        rows = dense(network.first, rows)
        return dense(network.second, np.maximum(rows, 0.0))

    rows, known = hidden(semantics), hidden(seen)
    for end in (lambda h: np.maximum(h, 0.0), lambda h: h):
        mean, variance = known.mean(0), known.var(0, ddof=1) + 1e-5
        rows, known = (
            end((rows - mean) / variance),
            end((known - mean) / variance),
        )
    return dense(network.out, rows)


def test_scores_and_loss_are_those_of_numpy(method, tiny):
    unit = tiny.semantics / np.linalg.norm(tiny.semantics, axis=1)[:, None]
    semantics = 2.0 * unit  # sqrt(4)
    made = numpy_prototypes(
        method.model.generator, semantics, semantics[tiny.seen]
    )
    features, labels = tiny.train.features, tiny.train.labels
    wanted = 25.0 * features @ made.T
    wanted /= np.linalg.norm(features, axis=1)[:, None]
    wanted /= np.linalg.norm(made, axis=1)
    found = method.scores(features)
    np.testing.assert_allclose(found, wanted, atol=2e-3)
    terms = method.model.terms(features, labels)
    seen = np.exp(wanted[:, tiny.seen])
    right = np.exp(wanted[np.arange(len(labels)), labels])
    assert float(terms["classification"]) == pytest.approx(
        -np.log(right / seen.sum(1)).mean(), rel=1e-3
    )
    squares = sum(np.square(w).sum() for w in method.model.get_weights())
    assert float(terms["decay"]) == pytest.approx(0.5e-4 * squares, rel=1e-4)


def test_prototypes_have_the_mean_length_of_features(method, tiny):
    prototypes = method.prototypes(tiny.semantics)
    length = np.linalg.norm(tiny.train.features, axis=1).mean()
    np.testing.assert_allclose(
        np.linalg.norm(prototypes, axis=1), length, rtol=1e-4
    )


def test_a_class_is_scored_as_if_it_were_alone(method, tiny):
    features = tiny.test_unseen.features
    alone = method.classify(features, tiny.semantics[8:9])
    np.testing.assert_allclose(
        alone[:, 0],
        method.classify(features, tiny.semantics)[:, 8],
        rtol=1e-4,
        atol=1e-4,
    )


def test_unseen_classes_have_no_share_in_training(tiny):
    view = tiny.training()
    other = with_other_unseen(view)
    losses_ = [
        built("cnzsl", v).model.terms(view.features, view.labels)
        for v in (view, other)
    ]
    assert losses_[0] == losses_[1]


@pytest.mark.parametrize("signed", [True, False])
def test_only_signed_features_have_prototypes_below_zero(tiny, signed):
    view = tiny.training()
    if not signed:
        view = dataclasses.replace(view, features=np.abs(view.features))
    prototypes = built("cnzsl", view).prototypes(tiny.semantics).numpy()
    assert (prototypes.min() < 0.0) == signed


def test_the_rate_is_a_tenth_in_the_second_half(tiny):
    method = built("cnzsl", tiny.training(), epochs=3, learning_rate=0.5)
    rates = []
    for state in method.rounds():
        rates.append(float(method.model.optimizer.learning_rate))
        method.advance(state)
    assert rates == pytest.approx([0.5, 0.5, 0.05])


def test_the_parameters_are_those_of_the_published_network():
    for dataset, count in {
        "awa1": 3_236_864,
        "cub": 4_198_400,  # with sentences; 3,469,312 with attributes
    }.items():
        sizes = paper.SIZES[dataset]
        found = cost.at_sizes(sizes, {"cnzsl": Settings()})["cnzsl"]
        assert found["parameters"] == count


def test_a_loss_that_is_not_finite_names_the_flag(tiny):
    method = built("cnzsl", tiny.training(), learning_rate=1e30)
    with pytest.raises(InputError, match="--cnzsl.learning_rate=1e\\+30"):
        for state in method.rounds():
            method.advance(state)
