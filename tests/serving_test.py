"""`aspn_tf.load`: an exported model from Python."""

import numpy as np
import pytest

import aspn_tf
from aspn_tf import export
from aspn_tf.baselines import METHODS
from aspn_tf.config import Config
from aspn_tf.errors import InputError


@pytest.fixture(scope="module")
def model(tiny, tmp_path_factory):
    """ESZSL, exported and loaded."""
    directory = tmp_path_factory.mktemp("served") / "model"
    method = METHODS["eszsl"](Config(method="eszsl"))
    for _ in method.fit(tiny, {"gamma": 1.0, "lambda": 1.0}):
        pass
    export.save(directory, method, tiny, Config(), {"H": 9.0}, 0.25)
    return aspn_tf.load(directory)


def test_it_knows_its_classes_and_what_was_measured(model, tiny):
    assert list(model.classes) == list(tiny.class_names)
    np.testing.assert_array_equal(model.classes["c"], tiny.semantics[2])
    assert model.unseen == ["h", "i", "j"]
    assert (model.feature_width, model.semantics_width) == (6, 4)
    assert model.measured["H"] == 9.0
    assert model.config["method"] == "aspn"


def test_classify_ranks_the_classes_best_first(model, tiny):
    features = tiny.test_unseen.features
    answer = model.classify(features, top_k=3)
    assert answer.names.shape == answer.scores.shape == (15, 3)
    assert (np.diff(answer.scores, axis=1) <= 0).all()
    names = np.array(tiny.class_names)[answer.index]
    np.testing.assert_array_equal(answer.names, names)


def test_a_class_can_be_added_by_its_semantics(model, tiny):
    features = tiny.test_unseen.features
    known = {name: model.classes[name] for name in ("a", "b")}
    added = {**known, "new": tiny.semantics[9]}
    answer = model.classify(features, semantics=added)
    assert answer.names.shape == (15, 3)
    assert set(answer.names[0]) == {"a", "b", "new"}


def test_rows_of_an_array_are_named_by_number(model, tiny):
    answer = model.classify(tiny.test_seen.features, tiny.semantics[:2])
    assert set(answer.names.ravel()) == {"0", "1"}


def test_top_k_may_exceed_the_classes(model, tiny):
    answer = model.classify(tiny.test_seen.features, top_k=99)
    assert answer.names.shape == (28, 10)


@pytest.mark.parametrize("shift", [0, 4, 16])
def test_rows_at_any_address_give_the_same_answer(model, tiny, shift):
    # TensorFlow takes a row without a copy only where it is aligned to 64.
    rows = tiny.test_seen.features
    memory = np.empty(rows.nbytes + 128, np.uint8)
    start = -memory.ctypes.data % 64 + shift
    moved = memory[start : start + rows.nbytes].view(np.float32)
    moved = moved.reshape(rows.shape)
    moved[:] = rows
    np.testing.assert_array_equal(
        model.classify(moved).scores, model.classify(rows.tolist()).scores
    )


def test_prototypes_are_as_wide_as_features(model, tiny):
    assert model.prototypes(tiny.semantics).shape == (10, 6)


def test_a_signature_that_is_not_there_is_named(model, tiny):
    with pytest.raises(InputError, match="`describe`"):
        model.describe(tiny.test_seen.features)


@pytest.mark.parametrize(
    "rows, message",
    [
        (np.zeros((2, 5)), r"shape \(rows, 6\). Received: \(2, 5\)"),
        (np.zeros(6), r"Received: \(6,\)"),
        ([[0.0] * 6, [0.0] * 5 + [np.nan]], "infinity in row 1"),
    ],
)
def test_features_that_cannot_be_are_refused(model, rows, message):
    with pytest.raises(InputError, match=message):
        model.classify(rows)


def test_a_directory_without_a_model_is_refused(tmp_path):
    with pytest.raises(InputError, match="must be a directory"):
        aspn_tf.load(tmp_path)
