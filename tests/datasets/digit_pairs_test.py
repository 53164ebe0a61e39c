"""digit_pairs keeps the rules that its README states."""

import numpy as np
import pytest
from sklearn.datasets import load_digits

from aspn_tf.datasets import zero_shot
from aspn_tf.datasets.digit_pairs import digit_pairs_dataset_builder as module


@pytest.fixture(scope="module")
def layout():
    return module.image_pairs(load_digits().target)


def test_images_show_their_number(layout):
    pairs, labels, _ = layout
    target = load_digits().target
    np.testing.assert_array_equal(target[pairs] @ [10, 1], labels)


@pytest.mark.parametrize(
    ("train", "test"),
    [
        (zero_shot.TRAINVAL, "test_seen"),
        (zero_shot.TRAINVAL, "test_unseen"),
        (("train",), "val_seen"),
        (("train",), "val_unseen"),
    ],
)
def test_no_handwritten_digit_is_in_training_and_test(layout, train, test):
    pairs, _, rows = layout
    for split in train:
        assert not np.intersect1d(pairs[rows[split]], pairs[rows[test]]).size


def test_pairs_are_distinct(layout):
    pairs = layout[0]
    assert len(np.unique(pairs, axis=0)) == len(pairs) == 11000


def test_every_digit_is_in_each_place_among_the_training_classes(layout):
    _, labels, rows = layout
    for splits, times in (
        (zero_shot.TRAINVAL, 8),
        (("train",), 6),
        (("test_unseen",), 2),
    ):
        of = np.concatenate([rows[split] for split in splits])
        classes = np.unique(labels[of])
        for digits in (classes // 10, classes % 10):
            assert np.bincount(digits).tolist() == [times] * 10


def test_layout_is_that_of_version_1(layout):
    pairs, labels, rows = layout
    assert module.numbers((1, 6))[:6] == [1, 6, 14, 19, 22, 27]
    assert pairs[:2].tolist() == [[1592, 1493], [36, 286]]
    counts = {split: len(of) for split, of in rows.items()}
    assert counts == {
        "train": 4800,
        "val_seen": 1200,
        "val_unseen": 2000,
        "test_seen": 2400,
        "test_unseen": 600,
    }


def test_feature_is_an_8_by_16_image(digit_pairs, layout):
    pairs, labels, rows = layout
    left, right = load_digits().images[pairs[rows["test_unseen"][0]]]
    image = digit_pairs.test_unseen.features[0].reshape(8, 16)
    np.testing.assert_array_equal(image[:, :8], left)
    np.testing.assert_array_equal(image[:, 8:], right)


def test_semantics_say_tens_and_units(digit_pairs):
    assert digit_pairs.class_names[47] == "47"
    active = np.flatnonzero(digit_pairs.semantics[47])
    names = [digit_pairs.attribute_names[i] for i in active]
    assert names == ["tens is 4", "units is 7"]
    assert digit_pairs.semantics.shape == (100, 20)


def test_47_is_a_seen_class(digit_pairs):
    assert 47 in digit_pairs.seen and 47 not in digit_pairs.val_unseen


def test_contents_are_those_of_version_2(digit_pairs):
    assert digit_pairs.fingerprint.startswith("74b26ef3")
