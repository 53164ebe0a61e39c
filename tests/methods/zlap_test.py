"""ZLAP: its prior, the training of prototypes, and what is chosen."""

import numpy as np
import pytest
import tensorflow as tf
from small import built, settings, trained

from aspn_tf.data.benchmark import TrainingView
from aspn_tf.errors import InputError
from aspn_tf.evaluation import cost, paper
from aspn_tf.methods import registry
from aspn_tf.methods.zlap.learner import PrototypeLearner, log_prior
from aspn_tf.methods.zlap.settings import Settings
from aspn_tf.model import losses


@pytest.fixture(scope="module")
def method(tiny):
    return trained("zlap", tiny.training())


def view(unseen=2):
    """Three rows of class 0 and one of class 1."""
    count = 2 + unseen
    stream = np.random.default_rng(0)
    return TrainingView(
        features=stream.normal(size=(4, 3)).astype(np.float32),
        labels=np.array([0, 0, 0, 1]),
        semantics=stream.normal(size=(count, 2)).astype(np.float32),
        seen=np.arange(2),
        unseen=np.arange(2, count),
    )


def learner(data, **changes):
    given = settings("zlap", prototype_width=4, **changes)
    return PrototypeLearner(data, data.semantics, given, seed=0)


def test_the_prior_is_as_worked_by_hand():
    prior = np.exp(log_prior(view(), 3.0))
    np.testing.assert_allclose(prior, [0.5625, 0.1875, 0.125, 0.125])
    found = log_prior(view(unseen=10), 1000.0)[2:]
    np.testing.assert_allclose(found, -9.211340, atol=1e-5)


def test_a_seen_class_without_examples_has_a_finite_prior():
    data = view()
    data.labels[:] = 0
    assert np.isfinite(log_prior(data, 3.0)).all()


def test_equal_cosines_have_the_loss_of_the_prior():
    model = learner(view()).model
    for weights in model.network.weights:
        weights.assign(tf.zeros_like(weights))
    model.log_prior.assign(log_prior(view(), 3.0))
    for label, wanted in ((0, 0.575364), (2, 2.079442)):
        terms = model.terms(tf.ones((1, 3)), tf.constant([label]))
        assert float(terms["classification"]) == pytest.approx(wanted, abs=1e-5)
        assert float(terms["decay"]) == 0.0


def test_scores_do_not_hold_the_prior(tiny):
    method = built("zlap", tiny.training())
    for weights in method.learnt[0].weights:
        weights.assign(tf.zeros_like(weights))
    assert not np.any(method.scores(tiny.test_unseen.features))


def numpy_loss(network, data, ratio, decay):
    """The objective of all rows, by tensors and a tape of our own."""
    kernel, bias, out, last = network.weights
    hidden = tf.matmul(data.semantics, kernel) + bias
    made = tf.matmul(tf.where(hidden > 0.0, hidden, 0.2 * hidden), out) + last
    # The cosine's floor under a small square is 1e-4.
    made *= tf.math.rsqrt(tf.maximum(tf.reduce_sum(made**2, 1), 1e-4))[:, None]
    rows = data.features / np.linalg.norm(data.features, axis=1)[:, None]
    logits = 25.0 * tf.matmul(rows, made, transpose_b=True)
    logits += log_prior(data, ratio).astype(np.float32)
    chosen = tf.gather(logits, data.labels, batch_dims=1)
    entropy = tf.reduce_mean(tf.reduce_logsumexp(logits, 1) - chosen)
    squares = [tf.reduce_sum(w**2) for w in (kernel, bias, out, last)]
    return entropy + 0.5 * decay * tf.add_n(squares)


def test_an_update_is_adams_against_the_adjusted_loss():
    """Adam's first step is the rate times the gradient over its size."""
    data = view()
    one = learner(
        data,
        prototype_epochs=1,
        prototype_batch_size=400,
        prototype_learning_rate=0.01,
        prototype_weight_decay=0.3,
        synthetic_per_class=1,
    )
    network = one.model.network
    before = network.get_weights()
    with tf.GradientTape() as tape:
        value = numpy_loss(network, data, 3.0, 0.3)
    slopes = tape.gradient(value, [w.value for w in network.weights])
    logs = one.fit(tf.constant(data.features), tf.constant(data.labels), 3.0)
    assert logs["objective"] == pytest.approx(float(value), rel=1e-4)
    for old, slope, new in zip(before, slopes, network.get_weights()):
        wanted = old - 0.01 * np.asarray(slope) / (np.abs(slope) + 1e-7)
        clear = np.abs(slope) > 1e-4  # else the epsilon tells
        np.testing.assert_allclose(new[clear], wanted[clear], atol=2e-4)


def test_a_fit_is_the_same_whatever_was_before():
    data = view()
    one = learner(data)
    examples = tf.constant(data.features), tf.constant(data.labels)
    found = []
    for ratio in (3.0, 1000.0, 3.0):
        one.fit(*examples, ratio)
        found.append(
            np.concatenate([w.numpy().ravel() for w in one.model.weights])
        )
    np.testing.assert_array_equal(found[0], found[2])
    assert not np.array_equal(found[0], found[1])


