"""ASPN as a method: its heads and their weights, against NumPy."""

import dataclasses

import numpy as np
import pytest
from small import built, trained

from aspn_tf.config import split_reading
from aspn_tf.errors import InputError
from aspn_tf.evaluation import selection
from aspn_tf.evaluation.evaluator import Evaluator
from aspn_tf.methods import registry, scaling
from aspn_tf.methods.aspn.scorer import SHARES
from aspn_tf.methods.regression import arc_cosine


@pytest.fixture(scope="module")
def method(tiny):
    return trained("aspn", tiny.training())


def use(method, **setting):
    method.use({"epoch": 2, **setting})
    return method


def nearness(rows, classes):
    """Minus half the squared distance, less what all classes share."""
    return rows @ classes.T - 0.5 * (classes**2).sum(1)


def parts(method, features):
    """Generated, visual and semantic scores, and the weight of a share 1."""
    scaled = method.scaling(features).numpy()
    semantics = method.class_semantics.numpy()
    prototypes = method.model.prototypes(method.class_semantics).numpy()
    inferred = method.model.decoder(scaled)[0].numpy()
    means = method.means.numpy()
    known = prototypes.copy()
    known[method.view.seen] = means
    visual = nearness(means, known).std(1).mean()
    semantic = nearness(semantics[method.view.seen], semantics).std(1).mean()
    return (
        nearness(scaled, prototypes),
        nearness(scaled, known),
        nearness(inferred, semantics),
        visual / semantic,
    )


@pytest.mark.parametrize("share", [0.0, 0.3, 3.0])
def test_scores_are_the_weighted_sum_of_both_spaces(method, tiny, share):
    use(method, semantic_share=share)
    features = tiny.test_unseen.features
    generated, visual, semantic, weight = parts(method, features)
    expected = visual + share * weight * semantic
    for task in ("generalized", "traditional"):
        np.testing.assert_allclose(
            method.scores(features, task), expected, rtol=1e-3, atol=1e-3
        )
    np.testing.assert_allclose(
        method.classify(features, tiny.semantics),
        generated + share * weight * semantic,
        rtol=1e-3,
        atol=1e-3,
    )


def test_validation_is_offered_every_share(method):
    offered = method.uses({"epoch": 2})
    assert [one.get("semantic_share", 0.0) for one in offered] == [0.0, *SHARES]
    assert all(one["epoch"] == 2 for one in offered)


@pytest.mark.parametrize(
    "changes",
    [
        {"bidirectional": False},
        {"semantic_weight": 0.0, "cycle_weight": 0.0},
    ],
)
def test_no_share_is_offered_where_it_cannot_be(tiny, changes):
    method = built("aspn", tiny.training(), **changes)
    assert method.uses({"epoch": 2}) == [{"epoch": 2}]


def test_without_validation_nothing_is_left_for_it_to_choose(tiny):
    method = built("aspn", tiny.training())
    plain = type(method)(tiny.training(), method.settings.unvalidated())
    assert (
        plain.uses({"epoch": 2}) == [{"epoch": 2}] != method.uses({"epoch": 2})
    )


def test_the_way_to_a_setting_is_no_longer_than_it_must_be(tiny):
    method = built("aspn", tiny.training())
    states = [{"epoch": 0}, {"epoch": 1}, {"epoch": 2}]
    assert method.rounds() == states
    setting = {"epoch": 1, "semantic_share": 0.3}
    assert method.rounds(setting) == states[:2]
    assert method.rounds({"epoch": 0}) == states[:1]
    fresh = built("aspn", tiny.training(), warm_start=False)
    assert fresh.rounds() == states[1:]
    assert (method.partitions, fresh.partitions) == (5, 1)


def test_a_reading_without_a_part_has_no_such_head(tiny):
    method = built(
        "aspn",
        tiny.training(),
        semantic_weight=0.0,
        cycle_weight=0.0,
        seen_prototypes="generated",
    )
    heads = method.heads(tiny.test_seen.features)
    assert set(heads) == {"visual", "generated"}
    np.testing.assert_array_equal(heads["visual"], heads["generated"])
    assert "describe" not in method.abilities()


@pytest.mark.parametrize("metric", ["dot", "cosine", "euclidean"])
def test_the_metric_at_test_is_not_that_of_training(tiny, metric):
    method = built("aspn", tiny.training(), compatibility="dot", metric=metric)
    assert method.model.compatibility == "dot"
    rows = tiny.test_seen.features
    scaled = method.scaling(rows).numpy()
    classes = method.model.prototypes(method.class_semantics).numpy()
    expected = scaled @ classes.T
    if metric == "cosine":
        expected /= np.linalg.norm(scaled, axis=1, keepdims=True)
        expected /= np.linalg.norm(classes, axis=1)
    if metric == "euclidean":
        expected -= 0.5 * (classes**2).sum(1)
    np.testing.assert_allclose(
        method.heads(rows)["generated"], expected, rtol=1e-4, atol=1e-4
    )


def test_the_literal_reading_tests_by_distance_from_ordinary_weights(tiny):
    literal = split_reading("aspn", "literal")[1]
    method = built("aspn", tiny.training(), **literal)
    assert (method.settings.compatibility, method.settings.metric) == (
        "dot",
        "euclidean",
    )
    assert np.abs(method.model.generator.out.kernel).max() > 0.0


