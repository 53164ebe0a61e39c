"""The best of many classes, without the scores of all of them at once."""

import tensorflow as tf

from aspn_tf.errors import InputError
from aspn_tf.serving.signatures import refuse_unless_finite

SCORES = 1 << 25  # at once, 128 MiB
CLASSES = 1 << 14  # at once, where a model has to picture each of them


def best(scores, features, semantics, seen, known, top_k):
    """The best classes of rows: of the known ones, or of any that are told.

    Where there is much to score, the known classes are gone through by blocks
    of rows, any others by blocks of classes, whose best are merged.

    Args:
      scores: callable; of features and, for any classes, semantics and seen, to
        scores (n, classes).
      features: tensor (n, d).
      semantics: (m, q), or None for the known classes.
      seen: bool (m,), or None.
      known: how many classes are known.
      top_k: how many, at most.

    Returns:
      index (n, k) and scores (n, k), arrays, the best first; of equals the
      first class.

    Raises:
      InputError: as `scores` does; the row it names is one of all.
    """
    try:
        found = _best(scores, features, semantics, seen, known, top_k)
    except InputError as error:
        refuse_unless_finite("features", features.numpy(), error)
        raise
    return tuple(part.numpy() for part in found)


def _best(scores, features, semantics, seen, known, top_k):
    """The same as tensors."""
    count = len(features)
    if semantics is None:
        step = max(1, SCORES // known)
        parts = [
            _top(scores(features[start : start + step]), top_k)
            for start in range(0, max(1, count), step)
        ]
        return tuple(tf.concat(one, axis=0) for one in zip(*parts, strict=True))
    step = max(1, min(CLASSES, SCORES // max(1, count)))
    index = values = None
    for start in range(0, max(1, len(semantics)), step):
        block = slice(start, start + step)
        found = _top(scores(features, semantics[block], seen[block]), top_k)
        if index is None:
            index, values = found
            continue
        # Those of earlier blocks come first, also among equals.
        index = tf.concat([index, found[0] + start], axis=1)
        place, values = _top(tf.concat([values, found[1]], axis=1), top_k)
        index = tf.gather(index, place, batch_dims=1)
    return index, values


def _top(scores, top_k):
    """Index (n, k) and scores (n, k) of the best columns."""
    found = tf.math.top_k(scores, min(top_k, scores.shape[1]))
    return found.indices, found.values
