"""`aspn_tf.load`: an exported model from Python."""

import numpy as np
import pytest
from stand_ins import Linear

import aspn_tf
from aspn_tf.errors import InputError
from aspn_tf.serving import export

SURE = {
    "generalized": {"temperature": 2.0, "strangers": [0.2, 0.3, 0.8]},
    "open": {"temperature": 1.0, "strangers": [0.1, 0.4]},
}


@pytest.fixture(scope="module")
def place(tiny, tmp_path_factory):
    """Where a method was exported."""
    directory = tmp_path_factory.mktemp("served") / "model"
    method = Linear(tiny.training())
    given = 0.25, 5.0, SURE
    export.save(directory, method, tiny, ["--seed=3"], {"H": 9.0}, *given)
    return directory


@pytest.fixture(scope="module")
def model(place):
    return aspn_tf.load(place)


@pytest.fixture
def grown(place, tiny):
    """The model with one class more, which is class "j" again."""
    model = aspn_tf.load(place)
    model.add_classes({"new": tiny.semantics[9]})
    return model


def test_it_knows_its_classes_and_what_was_measured(model, tiny):
    assert list(model.classes) == list(tiny.class_names)
    np.testing.assert_array_equal(model.classes["c"], tiny.semantics[2])
    assert model.unseen == ["h", "i", "j"]
    assert (model.feature_width, model.semantics_width) == (6, 4)
    assert model.measured["H"] == 9.0
    assert model.config["seed"] == "3"


def test_classify_ranks_the_classes_best_first(model, tiny):
    features = tiny.test_unseen.features
    answer = model.classify(features, top_k=3)
    assert answer.names.shape == answer.scores.shape == (15, 3)
    assert (np.diff(answer.scores, axis=1) <= 0).all()
    names = np.array(tiny.class_names)[answer.index]
    np.testing.assert_array_equal(answer.names, names)
    assert answer.seen == tuple("abcdefg")


def test_a_class_can_be_added_by_its_semantics(model, tiny):
    features = tiny.test_unseen.features
    known = {name: model.classes[name] for name in ("h", "b", "a")}
    added = {**known, "new": tiny.semantics[9]}
    answer = model.classify(features, semantics=added)
    assert answer.names.shape == (15, 4)
    assert set(answer.names[0]) == {"a", "b", "h", "new"}
    assert answer.seen == ("b", "a")


def scores_by_class(answer):
    order = np.argsort(answer.index, axis=1)
    return np.take_along_axis(answer.scores, order, axis=1)


def test_rounded_semantics_keep_their_calibration(model, tiny):
    features = tiny.test_unseen.features
    rows = np.round(tiny.semantics.astype(float), 6)
    assert not np.array_equal(np.float32(rows), tiny.semantics)
    rounded = dict(zip(tiny.class_names, rows))
    whole = scores_by_class(
        model.classify(features, rounded, [False] * 10, top_k=10)
    )
    answer = model.classify(features, rounded, top_k=10)
    assert answer.seen == tuple(model.seen)
    given_up = whole - scores_by_class(answer)
    expected = np.tile(np.where(np.arange(10) < 7, 5.0, 0.0), (15, 1))
    np.testing.assert_allclose(given_up, expected, atol=1e-4)


@pytest.mark.parametrize("kind", [list, np.array])
def test_rows_of_an_array_are_named_by_number(model, tiny, kind):
    features = tiny.test_seen.features
    answer = model.classify(features, tiny.semantics[:2], kind([False, True]))
    assert set(answer.names.ravel()) == {"0", "1"}
    assert answer.seen == ("1",)


def test_a_mask_counts_more_than_names(model, tiny):
    answer = model.classify(
        tiny.test_seen.features, model.classes, [False] * 9 + [True]
    )
    assert answer.seen == ("j",)


@pytest.mark.parametrize(
    "semantics, seen, message",
    [
        (np.zeros((2, 4)), None, "`seen` must tell.*give a bool a row"),
        (np.zeros((2, 4)), [True], "one bool a class, 2 in all.*shape .1,."),
        (np.zeros((2, 4)), [0, 1], "one bool a class, 2 in all.*int64"),
        (None, [True] * 10, "`seen` must come with `semantics`"),
        ({}, None, "one class or more. Received: none"),
    ],
)
def test_classes_must_be_told_apart(model, tiny, semantics, seen, message):
    with pytest.raises(InputError, match=message):
        model.classify(tiny.test_seen.features, semantics, seen)


