"""COSMO: the gate and the mixture by hand, the split, and the experts."""

import numpy as np
import pytest
import tensorflow as tf
from small import built, trained
from views import six_of_any_scale

from aspn_tf.data.benchmark import TrainingView
from aspn_tf.errors import InputError
from aspn_tf.evaluation import cost
from aspn_tf.methods import registry
from aspn_tf.methods.cosmo import logistic
from aspn_tf.methods.cosmo.experts import split
from aspn_tf.methods.cosmo.gate import Gate, Parts, smooth

UNSEEN, SEEN = np.array([[0.5, 0.2]]), np.array([[0.9, 0.1]])


@pytest.fixture(scope="module")
def method(tiny):
    """COSMO with ESZSL in its last state."""
    return trained("cosmo", tiny.training(), expert="eszsl")


def gate_at(threshold, temperature):
    gate = Gate()
    gate.threshold.assign(threshold)
    gate.temperature.assign(temperature)
    return gate


@pytest.mark.parametrize(
    ("belief", "opening", "scores"),
    [
        (0.5, 0.731059, (0.340353, 0.125200, 0.463835, 0.244518)),
        (0.9, 0.047426, (0.879905, 0.117846, 0.046301, 0.032074)),
    ],
)
def test_the_mixture_is_the_one_worked_by_hand(belief, opening, scores):
    found = float(gate_at(0.6, 0.1).opening(belief))
    assert found == pytest.approx(opening, abs=1e-6)
    unseen, seen = smooth(UNSEEN, SEEN, found, 2, 2)
    np.testing.assert_allclose([*seen[0], *unseen[0]], scores, atol=1e-6)


@pytest.mark.parametrize(("threshold", "column"), [(-1e3, 0), (1e3, 2)])
def test_a_threshold_without_end_leaves_one_expert(threshold, column):
    opening = float(gate_at(threshold, 1.0).opening(0.5))
    unseen, seen = smooth(UNSEEN, SEEN, opening, 2, 2)
    assert np.argmax([*seen[0], *unseen[0]]) == column


def test_the_gate_sees_the_largest_and_those_of_the_seen_smoothed():
    logits = tf.constant(np.log([[0.2, 0.7, 0.1]]), tf.float32)
    unseen = tf.constant([[0.05, 0.1, 0.0, 0.3, 0.2, 0.01]])
    found = Gate().inputs(unseen, logits)
    wanted = [0.3, 0.2, 0.1, 0.05, 0.01, 0.458423, 0.301933, 0.239644, 0, 0]
    np.testing.assert_allclose(found, [wanted], atol=1e-6)


def test_the_gate_heeds_no_order_of_the_classes():
    stream = np.random.default_rng(0)
    unseen = tf.constant(stream.random((4, 7)), tf.float32)
    logits = tf.constant(stream.normal(size=(4, 6)), tf.float32)
    gate = Gate()
    gate.layer.kernel.assign(stream.normal(size=(10, 1)))
    turned = gate.belief(unseen[:, ::-1], logits[:, ::-1])
    np.testing.assert_allclose(
        gate.belief(unseen, logits), turned, rtol=1e-5, atol=1e-6
    )


def test_the_gate_is_a_logistic_regression_of_twice_the_penalty():
    stream = np.random.default_rng(1)
    unseen = tf.constant(stream.random((60, 6)), tf.float32)
    logits = tf.constant(3.0 * stream.normal(size=(60, 6)), tf.float32)
    is_seen = stream.random(60) < 0.3 + 0.5 * logits.numpy().max(1) / 9.0
    gate = Gate()
    gate.fit(unseen, logits, is_seen, penalty=1.5)
    inputs = gate.inputs(unseen, logits).numpy().astype(np.float64)
    # At the optimum w + 2 C sum (r - y) x = 0, and sum (r - y) = 0.
    error = gate.belief(unseen, logits).numpy()[:, 0] - is_seen
    kernel = gate.layer.kernel.numpy()[:, 0]
    np.testing.assert_allclose(kernel, -3.0 * inputs.T @ error, atol=2e-3)
    assert np.abs(kernel).max() > 0.05
    assert error.sum() == pytest.approx(0.0, abs=2e-3)


