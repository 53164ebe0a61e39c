"""Training views at the edges, for the tests of several methods."""

import dataclasses

import numpy as np

from aspn_tf.data.benchmark import TrainingView


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