def test_all_scores_stand_in_the_order_of_the_classes(model, tiny):
    features = tiny.test_seen.features
    answer = model.classify(features, top_k=10)
    scores = model.decision_function(features)
    np.testing.assert_array_equal(scores, scores_by_class(answer))
    np.testing.assert_array_equal(model.predict(features), answer.names[:, 0])


def test_rows_come_back_over_the_edges_of_batches(model, tiny, monkeypatch):
    features = tiny.test_seen.features
    whole = model.decision_function(features)
    monkeypatch.setattr("aspn_tf.serving.model.BATCH_SIZE", 5)
    parts = model.decision_function(features)
    np.testing.assert_allclose(parts, whole, rtol=1e-5, atol=1e-5)
    assert model.decision_function(features[:0]).shape == (0, 10)


def test_probabilities_are_the_softmax_over_the_temperature(model, tiny):
    features = tiny.test_unseen.features
    found = model.predict_proba(features)
    np.testing.assert_allclose(found.sum(1), 1.0)
    scores = model.decision_function(features).astype(float)
    odds = np.log(found[:, 3] / found[:, 7])
    np.testing.assert_allclose(
        odds, (scores[:, 3] - scores[:, 7]) / 2.0, rtol=1e-4
    )


def test_who_is_doubted_has_no_name(model, tiny):
    features = tiny.test_unseen.features
    sure = model.predict_proba(features).max(1)
    bar = float(np.median(sure))
    names = model.predict(features, unknown_below=bar)
    assert ((names == "unknown") == (sure < bar)).all()
    assert 0 < (names == "unknown").sum() < len(names)


@pytest.mark.parametrize(
    ("rate", "bar"), [(0.0, 0.8), (1.0, 0.2), (0.5, 0.3), (0.25, 0.55)]
)
def test_a_threshold_lets_that_share_of_strangers_pass(model, rate, bar):
    found = model.threshold(rate)
    assert bar < found < bar + 1e-9


def test_a_rate_is_a_share(model):
    with pytest.raises(InputError, match="from 0 to 1. Received: 5"):
        model.threshold(5)


def test_without_a_partition_there_are_no_probabilities(tiny, tmp_path):
    method = Linear(tiny.training())
    export.save(tmp_path / "model", method, tiny, [], {}, 0.0, 0.0)
    bare = aspn_tf.load(tmp_path / "model")
    with pytest.raises(InputError, match="train with --selection=validation"):
        bare.predict_proba(tiny.test_seen.features)
    assert len(bare.predict(tiny.test_seen.features)) == 28


def test_an_added_class_stands_beside_the_others(grown, model, tiny):
    features = tiny.test_unseen.features
    assert list(grown.classes) == [*tiny.class_names, "new"]
    scores = grown.decision_function(features)
    assert scores.shape == (15, 11)
    answer = model.classify(
        features, {**model.classes, "new": tiny.semantics[9]}
    )
    np.testing.assert_array_equal(grown.classify(features).names, answer.names)
    # The same semantics and, both without images, the same calibration.
    np.testing.assert_array_equal(scores[:, 10], scores[:, 9])
    found = grown.predict_proba(features)
    odds = np.log(found[:, 3] / found[:, 7])
    np.testing.assert_allclose(
        odds, scores[:, 3].astype(float) - scores[:, 7], rtol=1e-4
    )
    assert grown.threshold(0.0) == pytest.approx(0.4)


@pytest.mark.parametrize(
    ("classes", "message"),
    [
        ({}, "one or more. Received: none"),
        ({"a": np.zeros(4)}, "must be new. Received: a"),
        ({"z": np.zeros(3)}, r"shape \(rows, 4\)"),
        ({"z": [0.0, 0.0, 0.0, np.inf]}, "`semantics` must be finite"),
    ],
)
def test_classes_that_cannot_be_added(grown, classes, message):
    with pytest.raises(InputError, match=message):
        grown.add_classes(classes)
    assert len(grown.classes) == 11


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


@pytest.mark.parametrize(
    "rows, message",
    [
        ([[0.0] * 4, [0.0] * 3 + [np.inf]], "`semantics`.*in row 1"),
        (
            [[0.0] * 5, [0.0] * 5],
            r"`semantics` must have the shape \(rows, 4\)",
        ),
    ],
)
def test_semantics_that_cannot_be_are_refused(model, tiny, rows, message):
    with pytest.raises(InputError, match=message):
        model.classify(tiny.test_seen.features, rows, [True, False])


def test_a_directory_without_a_model_is_refused(tmp_path):
    with pytest.raises(InputError, match="must be a directory"):
        aspn_tf.load(tmp_path)