def test_the_seen_expert_is_at_the_optimum_of_its_objective():
    stream = np.random.default_rng(2)
    features = stream.normal(size=(40, 3))
    columns = stream.integers(0, 4, 40)
    weights, bias = logistic.fit(features, columns, 4, 0.7, 500)
    logits = features @ weights + bias
    rates = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
    error = rates - np.eye(4)[columns]
    np.testing.assert_allclose(weights, -0.7 * features.T @ error, atol=1e-3)
    np.testing.assert_allclose(error.sum(0), 0.0, atol=1e-3)


def test_threshold_and_temperature_are_those_of_the_highest_h():
    # Half of the examples of either side are sure to be of their own.
    belief = np.array([0.1, 0.2, 0.3, 0.7, 0.8, 0.9])
    unseen = np.tile([[0.6, 0.1]], (6, 1))
    seen = np.tile([[0.8, 0.1, 0.0]], (6, 1))
    parts = Parts(unseen, seen, np.array([0, 0, 0, 2, 2, 2]))
    gate = Gate()
    assert gate.choose(belief, parts) == 1.0
    assert parts.harmonic(gate.opening(belief).numpy()) == 1.0
    assert parts.harmonic(np.zeros(6)) == parts.harmonic(np.ones(6)) == 0.0
    gate.choose(belief, parts, temperature=0.05, threshold=0.4)
    assert float(gate.temperature) == pytest.approx(0.05)
    assert float(gate.threshold) == pytest.approx(0.4)


def test_h_is_that_of_per_class_accuracies():
    # Unseen class 0: one of two; unseen class 1: right; the seen class: one
    # of three, at a gate that is half open.
    unseen = np.array(
        [[0.9, 0], [0, 0.9], [0, 0.9], [0.9, 0], [0.9, 0], [0, 0]]
    )
    seen = np.array([[0.1], [0.1], [0.1], [0.1], [0.1], [0.9]])
    parts = Parts(unseen, seen, np.array([0, 0, 1, 2, 2, 2]))
    u, s = (0.5 + 1.0) / 2, 1 / 3
    found = parts.harmonic(np.full(6, 0.5))
    assert found == pytest.approx(2 * u * s / (u + s))


def test_the_inner_split_is_of_the_training_alone(tiny):
    view = tiny.training()
    inner, features, labels = split(view, seed=0)
    # 3 of 10 classes are unseen, so 2 of 7 play them; 2 of 12 rows are 20 %.
    assert inner.class_count == 7 and len(inner.unseen) == 2
    np.testing.assert_array_equal(inner.semantics, view.semantics[:7])
    assert not np.isin(inner.labels, inner.unseen).any()
    sizes = np.bincount(labels, minlength=7)
    assert (sizes[inner.unseen] == 12).all() and (sizes[inner.seen] == 2).all()
    rows = {row.tobytes() for row in inner.features}
    assert len(rows) == 50
    assert not rows & {row.tobytes() for row in features}
    known = {
        row.tobytes(): label for row, label in zip(view.features, view.labels)
    }
    assert all(known[row.tobytes()] == y for row, y in zip(features, labels))
    other, *_ = split(view, seed=1)
    assert not np.array_equal(other.features, inner.features)


