"""Scaling of features and semantics."""

import keras
import numpy as np
import pytest

from aspn_tf.methods import scaling
from aspn_tf.methods.moments import Moments
from aspn_tf.methods.regression import arc_cosine
from aspn_tf.methods.scaling import FeatureScaling

KINDS = ("none", "max", "variance", "whiten")


def spread(noise, seed=0, classes=30, per_class=20):
    """Class means linear in semantics, with noise of given deviations.

    Returns features (n, d), labels (n,) and semantics (classes, 5).
    """
    stream = np.random.default_rng(seed)
    semantics = stream.normal(size=(classes, 5))
    means = semantics @ stream.normal(size=(5, len(noise)))
    labels = np.repeat(np.arange(classes), per_class)
    features = means[labels] + noise * stream.normal(
        size=(len(labels), len(noise))
    )
    return (
        features.astype(np.float32),
        labels,
        scaling.scale_semantics(semantics, "unit").numpy(),
    )


def chosen(features, labels, semantics):
    """The shrinkage and the ridge."""
    groups = scaling.folds(len(np.unique(labels)))
    moments = Moments(features, labels, groups)
    return scaling.choose_regularisers(features, labels, semantics, moments)


def within_class_covariance(features, labels):
    residual = np.concatenate(
        [
            features[labels == c] - features[labels == c].mean(0)
            for c in np.unique(labels)
        ]
    )
    return residual.T @ residual / len(residual)


def adapted(kind, features, labels, shrinkage=0.2):
    layer = FeatureScaling(features.shape[1], kind)
    layer.adapt(features, Moments(features, labels), shrinkage)
    return layer


def test_whitened_classes_spread_alike_without_shrinkage():
    features, labels, _ = spread(np.array([0.1, 1.0, 5.0, 2.0]))
    layer = adapted("whiten", features, labels, shrinkage=0.0)
    np.testing.assert_allclose(
        within_class_covariance(layer(features).numpy(), labels),
        np.eye(4),
        atol=1e-3,
    )


def test_whitening_with_full_shrinkage_only_moves_and_stretches():
    features, labels, _ = spread(np.array([0.1, 1.0, 5.0, 2.0]))
    layer = adapted("whiten", features, labels, shrinkage=1.0)
    variance = np.trace(within_class_covariance(features, labels)) / 4
    np.testing.assert_allclose(
        layer(features),
        (features - features.mean(0)) / np.sqrt(variance),
        rtol=1e-3,
        atol=1e-4,
    )


def test_max_divides_by_the_largest_magnitude():
    features = np.array([[-8.0, 2.0], [4.0, 0.0]], np.float32)
    layer = adapted("max", features, np.array([0, 1]))
    np.testing.assert_array_equal(layer(features), features / 8.0)


def test_variance_gives_a_mean_squared_length_of_the_width():
    features = np.array([[3.0, 1.0], [-3.0, 1.0]], np.float32)
    layer = adapted("variance", features, np.array([0, 1]))
    # The mean square is 5.
    np.testing.assert_allclose(layer(features), features / 5**0.5, rtol=1e-6)


def test_none_leaves_features_as_they_are():
    features, labels, _ = spread(np.ones(4))
    layer = adapted("none", features, labels)
    np.testing.assert_array_equal(layer(features), features)


@pytest.mark.parametrize("kind", KINDS)
def test_inverse_undoes_the_call(kind):
    features, labels, _ = spread(np.array([0.5, 1.0, 3.0, 2.0]))
    layer = adapted(kind, features, labels)
    np.testing.assert_allclose(
        layer.inverse(layer(features)), features, rtol=1e-4, atol=1e-3
    )


@pytest.mark.parametrize("kind", KINDS)
def test_features_that_never_vary_stay_finite(kind):
    features, labels = np.zeros((6, 3), np.float32), np.arange(6) // 2
    assert np.isfinite(adapted(kind, features, labels)(features)).all()


@pytest.mark.parametrize("kind", KINDS)
def test_a_saved_scaling_gives_the_same_output(tmp_path, kind):
    features, labels, _ = spread(np.array([0.5, 1.0, 3.0, 2.0]))
    layer = adapted(kind, features, labels)
    model = keras.Sequential([keras.Input((4,)), layer])
    model.save(tmp_path / "scaling.keras")
    again = keras.models.load_model(tmp_path / "scaling.keras")
    np.testing.assert_array_equal(again(features), layer(features))


