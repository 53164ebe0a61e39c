"""SAE against the Sylvester equation."""

import dataclasses

import numpy as np
import pytest
import scipy.linalg

from aspn_tf.methods.sae.method import LAMBDAS, SAE, sylvester_solver
from aspn_tf.methods.sae.settings import Settings


def fitted(view, lambda_=0.64):
    method = SAE(view, Settings())
    method.advance({"lambda": lambda_})
    return method


def grams(codes, data):
    return codes.T @ codes, data.T @ data, codes.T @ data


def test_solver_agrees_with_scipy_on_full_rank():
    stream = np.random.default_rng(0)
    codes, data = stream.normal(size=(50, 4)), stream.normal(size=(50, 7))
    a, b, c = grams(codes, data)
    for lambda_ in (0.01, 0.64, 40.0):
        wanted = scipy.linalg.solve_sylvester(a, lambda_ * b, (1 + lambda_) * c)
        np.testing.assert_allclose(
            sylvester_solver(a, b, c)(lambda_), wanted, rtol=1e-9, atol=1e-11
        )


def test_solution_satisfies_the_equation_where_rank_is_missing():
    stream = np.random.default_rng(1)
    codes = stream.normal(size=(9, 3)) @ stream.normal(size=(3, 12))
    data = stream.normal(size=(9, 20))
    a, b, c = grams(codes, data)
    w = sylvester_solver(a, b, c)(0.64)
    assert np.isfinite(w).all()
    np.testing.assert_allclose(
        a @ w + 0.64 * w @ b, 1.64 * c, rtol=1e-7, atol=1e-8
    )


def test_scalar_equation_by_hand():
    # a = 2, b = 3, c = 5, lambda = 1: 2 w + 3 w = 10.
    w = sylvester_solver(np.eye(1) * 2, np.eye(1) * 3, np.eye(1) * 5)(1.0)
    np.testing.assert_allclose(w, [[2.0]])


def test_the_grid_holds_the_known_best_weight():
    assert any(np.isclose(LAMBDAS, 0.64))


def test_every_weight_is_a_candidate_unless_one_is_set(tiny):
    view = tiny.training()
    states = SAE(view, Settings()).rounds()
    assert states == [{"lambda": lambda_} for lambda_ in LAMBDAS]
    fixed = SAE(view, Settings(encoder_weight=0.3)).rounds()
    assert fixed == [{"lambda": 0.3}]


def test_the_fit_error_is_that_of_the_reconstruction(tiny):
    view = tiny.training()
    logs = SAE(view, Settings()).advance({"lambda": 0.64})
    features, semantics = (
        rows / np.linalg.norm(rows, axis=1, keepdims=True)
        for rows in (view.features, view.semantics[view.labels])
    )
    solved = sylvester_solver(*grams(semantics, features))(0.64)
    error = np.square(features - semantics @ solved).sum(1).mean()
    assert logs["fit_error"] == pytest.approx(error, rel=1e-5)


def test_scores_are_cosines_with_projected_semantics(tiny):
    method = fitted(tiny.training())
    prototypes = method.prototypes(tiny.semantics).numpy()
    features = tiny.test_unseen.features
    wanted = features @ prototypes.T
    wanted /= np.linalg.norm(features, axis=1)[:, None]
    wanted /= np.linalg.norm(prototypes, axis=1)
    np.testing.assert_allclose(method.scores(features), wanted, atol=1e-5)


def test_the_unit_of_the_features_changes_nothing(tiny):
    view = tiny.training()
    scaled = dataclasses.replace(view, features=view.features * 1000.0)
    features = tiny.test_seen.features
    np.testing.assert_allclose(
        fitted(view).scores(features),
        fitted(scaled).scores(features * 1000.0),
        atol=1e-5,
    )


def test_rows_of_the_projection_have_length_1_as_in_the_authors_code(tiny):
    features, semantics = (
        rows / np.linalg.norm(rows, axis=1, keepdims=True)
        for rows in (
            tiny.train.features.astype(np.float64),
            tiny.semantics[tiny.train.labels].astype(np.float64),
        )
    )
    wanted = scipy.linalg.solve_sylvester(
        semantics.T @ semantics,
        0.64 * features.T @ features,
        1.64 * semantics.T @ features,
    )
    wanted /= np.linalg.norm(wanted, axis=1, keepdims=True)
    np.testing.assert_allclose(
        fitted(tiny.training()).projection, wanted, atol=1e-4
    )


def test_description_of_a_feature_points_to_its_class(tiny):
    method = fitted(tiny.training())
    inferred = method.describe(tiny.test_seen.features).numpy()
    unit = tiny.semantics / np.linalg.norm(
        tiny.semantics, axis=1, keepdims=True
    )
    nearest = (inferred @ unit.T).argmax(1)
    assert np.mean(nearest == tiny.test_seen.labels) > 0.6


def test_linear_features_of_unseen_classes_are_recognised(tiny):
    method = fitted(tiny.training())
    scores = method.scores(tiny.test_unseen.features).numpy()
    found = tiny.unseen[scores[:, tiny.unseen].argmax(1)]
    assert np.mean(found == tiny.test_unseen.labels) > 0.9
