"""A small benchmark, and training views at the edges."""

import dataclasses

import numpy as np

from aspn_tf.data.benchmark import Benchmark, Split, TrainingView

TINY_CLASSES, TINY_WIDTH, TINY_SEMANTICS = 10, 6, 4


def ten_classes(name, of_seen, of_unseen, val_seen_rows):
    """Ten classes, the last three unseen; features linear in semantics.

    Args:
      name: of the `Benchmark`, and its fingerprint.
      of_seen: test rows of each seen class.
      of_unseen: of each unseen one.
      val_seen_rows: of the 84 rows to train on.
    """
    stream = np.random.default_rng(7)
    semantics = stream.normal(size=(TINY_CLASSES, TINY_SEMANTICS))
    means = 3.0 * semantics @ stream.normal(size=(TINY_SEMANTICS, TINY_WIDTH))

    def split(classes, count):
        labels = np.repeat(np.asarray(classes, np.int64), count)
        noise = stream.normal(size=(len(labels), TINY_WIDTH))
        return Split((means[labels] + noise).astype(np.float32), labels)

    return Benchmark(
        name=name,
        class_names=tuple("abcdefghij"),
        semantics=semantics.astype(np.float32),
        seen=np.arange(7),
        unseen=np.arange(7, 10),
        train=split(range(7), 12),
        test_seen=split(range(7), of_seen),
        test_unseen=split(range(7, 10), of_unseen),
        fingerprint=name,
        val_unseen=np.array([1, 4]),
        val_seen_rows=val_seen_rows,
    )


def six_of_any_scale():
    """One example a class of six, large features, larger semantics."""
    stream = np.random.default_rng(0)
    return TrainingView(
        features=(1e4 * stream.normal(size=(6, 5))).astype(np.float32),
        labels=np.arange(6),
        semantics=1e3 * np.eye(9, 4, dtype=np.float32),
        seen=np.arange(6),
        unseen=np.arange(6, 9),
    )


def one_row_a_class(view):
    """The first example of each of six classes, far below 0, and two more."""
    first = [int(np.flatnonzero(view.labels == c)[0]) for c in range(6)]
    return dataclasses.replace(
        view,
        features=-1e6 * view.features[first],
        labels=view.labels[first],
        semantics=1e6 * view.semantics[:8],
        seen=np.arange(6),
        unseen=np.array([6, 7]),
    )


def with_other_unseen(view):
    """The view with other semantics of its unseen classes."""
    semantics = view.semantics.copy()
    semantics[view.unseen] = 9.0
    return dataclasses.replace(view, semantics=semantics)
