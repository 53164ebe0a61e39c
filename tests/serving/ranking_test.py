"""The best classes by blocks are those of all scores at once."""

import numpy as np
import pytest
import tensorflow as tf

from aspn_tf.serving import ranking

FEATURES = np.random.default_rng(0).integers(-2, 3, (9, 3)).astype(np.float32)
SEMANTICS = np.random.default_rng(1).integers(-2, 3, (23, 3)).astype(np.float32)
SEEN = np.arange(23) % 3 == 0


class Counting:
    """Products of small whole numbers, so that many scores are equal."""

    def __init__(self):
        self.largest = 0

    def __call__(self, features, semantics=SEMANTICS, seen=SEEN):
        scores = tf.matmul(features, semantics, transpose_b=True)
        scores -= 0.5 * tf.cast(seen, tf.float32)
        self.largest = max(self.largest, tf.size(scores).numpy())
        return scores


def whole(top_k):
    """Index and scores by a stable sort."""
    scores = Counting()(FEATURES).numpy()
    index = np.argsort(-scores, axis=1, kind="stable")[:, :top_k]
    return index, np.take_along_axis(scores, index, axis=1)


@pytest.mark.parametrize("top_k", [1, 5, 23, 40])
@pytest.mark.parametrize("room", [1, 30, 1000])
@pytest.mark.parametrize("told", [False, True], ids=["known", "told"])
def test_blocks_give_the_same_classes_in_the_same_order(
    monkeypatch, top_k, room, told
):
    monkeypatch.setattr(ranking, "SCORES", room)
    scores = Counting()
    among = (SEMANTICS, SEEN) if told else (None, None)
    found = ranking.best(scores, tf.constant(FEATURES), *among, 23, top_k)
    for part, wanted in zip(found, whole(top_k), strict=True):
        np.testing.assert_array_equal(part, wanted)
    assert scores.largest <= max(room, 9 if told else 23)


def test_equal_scores_of_one_row_are_there():
    _, scores = whole(5)
    assert (np.diff(scores, axis=1) == 0).any(axis=1).sum() > 4


def test_no_more_classes_are_pictured_at_once_than_told(monkeypatch):
    monkeypatch.setattr(ranking, "CLASSES", 4)
    scores = Counting()
    ranking.best(scores, tf.constant(FEATURES), SEMANTICS, SEEN, 23, 5)
    assert scores.largest == 9 * 4


def test_no_row_has_no_answer():
    none = tf.constant(FEATURES[:0])
    for among in ((None, None), (SEMANTICS, SEEN)):
        index, scores = ranking.best(Counting(), none, *among, 23, 5)
        assert index.shape == scores.shape == (0, 5)
