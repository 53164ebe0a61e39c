"""RelationNet: its loss, its relation in two parts, and what decays."""

import numpy as np
import pytest
import tensorflow as tf
from small import built, trained
from views import with_other_unseen

from aspn_tf.errors import InputError
from aspn_tf.evaluation import cost, paper
from aspn_tf.methods.relationnet.method import Relation, relation_loss
from aspn_tf.methods.relationnet.settings import Settings


@pytest.fixture(scope="module")
def method(tiny):
    return trained("relationnet", tiny.training())


def logits_of(relations):
    relations = np.array(relations, np.float32)
    return tf.constant(np.log(relations / (1.0 - relations)))


def test_the_loss_is_as_worked_by_hand():
    # (0.2^2 + 0.3^2 + 0.4^2 + 0.4^2) / 4
    logits = logits_of([[0.8, 0.3], [0.4, 0.6]])
    loss = relation_loss(logits, tf.constant([0, 1]))
    assert float(loss) == pytest.approx(0.1125, rel=1e-5)


def test_a_class_without_examples_has_no_share_in_the_loss():
    for absent in (0.1, 0.9):
        logits = tf.Variable(
            logits_of([[0.8, 0.3, absent], [0.4, 0.6, absent]])
        )
        with tf.GradientTape() as tape:
            loss = relation_loss(logits, tf.constant([0, 1]))
        assert float(loss) == pytest.approx(0.1125, rel=1e-5)
        slopes = tape.gradient(loss, logits).numpy()
        assert not slopes[:, 2].any() and slopes[:, :2].all()


def test_the_relation_in_two_parts_is_that_of_both_side_by_side():
    stream = np.random.default_rng(0)
    features = stream.normal(size=(3, 5)).astype(np.float32)
    embedded = stream.normal(size=(4, 5)).astype(np.float32)
    relation = Relation(5, 8)
    kernel, bias, out, last = relation.get_weights()
    found = relation(features, embedded).numpy()
    for i, feature in enumerate(features):
        for j, row in enumerate(embedded):
            side_by_side = np.concatenate([row, feature])
            hidden = np.maximum(side_by_side @ kernel + bias, 0.0)
            wanted = (hidden @ out + last).item()
            assert found[i, j] == pytest.approx(wanted, abs=1e-5)


def test_blocks_of_hidden_units_make_the_same_logits():
    stream = np.random.default_rng(1)
    features = stream.normal(size=(3, 5)).astype(np.float32)
    embedded = stream.normal(size=(7, 5)).astype(np.float32)
    relation = Relation(5, 37)
    wanted = relation(features, embedded)
    np.testing.assert_allclose(
        relation.by_blocks(features, embedded), wanted, atol=1e-5
    )
    spec = tf.TensorSpec((None, 5))
    traced = tf.function(relation.by_blocks, input_signature=[spec, spec])
    np.testing.assert_allclose(traced(features, embedded), wanted, atol=1e-5)


def test_scoring_holds_few_hidden_units_of_all_pairs():
    spec = tf.TensorSpec((None, 5))
    traced = tf.function(Relation(5, 400).by_blocks, input_signature=[spec] * 2)
    cubes = [
        tensor.shape
        for op in traced.get_concrete_function().graph.get_operations()
        for tensor in op.outputs
        if tensor.shape.rank == 3
    ]
    assert cubes and max(shape[-1] for shape in cubes) == 16


def test_the_objective_is_the_seen_classes_relations(method, tiny):
    features = method.scaled(tiny.train.features[:20])
    labels = tiny.train.labels[:20]
    logits = method.scores(tiny.train.features[:20]).numpy()
    present = np.unique(labels)
    relations = 1.0 / (1.0 + np.exp(-logits[:, present].astype(np.float64)))
    wanted = np.square(relations - (labels[:, None] == present)).mean()
    terms = method.model.terms(features, labels)
    assert float(terms["relation"]) == pytest.approx(wanted, rel=1e-4)


def test_the_attribute_network_alone_decays(tiny):
    method = built("relationnet", tiny.training(), weight_decay=0.1)
    parts = method.model.attribute, method.model.relation
    with tf.GradientTape() as tape:
        decay = method.model.terms(
            method.scaled(tiny.train.features), tiny.train.labels
        )["decay"]
    slopes = tape.gradient(decay, method.model.trainable_variables)
    count = len(parts[0].trainable_variables)
    for slope, variable in zip(slopes, parts[0].trainable_variables):
        np.testing.assert_allclose(slope, 0.1 * variable, rtol=1e-5)
    assert slopes[count:] == [None] * 4


def test_unseen_classes_have_no_share_in_training(tiny):
    view = tiny.training()
    other = with_other_unseen(view)
    terms = [
        built("relationnet", v).model.terms(view.features, view.labels)
        for v in (view, other)
    ]
    assert terms[0] == terms[1]


def test_it_has_no_prototypes(method):
    assert set(method.abilities()) == {"classify", "training_step"}


def test_permuted_semantics_permute_the_scores(method, tiny):
    features = tiny.test_unseen.features
    order = [5, 0, 8]
    np.testing.assert_allclose(
        method.classify(features, tiny.semantics[order]),
        method.scores(features).numpy()[:, order],
        rtol=1e-4,
        atol=1e-4,
    )


def test_the_rate_is_halved_after_so_many_updates(tiny):
    method = built(
        "relationnet", tiny.training(), learning_rate=0.5, halving_steps=12
    )
    assert method.updates_a_round() == 6  # of 16 of 84 examples
    rate = method.model.optimizer
    rates = []
    for epoch in (1, 2):
        rates.append(float(rate.learning_rate))
        method.advance({"epoch": epoch})
    assert [*rates, float(rate.learning_rate)] == [0.5, 0.5, 0.25]


def test_the_parameters_are_those_of_the_published_networks():
    found = cost.at_sizes(paper.SIZES["awa1"], {"relationnet": Settings()})[
        "relationnet"
    ]
    assert found["parameters"] == 3_826_465
    networks = found["networks"]
    assert networks["attribute"]["parameters"] == 2_187_264
    assert networks["relation"]["parameters"] == 1_639_201
    # Far from the 225 M of a network that sees every pair.
    assert found["training_step_flops"] < 20e6


def test_a_loss_that_is_not_finite_names_the_flag(tiny):
    method = built("relationnet", tiny.training(), learning_rate=1e30)
    with pytest.raises(InputError, match="--relationnet.learning_rate=1e\\+30"):
        for state in method.rounds():
            method.advance(state)
