"""DEM: its objective, what decays, and the nearest prototype."""

import dataclasses

import numpy as np
import pytest
import tensorflow as tf
from small import built, trained

from aspn_tf.data.benchmark import TrainingView
from aspn_tf.errors import InputError
from aspn_tf.evaluation import cost, paper
from aspn_tf.methods.dem.settings import Settings


@pytest.fixture(scope="module")
def method(tiny):
    return trained("dem", tiny.training())


def view(features, semantics):
    """One row a class, the last class unseen."""
    count = len(semantics)
    return TrainingView(
        features=np.array(features, np.float32),
        labels=np.arange(count - 1),
        semantics=np.array(semantics, np.float32),
        seen=np.arange(count - 1),
        unseen=np.array([count - 1]),
    )


def test_the_objective_is_as_worked_by_hand():
    """Of s = 2 it is relu(3 2 - 1) = 5, and 0.5 5 + 1 = 3.5; x is 1.5."""
    data = view([[1.5], [9.0]], [[2.0], [1.0], [0.0]])
    method = built(
        "dem",
        data,
        hidden_width=1,
        weight_decay=0.1,
        feature_scaling="none",
        semantics_length=0.0,
    )
    network = method.model.generator
    network.set_weights(
        [np.array(w, np.float32) for w in ([[3.0]], [-1.0], [[0.5]], [1.0])]
    )
    terms = method.model.terms(data.features[:1], data.labels[:1])
    assert float(terms["visual"]) == pytest.approx(4.0)
    # 0.1 half of 9 + 1 + 0.25 + 1: biases too.
    assert float(terms["decay"]) == pytest.approx(0.05 * 11.25)
    scores = method.classify(data.features, data.semantics)
    # Prototypes 3.5, 2 and 1: 9 is nearest to 3.5, 1.5 as near to 2 as to 1.
    np.testing.assert_allclose(
        np.diff(scores), [[2.0 - 0.125, 0.0], [-9.375, -7.5]], atol=1e-4
    )


def test_the_error_is_the_mean_over_examples_and_dimensions(method, tiny):
    features, labels = tiny.train.features, tiny.train.labels
    rms = np.sqrt(np.mean(np.square(features)))
    unit = tiny.semantics / np.linalg.norm(tiny.semantics, axis=1)[:, None]
    unit = method.settings.semantics_length * unit
    hidden, bias, out, last = method.model.generator.get_weights()
    made = np.maximum(unit @ hidden + bias, 0.0) @ out + last
    terms = method.model.terms(features / rms, labels)
    wanted = np.square(features / rms - made[labels]).mean()
    assert float(terms["visual"]) == pytest.approx(wanted, rel=1e-4)
    np.testing.assert_allclose(
        method.prototypes(tiny.semantics), rms * made, rtol=1e-4, atol=1e-4
    )


def test_weights_start_as_published():
    network = built("dem", cost.blank(300, 85, 6, 2)).model.generator
    kernel, bias, out, last = network.get_weights()
    assert set(bias) | set(last) == {np.float32(0.1)}
    for weights in (kernel, out):
        assert np.abs(weights).max() <= 0.23  # cut at two deviations
        assert weights.std() == pytest.approx(0.1, rel=0.15)


@pytest.mark.slow
def test_much_decay_leaves_prototypes_of_0(tiny):
    method = trained(
        "dem", tiny.training(), weight_decay=1e4, epochs=20, learning_rate=0.01
    )
    free = trained("dem", tiny.training(), epochs=1)
    largest = [
        np.abs(m.prototypes(tiny.semantics)).max() for m in (method, free)
    ]
    assert largest[0] < 0.05 * largest[1]


def test_linear_features_of_unseen_classes_are_recognised(tiny):
    method = trained(
        "dem", tiny.training(), epochs=40, hidden_width=64, weight_decay=0.0
    )
    scores = method.scores(tiny.test_unseen.features).numpy()
    found = tiny.unseen[scores[:, tiny.unseen].argmax(1)]
    assert np.mean(found == tiny.test_unseen.labels) > 0.6


@pytest.mark.parametrize("signed", [True, False])
def test_only_signed_features_have_prototypes_below_zero(tiny, signed):
    data = tiny.training()
    if not signed:
        data = dataclasses.replace(data, features=np.abs(data.features))
    method = trained("dem", data, learning_rate=0.05)
    prototypes = method.prototypes(tiny.semantics).numpy()
    assert (prototypes.min() < 0.0) == signed


def test_the_unit_of_the_features_changes_nothing_unless_they_stay_raw(tiny):
    data = tiny.training()
    larger = dataclasses.replace(data, features=1000.0 * data.features)
    for scaling, same in (("variance", True), ("none", False)):
        one, other = (
            built("dem", v, feature_scaling=scaling) for v in (data, larger)
        )
        scores = one.scores(data.features), other.scores(larger.features)
        assert np.allclose(*scores, rtol=1e-3, atol=1e-3) == same


def test_distances_far_from_zero_are_those_of_float64(tiny):
    data = tiny.training()
    far = dataclasses.replace(data, features=data.features + 3000.0)
    method = built("dem", far, feature_scaling="none")
    last = method.model.generator.out.bias
    last.assign(tf.fill(last.shape, 3000.0))
    made = method.prototypes(far.semantics).numpy().astype(np.float64)
    wanted = -0.5 * ((far.features[:, None] - made) ** 2).sum(2)
    wanted -= wanted[:, :1]
    found = method.scores(far.features).numpy()
    np.testing.assert_allclose(
        found - found[:, :1], wanted, atol=1e-3 * wanted.std()
    )


def test_the_cosine_is_no_affine_map(tiny):
    method = built("dem", tiny.training(), metric="cosine")
    assert method.linear("generalized") is None
    features = tiny.test_seen.features
    made = method.prototypes(tiny.semantics).numpy()
    wanted = features @ made.T / np.linalg.norm(made, axis=1)
    wanted /= np.linalg.norm(features, axis=1)[:, None]
    np.testing.assert_allclose(method.scores(features), wanted, atol=1e-4)


def test_the_parameters_are_those_of_the_published_network():
    found = cost.at_sizes(paper.SIZES["awa1"], {"dem": Settings()})["dem"]
    assert found["parameters"] == 3_416_448
    assert found["training_step_flops"] == pytest.approx(20e6, rel=0.05)


def test_a_loss_that_is_not_finite_names_the_flag(tiny):
    method = built("dem", tiny.training(), learning_rate=1e30)
    with pytest.raises(InputError, match="--dem.learning_rate=1e\\+30"):
        for state in method.rounds():
            method.advance(state)