def test_seen_ids_with_gaps_are_numbered_anew():
    view = TrainingView(
        features=np.arange(12.0, dtype=np.float32).reshape(12, 1),
        labels=np.repeat([1, 3, 4, 6], 3),
        semantics=np.arange(8.0, dtype=np.float32).reshape(8, 1),
        seen=np.array([1, 3, 4, 6]),
        unseen=np.array([0, 2, 5, 7]),
    )
    inner, features, labels = split(view, seed=0)
    assert inner.semantics.ravel().tolist() == [1.0, 3.0, 4.0, 6.0]
    assert len(inner.unseen) == len(inner.seen) == 2
    for rows, ids in ((inner.features, inner.labels), (features, labels)):
        np.testing.assert_array_equal(ids, rows.ravel() // 3)


def test_the_scores_are_the_mixture_in_the_order_of_the_classes(method, tiny):
    features = tiny.test_unseen.features
    experts, gate = method.experts, method.gate
    scores = experts.method.scores(features)
    whole = tf.nn.softmax(scores / method.expert_temperature).numpy()
    logits = experts.seen_logits(features)
    unseen = whole[:, tiny.unseen]
    opening = gate.opening(gate.belief(tf.constant(unseen), logits)).numpy()
    of_unseen, of_seen = smooth(
        unseen, tf.nn.softmax(logits).numpy(), opening, 3, 7
    )
    found = method.scores(features).numpy()
    np.testing.assert_allclose(found[:, tiny.unseen], of_unseen, rtol=1e-4)
    np.testing.assert_allclose(found[:, tiny.seen], of_seen, rtol=1e-4)


def test_the_traditional_task_is_the_experts_own(method, tiny):
    features = tiny.test_unseen.features
    np.testing.assert_array_equal(
        method.scores(features, "traditional"),
        method.expert.scores(features, "traditional"),
    )


def test_classes_in_any_order_keep_their_scores(method, tiny):
    view = tiny.training()
    order = np.array([3, 0, 6, 2, 5, 1, 4, 9, 7, 8])
    turned = built(
        "cosmo",
        TrainingView(
            view.features,
            np.argsort(order)[view.labels],
            view.semantics[order],
            view.seen,
            view.unseen,
        ),
        expert="eszsl",
    )
    # The split is another one, so that only the experts are the same.
    turned.experts.advance(turned.rounds()[-1])
    features = tiny.test_unseen.features
    np.testing.assert_allclose(
        tf.nn.softmax(turned.experts.seen_logits(features)),
        tf.nn.softmax(method.experts.seen_logits(features)).numpy()[
            :, order[:7]
        ],
        atol=0.02,
    )


def test_scores_that_are_no_logits_get_their_likeliest_temperature(method):
    stream = np.random.default_rng(3)
    logits = 2.0 * stream.normal(size=(4000, 5))
    rates = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
    labels = (rates.cumsum(1) > stream.random((4000, 1))).argmax(1)
    found = method.twins.temperature(1e-3 * logits, labels)
    assert found == pytest.approx(1e-3, rel=0.1)


def test_logits_of_a_softmax_are_left_as_they_are(tiny):
    method = built("cosmo", tiny.training())
    assert method.twins.temperature(np.eye(3), np.arange(3)) == 1.0
    fixed = built("cosmo", tiny.training(), expert_temperature=2.5)
    assert fixed.twins.temperature(np.eye(3), np.arange(3)) == 2.5


def test_every_state_of_a_closed_form_is_one_of_the_mixture(method):
    assert method.closed_form
    assert method.rounds() == method.expert.rounds()
    assert method.networks() == {}


def test_the_mixture_recognises_both_sides(method, tiny):
    found = [
        np.mean(np.argmax(method.scores(part.features), 1) == part.labels)
        for part in (tiny.test_seen, tiny.test_unseen)
    ]
    assert min(found) > 0.3 and max(found) > 0.6


@pytest.mark.slow
def test_parameters_are_those_of_the_expert_the_regression_and_the_gate():
    view = cost.blank(2048, 85, 40, 10)
    expert = registry.build("clswgan", view).networks()
    assert sum(part.count_params() for part in expert.values()) == 17_938_483
    small = cost.blank(30, 20, 7, 3)
    networks = built("cosmo", small).networks()
    assert set(networks) == {*expert, "seen_expert", "gate"}
    assert networks["seen_expert"].count_params() == 30 * 7 + 7
    assert networks["gate"].count_params() == 11
    closed = cost.of(built("cosmo", small, expert="eszsl"))
    assert closed["parameters"] == 30 * 20 + 30 * 7 + 7 + 11


@pytest.mark.slow
@pytest.mark.parametrize("expert", ["clswgan", "eszsl"])
def test_one_example_a_class_of_six_and_any_scale_are_enough(expert):
    view = six_of_any_scale()
    fast = {"critic_steps": 1, "softmax_epochs": 1, "seen_softmax_epochs": 1}
    method = trained("cosmo", view, expert=expert, epochs=1, **fast)
    for scores in method.heads(view.features).values():
        assert np.isfinite(scores).all()


def test_one_seen_class_is_too_few():
    view = cost.blank(3, 2, 1, 2)
    with pytest.raises(InputError, match="at least 2 seen classes"):
        built("cosmo", view, expert="eszsl")


@pytest.mark.slow
def test_a_loss_that_is_not_finite_names_the_flag(tiny):
    method = built("cosmo", tiny.training(), learning_rate=1e38)
    with pytest.raises(InputError, match="--cosmo.learning_rate=1e\\+38"):
        method.advance({"epoch": 1, "scored": False})
