"""Data at the edge of what can be: every method scores them with numbers.

`benchmarks/hard_numbers.py` has further kinds, and whole runs.
"""

import dataclasses

import numpy as np
import pytest
from small import of_every_method, trained

from aspn_tf.data.benchmark import TrainingView
from aspn_tf.methods import registry

BATCHES = ("batch_size", "refinement_rows", "prototype_batch_size")


def view(classes=8, unseen=3, width=5, semantics=4, of_class=6):
    """Features that are linear in semantics, and noise."""
    draw = np.random.default_rng(3)
    described = draw.normal(size=(classes, semantics))
    looks = 3.0 * described @ draw.normal(size=(semantics, width))
    labels = np.repeat(np.arange(classes - unseen), of_class)
    noise = draw.normal(size=(len(labels), width))
    return TrainingView(
        features=(looks[labels] + noise).astype(np.float32),
        labels=labels,
        semantics=described.astype(np.float32),
        seen=np.arange(classes - unseen),
        unseen=np.arange(classes - unseen, classes),
    )


def degenerate():
    """Integers; columns that do not vary, classes told of alike or by nothing.

    The first class has one example, the next does not spread.
    """
    found = view()
    found.features[:] = np.round(50.0 * found.features)
    found.features[:, 0], found.features[:, 1] = 7.0, 0.0
    found.features[7:12] = found.features[6]
    found.semantics[:, 0] = 1.0
    found.semantics[[0, -1]] = 0.0
    found.semantics[[1, -2]] = found.semantics[2]
    rows = np.r_[0, 6 : len(found.labels)]
    return dataclasses.replace(
        found, features=found.features[rows], labels=found.labels[rows]
    )


CASES = {
    "degenerate": degenerate,
    "one example a class": lambda: view(of_class=1),
    "least": lambda: view(classes=3, unseen=1, width=1, semantics=1),
}


@pytest.mark.slow
@pytest.mark.parametrize(
    "name, case",
    [row for case in CASES for row in of_every_method(pytest.mark.long, case)],
)
def test_every_method_trains_and_scores(name, case):
    hard = CASES[case]()
    known = registry.settings_class(name).__dataclass_fields__
    more = {field: 500 for field in BATCHES if field in known}
    method = trained(name, hard, **more)  # a batch has more than there is
    rows = np.concatenate([hard.features[:4], -hard.features[:4]])
    for head, scores in method.heads(rows).items():
        assert np.isfinite(scores).all(), head
        assert scores.shape == (8, hard.class_count)