def test_scaling_is_not_trained():
    assert not FeatureScaling(3, "whiten").trainable_variables


@pytest.mark.parametrize(
    ("kind", "golden"),
    [
        ("none", [3.0, 0.0, 4.0, 0.0]),
        ("unit", [0.6, 0.0, 0.8, 0.0]),
        ("variance", [1.2, 0.0, 1.6, 0.0]),
    ],
)
def test_semantics_are_scaled_row_by_row_and_zeros_stay(kind, golden):
    rows = np.array([[3.0, 0.0, 4.0, 0.0], [0.0] * 4])
    np.testing.assert_allclose(
        scaling.scale_semantics(rows, kind), [golden, [0.0] * 4], rtol=1e-6
    )


def test_shrink_keeps_the_mean_variance_and_ends_at_it():
    covariance = np.array([[1.0, 2.0, 0.0], [2.0, 5.0, 0.5], [0.0, 0.5, 6.0]])
    np.testing.assert_allclose(scaling.shrink(covariance, 0.0), covariance)
    np.testing.assert_allclose(
        scaling.shrink(covariance, 0.5),
        [[2.5, 1.0, 0.0], [1.0, 4.5, 0.25], [0.0, 0.25, 5.0]],
    )
    np.testing.assert_allclose(scaling.shrink(covariance, 1.0), 4.0 * np.eye(3))


def test_little_shrinkage_is_chosen_where_classes_spread_unequally():
    noise = np.concatenate([np.full(10, 6.0), np.full(10, 0.5)])
    assert chosen(*spread(noise, classes=60))[0] <= 0.1


def test_much_shrinkage_is_chosen_where_classes_spread_alike():
    # More dimensions than examples: the spectrum is an accident.
    assert chosen(*spread(np.full(300, 2.5), per_class=6))[0] >= 0.5


def test_semantics_of_zeros_still_give_a_shrinkage():
    features, labels, semantics = spread(np.ones(4))
    found = chosen(features, labels, 0.0 * semantics)
    assert found[0] in scaling.SHRINKAGES


@pytest.mark.parametrize("classes", [2, 3, 5])
def test_few_classes_still_give_a_shrinkage(classes):
    found = chosen(*spread(np.ones(4), classes=classes))
    assert found[0] in scaling.SHRINKAGES


def brute_force_hits(features, labels, semantics):
    """Fold by fold from the examples themselves, with eigenvectors."""
    classes = np.unique(labels)
    hits = np.zeros((len(scaling.SHRINKAGES), len(scaling.RIDGES)))
    for fold in range(scaling.FOLDS):
        out = np.isin(labels, classes[fold :: scaling.FOLDS])
        known, held = np.unique(labels[~out]), np.unique(labels[out])
        origin = features[~out].mean(0)
        means = [features[labels == c].mean(0) - origin for c in known]
        variances, basis = np.linalg.eigh(
            within_class_covariance(features[~out], labels[~out])
        )
        kernel = arc_cosine(semantics[known], semantics[known])
        cross = arc_cosine(semantics[held], semantics[known])
        for column, ridge in enumerate(scaling.RIDGES):
            regular = kernel + ridge * np.eye(len(known))
            prototypes = cross @ np.linalg.solve(regular, means) @ basis
            for row, shrinkage in enumerate(scaling.SHRINKAGES):
                shrunk = (1 - shrinkage) * variances
                shrunk = np.sqrt(shrunk + shrinkage * variances.mean())
                tested = (features[out] - origin) @ basis / shrunk
                gap = tested[:, None] - prototypes / shrunk
                right = held[(gap**2).sum(2).argmin(1)] == labels[out]
                for c in held:
                    hits[row, column] += right[labels[out] == c].mean()
    return hits


@pytest.mark.parametrize("seed", range(3))
def test_the_choice_is_that_of_brute_force(seed):
    noise = np.linspace(0.5, 5.0, 12)
    features, labels, semantics = spread(noise, seed=seed)
    features += 30.0  # far from the origin, as rectified features are
    hits = brute_force_hits(features.astype(np.float64), labels, semantics)
    row, column = np.unravel_index(hits.argmax(), hits.shape)
    assert chosen(features, labels, semantics) == (
        scaling.SHRINKAGES[row],
        scaling.RIDGES[column],
    )
