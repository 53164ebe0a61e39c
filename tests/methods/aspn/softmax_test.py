"""The softmax on real seen and pseudo unseen features."""

import numpy as np
import pytest

from aspn_tf.methods.aspn import softmax

SEEN, UNSEEN = np.array([0, 2, 3]), np.array([1, 4])
CENTRES = 6.0 * np.eye(5, 7, dtype=np.float32)


@pytest.fixture(scope="module")
def trained():
    random = np.random.RandomState(0)
    labels = np.repeat(SEEN, 30)
    features = CENTRES[labels] + random.normal(size=(90, 7))
    features = features.astype(np.float32)
    means = np.stack([features[labels == c].mean(0) for c in SEEN])
    return softmax.fit(features, labels, means, CENTRES, SEEN, UNSEEN, seed=0)


def test_new_examples_of_every_class_are_recognised(trained):
    kernel, bias, _ = trained
    random = np.random.RandomState(1)
    labels = np.repeat(np.arange(5), 40)
    features = CENTRES[labels] + random.normal(size=(200, 7))
    right = (features @ kernel + bias).argmax(1) == labels
    assert right.mean() > 0.95


def test_kernel_and_bias_have_a_column_for_every_class(trained):
    kernel, bias, _ = trained
    assert kernel.shape == (7, 5) and bias.shape == (5,)
    assert kernel.dtype == bias.dtype == np.float32
    assert np.abs(kernel).max(0).min() > 0


def test_one_seed_draws_the_same_examples(trained):
    random = np.random.RandomState(0)
    labels = np.repeat(SEEN, 30)
    features = CENTRES[labels] + random.normal(size=(90, 7))
    features = features.astype(np.float32)
    means = np.stack([features[labels == c].mean(0) for c in SEEN])
    again = softmax.fit(features, labels, means, CENTRES, SEEN, UNSEEN, seed=0)
    np.testing.assert_array_equal(again[0], trained[0])


def test_the_scale_of_the_features_does_not_matter(trained):
    random = np.random.RandomState(0)
    labels = np.repeat(SEEN, 30)
    features = CENTRES[labels] + random.normal(size=(90, 7))
    features = 8.0 * features.astype(np.float32)
    means = np.stack([features[labels == c].mean(0) for c in SEEN])
    kernel, _, _ = softmax.fit(
        features, labels, means, 8.0 * CENTRES, SEEN, UNSEEN, seed=0
    )
    np.testing.assert_allclose(8.0 * kernel, trained[0], atol=1e-3)


def test_one_seen_and_one_unseen_class_are_told_apart():
    features = np.random.RandomState(0).normal(size=(20, 3)).astype("float32")
    prototypes = np.array([[0.0, 0, 0], [9, 9, 9]], np.float32)
    kernel, bias, _ = softmax.fit(
        features,
        np.zeros(20, int),
        features.mean(0, keepdims=True),
        prototypes,
        np.array([0]),
        np.array([1]),
        seed=0,
    )
    assert (prototypes @ kernel + bias).argmax(1).tolist() == [0, 1]


def test_it_says_whether_it_converged(trained, monkeypatch):
    _, _, logs = trained
    assert logs["softmax_converged"] == 1.0
    assert 1 < logs["softmax_iterations"] < softmax.ITERATIONS
    monkeypatch.setattr(softmax, "ITERATIONS", 2)
    random = np.random.RandomState(0)
    labels = np.repeat(SEEN, 30)
    features = CENTRES[labels] + random.normal(size=(90, 7))
    means = np.stack([features[labels == c].mean(0) for c in SEEN])
    *_, logs = softmax.fit(
        features, labels, means, CENTRES, SEEN, UNSEEN, seed=0
    )
    assert logs == {"softmax_iterations": 2.0, "softmax_converged": 0.0}