def test_the_rate_is_halved_in_the_second_half():
    one = learner(
        view(),
        prototype_epochs=4,
        prototype_batch_size=2,
        prototype_learning_rate=0.5,
    )
    schedule = one.model.optimizer._learning_rate
    updates = one._updates
    assert updates == 12  # of 4 real and 20 generated examples
    rates = [float(schedule(n * updates)) for n in range(4)]
    assert rates == [0.5, 0.5, 0.25, 0.25]


def test_higher_odds_of_seen_classes_favour_unseen_ones():
    """Of a look that a seen and an unseen class share."""
    data = view(unseen=1)
    one = learner(
        data,
        prototype_epochs=150,
        prototype_learning_rate=0.03,
        prototype_weight_decay=0.0,
    )
    features = tf.constant(data.features[[0, 0, 0, 3, 0]])
    labels = tf.constant([0, 0, 0, 1, 2], tf.int64)
    for ratio in (1.0, 100.0):
        one.fit(features, labels, ratio)
        scores = losses.compatibility(
            features, one.model.network(data.semantics), "cosine", 0.04
        )
        prior = log_prior(data, ratio)
        # Adjusted, they are told apart as often as they come: 3 to 1.
        lead = scores[0, 2] - scores[0, 0]
        wanted = -np.log(3.0) - prior[2] + prior[0]
        assert float(lead) == pytest.approx(wanted, abs=0.3)


def test_prototypes_learn_from_all_real_and_a_few_generated_features(tiny):
    method = built("zlap", tiny.training(), synthetic_per_class=5)
    features, labels = method._examples()
    real = len(tiny.train.labels)
    np.testing.assert_array_equal(labels[:real], tiny.train.labels)
    np.testing.assert_array_equal(labels[real:], np.repeat(tiny.unseen, 5))
    np.testing.assert_allclose(
        features[:real], method.scale(tiny.train.features)
    )
    generated = features[real:].numpy().reshape(3, 5, -1)
    assert (generated.std(1) > 0.0).all()
    np.testing.assert_array_equal(features, method._examples()[0])


def test_the_ratio_is_four_times_the_odds_of_the_examples(tiny):
    data = tiny.training()
    method = built("zlap", data, synthetic_per_class=10)
    assert method.ratio == pytest.approx(4.0 * 84 / 30)
    assert method.uses({"epoch": 2}) == [
        {"epoch": 2},
        {"epoch": 2, "factor": 0.25},
        {"epoch": 2, "factor": 4.0},
    ]
    given = built("zlap", data, ratio=60.0)
    assert given.ratio == 60.0 and given.uses({"epoch": 2}) == [{"epoch": 2}]


def test_without_validation_the_ratio_is_no_choice(tiny):
    assert Settings().choose_ratio
    assert not Settings().unvalidated().choose_ratio
    method = built("zlap", tiny.training(), choose_ratio=False)
    assert method.uses({"epoch": 1}) == [{"epoch": 1}]
    assert list(method.heads(tiny.test_seen.features)) == ["ratio"]


def test_a_factor_has_scores_and_prototypes_of_its_own(method, tiny):
    features = tiny.test_seen.features
    heads, made = method.heads(features), []
    for setting in method.uses({"epoch": 2}):
        method.use(setting)
        (head,) = method.task_weights("generalized")
        np.testing.assert_array_equal(method.scores(features), heads[head])
        made.append(method.prototypes(tiny.semantics).numpy())
    method.use({"epoch": 2})
    assert not np.allclose(made[0], made[1])
    assert not np.allclose(made[0], made[2])


def test_prototypes_have_the_mean_length_of_scaled_features(method, tiny):
    prototypes = method.scale(method.prototypes(tiny.semantics))
    rows = method.scale(tiny.train.features)
    np.testing.assert_allclose(
        np.linalg.norm(prototypes, axis=1),
        np.linalg.norm(rows, axis=1).mean(),
        rtol=1e-4,
    )


def test_on_the_way_to_a_setting_prototypes_stay(tiny, monkeypatch):
    fits = []
    method = built("zlap", tiny.training(), epochs=9)
    monkeypatch.setattr(method, "_train", lambda *rows: {"critic": 1.0})
    monkeypatch.setattr(method, "_fit", lambda epoch: fits.append(epoch) or 0.0)
    setting = {"epoch": 3, "factor": 0.25}
    states = method.rounds(setting)
    assert [state["epoch"] for state in states] == [1, 2, 3]
    assert states[-1] == {"epoch": 3}
    logs = [method.advance(state) for state in states]
    assert fits == [3]
    assert ["prototype_loss" in one for one in logs] == [False, False, True]


def test_the_parameters_are_those_of_the_published_networks():
    blank = cost.blank(*paper.SIZES["awa1"])
    networks = registry.build("zlap", blank).networks()
    counts = {name: part.count_params() for name, part in networks.items()}
    assert counts == {
        "generator": 9_091_072,
        "critic": 8_744_961,
        "prototypes": 2_187_264,
    }
    assert sum(counts.values()) == 20_023_297


@pytest.mark.slow
def test_a_loss_that_is_not_finite_names_the_flag(tiny):
    method = built("zlap", tiny.training(), learning_rate=1e38)
    with pytest.raises(InputError, match="--zlap.learning_rate=1e\\+38"):
        method.advance({"epoch": 1})
    method = built("zlap", tiny.training(), prototype_learning_rate=1e38)
    with pytest.raises(InputError, match="--zlap.prototype_learning_rate=1e"):
        method._fit(1)
