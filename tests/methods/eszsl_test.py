"""ESZSL against its closed form."""

import dataclasses
import os

import numpy as np
import pytest
import tensorflow as tf

from aspn_tf.data.benchmark import TrainingView
from aspn_tf.evaluation.evaluator import Evaluator
from aspn_tf.methods.eszsl.method import ESZSL, GAMMAS, LAMBDAS
from aspn_tf.methods.eszsl.settings import Settings


def made(view, **settings):
    return ESZSL(view, Settings(**settings))


def fitted(benchmark, gamma, lambda_):
    method = made(benchmark.training())
    method.advance({"gamma": gamma, "lambda": lambda_})
    return method


def oracle(benchmark, gamma, lambda_):
    features = benchmark.train.features.astype(np.float64)
    unit = benchmark.semantics.astype(np.float64)
    unit /= np.linalg.norm(unit, axis=1, keepdims=True)
    known = unit[benchmark.seen]
    targets = np.eye(benchmark.class_count)[benchmark.train.labels]
    left = features.T @ features + gamma * np.eye(features.shape[1])
    right = known.T @ known + lambda_ * np.eye(unit.shape[1])
    evidence = features.T @ targets[:, benchmark.seen] @ known
    return np.linalg.inv(left) @ evidence @ np.linalg.inv(right), unit


def test_projection_is_the_published_closed_form(tiny):
    method = fitted(tiny, 10.0, 0.1)
    projection, unit = oracle(tiny, 10.0, 0.1)
    np.testing.assert_allclose(method.projection, projection, rtol=1e-4)
    np.testing.assert_allclose(
        method.scores(tiny.test_seen.features),
        tiny.test_seen.features @ projection @ unit.T,
        rtol=1e-3,
        atol=1e-5,
    )


def test_one_dimension_by_hand():
    # x = 2, s = 1, y = 1: V = (4 + 1)^-1 * 2 * (1 + 1)^-1 = 0.2.
    features = np.array([[2.0]], np.float32)
    method = made(
        TrainingView(
            features=features,
            labels=np.array([0]),
            semantics=np.array([[3.0], [-5.0]], np.float32),
            seen=np.array([0]),
            unseen=np.array([1]),
        )
    )
    logs = method.advance({"gamma": 1.0, "lambda": 1.0})
    np.testing.assert_allclose(method.projection, [[0.2]], rtol=1e-6)
    np.testing.assert_allclose(
        method.scores(features), [[0.4, -0.4]], rtol=1e-6
    )
    assert logs == {"fit_error": pytest.approx(0.36)}  # (0.4 - 1)^2


def test_the_fit_error_is_the_mean_squared_distance_to_the_targets(tiny):
    method = made(tiny.training())
    logs = method.advance({"gamma": 10.0, "lambda": 0.1})
    targets = np.eye(tiny.class_count)[tiny.train.labels]
    error = np.square(method.scores(tiny.train.features) - targets)
    wanted = error[:, tiny.seen].mean()
    assert logs["fit_error"] == pytest.approx(wanted, rel=1e-4)


def test_every_pair_is_a_candidate(tiny):
    states = made(tiny.training()).rounds()
    assert len(states) == len(GAMMAS) * len(LAMBDAS)
    assert {"gamma": 1000.0, "lambda": 0.01} in states


def test_what_the_settings_fix_is_not_searched(tiny):
    view = tiny.training()
    half = made(view, feature_ridge=7.0).rounds()
    assert half == [{"gamma": 7.0, "lambda": lambda_} for lambda_ in LAMBDAS]
    both = made(view, feature_ridge=7.0, semantic_ridge=0.2).rounds()
    assert both == [{"gamma": 7.0, "lambda": 0.2}]


def test_a_candidate_and_its_setting_give_the_same_scores(tiny):
    walked = made(tiny.training())
    for state in walked.rounds():
        walked.advance(state)
        scores = walked.scores(tiny.test_unseen.features)
        if state == {"gamma": 1.0, "lambda": 1.0}:
            break
    again = fitted(tiny, 1.0, 1.0)
    np.testing.assert_array_equal(
        again.scores(tiny.test_unseen.features), scores
    )


def test_unseen_classes_do_not_touch_the_solution(tiny):
    semantics = tiny.semantics.copy()
    semantics[tiny.unseen] = 77.0
    changed = dataclasses.replace(tiny, semantics=semantics)
    np.testing.assert_array_equal(
        fitted(tiny, 1.0, 1.0).projection, fitted(changed, 1.0, 1.0).projection
    )


def test_scores_are_products_with_the_prototypes(tiny):
    method = fitted(tiny, 1.0, 1.0)
    prototypes = method.prototypes(tiny.semantics)
    assert prototypes.shape == (tiny.class_count, tiny.feature_width)
    np.testing.assert_allclose(
        method.classify(tiny.test_seen.features, tiny.semantics),
        tf.matmul(tiny.test_seen.features, prototypes, transpose_b=True),
        rtol=1e-5,
        atol=1e-6,
    )


def test_far_from_0_the_linear_form_still_gives_the_scores(tiny):
    view = tiny.training()
    features = view.features + 1000.0 * view.features.std()
    method = made(dataclasses.replace(view, features=features))
    method.advance({"gamma": 1.0, "lambda": 1.0})
    shift, weights, bias = (
        part.astype(np.float32) for part in method.linear("generalized")
    )
    scores = method.scores(features).numpy()
    np.testing.assert_allclose(
        (features - shift) @ weights + bias, scores, atol=1e-5 * scores.std()
    )


def test_semantics_of_zeros_are_scored_as_zero(tiny):
    method = fitted(tiny, 1.0, 1.0)
    zeros = np.zeros((2, tiny.semantics_width), np.float32)
    scores = method.classify(tiny.test_seen.features, zeros).numpy()
    np.testing.assert_array_equal(scores, 0.0)


@pytest.mark.slow
@pytest.mark.skipif(
    "ASPN_TF_SHARED_DATA" not in os.environ,
    reason="ASPN_TF_SHARED_DATA names no folder with CUB in it",
)
def test_cub_gives_the_known_accuracies(tmp_path):
    from aspn_tf.data import loading

    cub = loading.load(
        "cub",
        manual_dir=os.environ["ASPN_TF_SHARED_DATA"],
        data_dir=str(tmp_path),
    )
    method = fitted(cub, 1000.0, 0.01)
    report = Evaluator(method, cub).report()
    for name, known in {"T": 80.5, "u": 51.2, "s": 88.3, "H": 64.8}.items():
        assert getattr(report, name) == pytest.approx(known, abs=0.5)
