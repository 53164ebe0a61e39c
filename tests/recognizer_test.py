"""The semantic space's share in the scores, against NumPy."""

import dataclasses

import numpy as np
import pytest
import tensorflow as tf

from aspn_tf import export, selection
from aspn_tf.config import Config
from aspn_tf.evaluator import Evaluator
from aspn_tf.recognizer import SHARES, Recognizer

CONFIG = Config(epochs=2, steps_per_epoch=3, softmax=False)


def fitted(benchmark, config=CONFIG, **setting):
    method = Recognizer(config)
    for _ in method.fit(benchmark, {"epoch": 2, **setting}):
        pass
    return method


def nearness(rows, classes):
    """Minus half the squared distance, less what all classes share."""
    return rows @ classes.T - 0.5 * (classes**2).sum(1)


def parts(method, benchmark, features, prototypes):
    """Visual and semantic scores, and the weight of a share of 1."""
    scaled = method.scaling(features).numpy()
    semantics = method.class_semantics.numpy()
    inferred = method.model.decoder(scaled)[0].numpy()
    means = method.means.numpy()
    known = prototypes.copy()
    known[benchmark.seen] = means
    visual = nearness(means, known).std(1).mean()
    semantic = nearness(semantics[benchmark.seen], semantics).std(1).mean()
    return (
        nearness(scaled, prototypes),
        nearness(scaled, known),
        nearness(inferred, semantics),
        visual / semantic,
    )


@pytest.mark.parametrize("share", [0.0, 0.3, 3.0])
def test_scores_are_the_weighted_sum_of_both_spaces(tiny, share):
    method = fitted(tiny, semantic_share=share)
    features = tiny.test_unseen.features
    prototypes = method.model.prototypes(method.class_semantics).numpy()
    generated, visual, semantic, weight = parts(
        method, tiny, features, prototypes
    )
    np.testing.assert_allclose(
        method.scores(features), visual + share * weight * semantic, rtol=1e-3
    )
    np.testing.assert_allclose(
        method.classify(features, tiny.semantics),
        generated + share * weight * semantic,
        rtol=1e-3,
    )


def test_without_a_share_the_decoder_is_not_asked(tiny):
    method = fitted(tiny)
    before = method.scores(tiny.test_seen.features).numpy()
    method.model.decoder.out.kernel.assign_add(
        tf.ones_like(method.model.decoder.out.kernel)
    )
    np.testing.assert_array_equal(
        method.scores(tiny.test_seen.features), before
    )


def test_validation_is_offered_every_share(tiny):
    method = fitted(tiny)
    offered = list(method.refinements({"epoch": 2}))
    shares = [one.get("semantic_share", 0.0) for one in offered]
    assert shares == [0.0, *SHARES]
    assert all(one["epoch"] == 2 for one in offered)


@pytest.mark.parametrize(
    "changes",
    [
        {"bidirectional": False},
        {"selection": "last"},
        {"selection": "test"},
        {"semantic_weight": 0.0, "cycle_weight": 0.0},
    ],
)
def test_no_share_is_offered_where_it_cannot_be(tiny, changes):
    method = fitted(tiny, CONFIG.replace(**changes))
    assert list(method.refinements({"epoch": 2})) == [{"epoch": 2}]


def test_softmax_and_nearness_count_alike(tiny):
    method = fitted(tiny, classifier="softmax")
    rows = method.means.numpy()
    softmax = rows @ method.kernel.numpy() + method.bias.numpy()
    prototypes = method.model.prototypes(method.class_semantics).numpy()
    prototypes[tiny.seen] = rows
    visual = nearness(rows, prototypes)
    weight = softmax.std(1).mean() / visual.std(1).mean()
    np.testing.assert_allclose(
        method.scores(method.scaling.inverse(rows)),
        softmax + weight * visual,
        rtol=1e-3,
        atol=1e-3,
    )


def test_the_softmax_has_no_share(tiny):
    method = fitted(tiny, classifier="softmax")
    state = {"epoch": 2, "classifier": "softmax"}
    assert list(method.refinements(state)) == [state]


def test_training_to_a_setting_gives_the_scores_of_the_walk(tiny):
    method = Recognizer(CONFIG)
    steps = list(selection.walk(method, tiny, True))
    best = selection.best([choice for choice, _ in steps], "validation")
    again = Recognizer(CONFIG)
    for _ in again.fit(tiny, best.setting):
        pass
    report = Evaluator(again, tiny).report(calibration=best.calibration)
    assert report.summary() == best.report.summary()


def test_a_share_is_exported(tiny, tmp_path):
    method = fitted(tiny, semantic_share=1.0)
    export.save(tmp_path / "model", method, tiny, CONFIG, {}, 0.0)
    model = tf.saved_model.load(str(tmp_path / "model"))
    features = tf.constant(tiny.test_unseen.features)
    found = model.signatures["serving_default"](features=features)
    np.testing.assert_allclose(
        found["scores"], method.scores(features), rtol=1e-4, atol=1e-4
    )
    semantics = tf.constant(tiny.semantics[:3])
    found = model.signatures["classify"](features=features, semantics=semantics)
    np.testing.assert_allclose(
        found["scores"],
        method.classify(features, semantics),
        rtol=1e-4,
        atol=1e-4,
    )


def test_semantics_that_are_all_alike_give_finite_scores(tiny):
    alike = dataclasses.replace(tiny, semantics=np.ones_like(tiny.semantics))
    method = fitted(alike, semantic_share=3.0)
    assert np.isfinite(method.scores(tiny.test_seen.features)).all()
