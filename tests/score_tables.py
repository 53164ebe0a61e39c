"""Benchmarks of score tables, and methods whose features are scores."""

import numpy as np

from aspn_tf.data.benchmark import Benchmark, Split
from aspn_tf.methods.base import Method

SEEN, UNSEEN = np.array([0, 2, 3]), np.array([1, 4])


class Table(Method):
    """A method whose features are its scores."""

    def __init__(self):
        super().__init__(view=None, settings=None)

    def heads(self, features):
        return {"compatibility": features}


class TwoTables(Table):
    """One that ranks the traditional task by another head."""

    heads_offered = ("features", "others")

    def heads(self, features):
        return {"features": features, "others": -2.0 * features}

    def weights(self, setting):
        return {
            "generalized": {"features": 1.0},
            "traditional": {"others": 0.5},
            "open": {"features": 1.0, "others": 0.25},
        }


def benchmark_of(seen, seen_labels, unseen, unseen_labels):
    return Benchmark(
        name="table",
        class_names=("ant", "bee", "cat", "dog", "elk"),
        semantics=np.eye(5, dtype=np.float32),
        seen=SEEN,
        unseen=UNSEEN,
        train=Split(np.zeros((3, 5), np.float32), SEEN),
        test_seen=Split(np.asarray(seen, np.float32), np.array(seen_labels)),
        test_unseen=Split(
            np.asarray(unseen, np.float32), np.array(unseen_labels)
        ),
        fingerprint="table",
    )


def random_benchmark(seed):
    """Scores that lean towards the seen classes, as those of training do."""
    stream = np.random.default_rng(seed)
    seen_labels = np.concatenate([SEEN, stream.choice(SEEN, 40)])
    unseen_labels = np.concatenate([UNSEEN, stream.choice(UNSEEN, 30)])

    def scores(labels):
        rows = stream.normal(size=(len(labels), 5))
        rows[np.arange(len(labels)), labels] += 1.0
        rows[:, SEEN] += 0.8
        return rows

    return benchmark_of(
        scores(seen_labels), seen_labels, scores(unseen_labels), unseen_labels
    )