def test_the_papers_reading_has_nothing_of_ours(tiny):
    changes = split_reading("aspn", "paper")[1]
    method = built("aspn", tiny.training(), **changes)
    method.use({"epoch": 1})
    assert method.partitions == 1
    assert [state["epoch"] for state in method.rounds()][:1] == [1]
    classes = method.model.prototypes(method.class_semantics).numpy()
    assert np.abs(classes).max() > 0.0  # no zero output layer
    rows = method.scaling(tiny.test_seen.features).numpy()
    lengths = (method.scaling(tiny.train.features).numpy() ** 2).sum(1)
    assert lengths.mean() == pytest.approx(rows.shape[1], rel=1e-4)
    # Nearest generated prototype, seen classes included.
    np.testing.assert_allclose(
        method.scores(tiny.test_seen.features),
        nearness(rows, classes),
        rtol=1e-4,
        atol=1e-4,
    )


def test_a_scout_starts_where_the_whole_method_does(tiny, method):
    settings = method.scouting()
    scout = registry.build("aspn", tiny.training(), settings, method.seed)
    whole = built("aspn", tiny.training(), method.seed)
    assert set(scout.networks()) == {"generator", "decoder"}
    for one in (scout, whole):
        one.use({"epoch": 0, "semantic_share": 1.0})
    np.testing.assert_allclose(
        scout.scores(tiny.test_seen.features),
        whole.scores(tiny.test_seen.features),
        rtol=1e-4,
        atol=1e-2,
    )


def test_no_epochs_leave_the_closed_form_alone(tiny):
    method = built("aspn", tiny.training(), epochs=0)
    assert "training_step" not in method.abilities()
    assert method.rounds() == [{"epoch": 0}]
    assert method.untrained(method.rounds()[0])
    with pytest.raises(InputError, match="--aspn.epochs=0 --aspn.warm_start"):
        method.settings.replace(warm_start=False)


@pytest.mark.slow
def test_semantics_that_are_all_alike_give_finite_scores(tiny):
    alike = dataclasses.replace(tiny, semantics=np.ones_like(tiny.semantics))
    method = trained(
        "aspn",
        alike.training(),
        setting={"epoch": 1, "semantic_share": 3.0},
    )
    assert np.isfinite(method.scores(tiny.test_seen.features)).all()


def test_an_epoch_goes_on_where_the_one_before_ended(tiny):
    # Four steps of 16 are 64 of 84 examples: two epochs draw each of them.
    method = built("aspn", tiny.training())
    drawn = np.concatenate([method.order.take(64), method.order.take(64)])
    assert len(np.unique(drawn[:84])) == 84


@pytest.mark.slow
def test_a_loss_that_is_not_finite_ends_with_one_sentence(tiny):
    method = built(
        "aspn", tiny.training(), learning_rate=1e30, schedule="constant"
    )
    with pytest.raises(InputError, match="must keep the loss finite.*epoch 1"):
        list(selection.train(method))


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["random", "permuted", "zeros"])
def test_semantics_that_say_nothing_give_chance(digit_pairs, kind):
    stream = np.random.default_rng(0)
    true = digit_pairs.semantics
    semantics = {
        "random": stream.normal(size=true.shape),
        "permuted": true[stream.permutation(len(true))],
        "zeros": np.zeros_like(true),
    }[kind].astype(np.float32)
    benchmark = dataclasses.replace(digit_pairs, semantics=semantics)
    method = trained(
        "aspn",
        benchmark.training(),
        setting={"epoch": 1, "semantic_share": 1.0},
        hidden_width=200,
        steps_per_epoch=1,
    )
    # 20 classes that are hit or missed whole: 5% on average, 5% of spread.
    assert Evaluator(method, benchmark).report().T <= 15.0


def test_the_start_is_the_regression_of_class_means(tiny):
    """Against NumPy: prototypes, and what seen classes have of their own."""
    method = built("aspn", tiny.training(), shrinkage=0.5, ridge=0.1)
    means = np.stack(
        [
            method.scaling(tiny.train.features[tiny.train.labels == c])
            .numpy()
            .mean(0)
            for c in tiny.seen
        ]
    )
    semantics = tiny.semantics[tiny.seen]
    kernel = arc_cosine(semantics, semantics) + 0.1 * np.eye(len(semantics))
    wanted = arc_cosine(tiny.semantics, semantics) @ np.linalg.solve(
        kernel, means
    )
    np.testing.assert_allclose(
        method.model.prototypes(method.class_semantics), wanted, atol=1e-3
    )
    for row in range(len(means)):
        others = np.arange(len(means)) != row
        alone = arc_cosine(semantics[[row]], semantics[others])
        alone = alone @ np.linalg.solve(
            kernel[np.ix_(others, others)], means[others]
        )
        np.testing.assert_allclose(
            method.means[row], 0.75 * means[row] + 0.25 * alone[0], atol=1e-3
        )


def test_what_the_folds_chose_is_fixed_for_the_partitions(tiny):
    method = built("aspn", tiny.training())
    fixed = method.fixed()
    assert fixed.shrinkage in scaling.SHRINKAGES
    assert fixed.ridge in scaling.RIDGES
    again = built(
        "aspn",
        tiny.training(),
        shrinkage=fixed.shrinkage,
        ridge=fixed.ridge,
    )
    np.testing.assert_allclose(
        again.heads(tiny.test_seen.features)["visual"],
        method.heads(tiny.test_seen.features)["visual"],
        rtol=1e-3,
        atol=1e-3,
    )
    given = built("aspn", tiny.training(), shrinkage=0.42)
    assert given.fixed().shrinkage == 0.42
    assert given.fixed().ridge in scaling.RIDGES
