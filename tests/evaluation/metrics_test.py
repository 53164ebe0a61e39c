"""The measures by hand."""

import numpy as np
import pytest

from aspn_tf.evaluation import metrics


def test_per_class_top1_differs_from_plain_accuracy_on_imbalanced_data():
    labels = np.repeat([0, 1], [90, 10])
    predictions = np.zeros(100, int)
    per_class = metrics.per_class_top1(labels, predictions, [0, 1])
    assert (labels == predictions).mean() == 0.9
    np.testing.assert_array_equal(per_class, [1.0, 0.0])
    assert per_class.mean() == 0.5


def test_per_class_top1_takes_any_sorted_classes():
    labels = np.array([7, 7, 7, 7, 3])
    predictions = np.array([7, 7, 7, 0, 3])
    np.testing.assert_array_equal(
        metrics.per_class_top1(labels, predictions, np.array([3, 7])),
        [1.0, 0.75],
    )


def test_per_class_top1_refuses_a_class_without_examples():
    with pytest.raises(ValueError, match="none of class 2"):
        metrics.per_class_top1(np.array([0, 1]), np.array([0, 1]), [0, 1, 2])


@pytest.mark.parametrize(
    ("u", "s", "h"),
    [
        (0.0, 0.0, 0.0),
        (0.0, 80.0, 0.0),
        (50.0, 50.0, 50.0),
        (50.0, 100.0, 200.0 / 3.0),
        (58.0, 85.7, 69.2),  # the paper's Table 1: AWA1, CUB, FLO
        (50.7, 61.5, 55.6),
        (67.3, 87.4, 76.0),
    ],
)
def test_harmonic_mean_goldens(u, s, h):
    assert metrics.harmonic_mean(u, s) == pytest.approx(h, abs=0.05)


def test_confusion_has_true_classes_in_rows():
    labels = np.array([2, 2, 2, 5, 9])
    predictions = np.array([2, 5, 5, 5, 2])
    np.testing.assert_array_equal(
        metrics.confusion(labels, predictions, np.array([2, 5, 9])),
        [[1, 2, 0], [0, 1, 0], [1, 0, 0]],
    )


@pytest.mark.parametrize("kind", [int, float])
def test_the_worst_confusions_are_off_the_diagonal_and_come_first(kind):
    values = np.array([[9, 0, 2], [5, 9, 0], [0, 2, 9]]).astype(kind)
    assert metrics.worst_confusions(values, 9) == [(1, 0), (0, 2), (2, 1)]
    assert metrics.worst_confusions(values, 2) == [(1, 0), (0, 2)]
