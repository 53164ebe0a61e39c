"""ZeroShotClassifier: as scikit-learn users expect, and what they cannot."""

import doctest
import pickle

import numpy as np
import pandas
import polars
import pytest
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV
from sklearn.utils.estimator_checks import parametrize_with_checks
from small import SMALL

import aspn_tf
from aspn_tf import ZeroShotClassifier
from aspn_tf.data import partitions
from aspn_tf.errors import InputError
from aspn_tf.estimator import classifier as module

# Checks of scikit-learn that cannot pass, and why.
CANNOT = {
    "check_do_not_raise_errors_in_init_or_set_params": (
        "takes **settings for a parameter of that name"
    ),
    "check_decision_proba_consistency": (
        "two classes leave nothing to measure probabilities on"
    ),
    "check_methods_sample_order_invariance": (
        "wants 1e-9; a float32's last bit may be that of its place in a batch"
    ),
}
FEW = "ignore:There must be 4 classes"


@pytest.mark.slow
@parametrize_with_checks(
    [ZeroShotClassifier("eszsl")], expected_failed_checks=lambda _: CANNOT
)
@pytest.mark.filterwarnings("ignore")
def test_it_passes_the_checks_of_scikit_learn(estimator, check):
    check(estimator)


def test_the_example_of_its_docstring_runs():
    assert doctest.testmod(module).failed == 0


@pytest.fixture(scope="module")
def named(tiny):
    """Examples with names of classes, and semantics of all of them."""
    names = np.array(tiny.class_names)
    semantics = dict(zip(tiny.class_names, tiny.semantics, strict=True))
    return tiny.train.features, names[tiny.train.labels], semantics


@pytest.fixture(scope="module")
def fitted(named):
    return ZeroShotClassifier("eszsl").fit(*named)


def test_unseen_classes_are_recognised(fitted, tiny):
    names = np.array(tiny.class_names)
    split = tiny.test_unseen
    assert fitted.score(split.features, names[split.labels]) > 0.5
    assert list(fitted.classes_) == list(tiny.class_names)
    assert list(fitted.seen_classes_) == list("abcdefg")


def test_scores_and_probabilities_agree(fitted, tiny):
    features = tiny.test_seen.features
    chances = fitted.predict_proba(features)
    scores = fitted.decision_function(features)
    assert chances.shape == scores.shape == (28, 10)
    np.testing.assert_allclose(chances.sum(1), 1.0)
    np.testing.assert_array_equal(chances.argmax(1), scores.argmax(1))
    best = fitted.classes_[scores.argmax(1)]
    np.testing.assert_array_equal(fitted.predict(features), best)


def test_a_score_depends_on_its_own_row_alone(fitted, tiny):
    features = tiny.test_seen.features
    order = np.random.default_rng(0).permutation(len(features))
    np.testing.assert_allclose(
        fitted.decision_function(features[order]),
        fitted.decision_function(features)[order],
        rtol=1e-5,
        atol=1e-6,
    )


@pytest.mark.slow
def test_a_class_is_the_same_whenever_it_is_added(named, tiny):
    features, labels, semantics = named
    fewer = {k: v for k, v in semantics.items() if k not in "bij"}
    rows = labels != "b"
    grown = ZeroShotClassifier("eszsl").fit(features[rows], labels[rows], fewer)
    once, twice = (pickle.loads(pickle.dumps(grown)) for _ in range(2))
    once.add_classes({name: semantics[name] for name in "jbi"})
    for name in "bji":
        twice.add_classes({name: semantics[name]})
    assert list(once.classes_) == list(twice.classes_) == list(semantics)
    test = tiny.test_unseen.features
    np.testing.assert_allclose(
        once.decision_function(test), twice.decision_function(test), rtol=1e-5
    )
    assert {"i", "j"} & set(once.predict(test))


@pytest.mark.slow
@pytest.mark.parametrize("added", [False, True])
def test_pickled_or_saved_it_gives_the_same_numbers(
    named, tiny, tmp_path, added
):
    model = ZeroShotClassifier("eszsl").fit(*named)
    if added:
        model.add_classes({"aa": tiny.semantics[8] + tiny.semantics[0]})
    test = tiny.test_unseen.features
    scores, chances = model.decision_function(test), model.predict_proba(test)
    again = pickle.loads(pickle.dumps(pickle.loads(pickle.dumps(model))))
    np.testing.assert_array_equal(again.decision_function(test), scores)
    for number, one in enumerate((model, again)):
        one.save(tmp_path / str(number))
        served = aspn_tf.load(tmp_path / str(number))
        order = np.argsort(list(served.classes))
        assert list(model.classes_) == list(
            np.array(list(served.classes))[order]
        )
        np.testing.assert_allclose(
            served.predict_proba(test)[:, order], chances, rtol=1e-5
        )
        np.testing.assert_array_equal(served.predict(test), model.predict(test))


@pytest.mark.slow
def test_numbers_may_be_classes(named, tiny):
    features, _, semantics = named
    numbers = {10 * k: row for k, row in enumerate(semantics.values())}
    model = ZeroShotClassifier("eszsl").fit(
        features, 10 * tiny.train.labels, numbers
    )
    assert model.classes_.tolist() == list(range(0, 100, 10))
    test = tiny.test_unseen
    assert np.mean(model.predict(test.features) == 10 * test.labels) > 0.5
    assert set(model.predict(test.features, unknown_below=1.1)) == {-1}


@pytest.mark.slow
@pytest.mark.parametrize("frame", [pandas.DataFrame, polars.DataFrame])
def test_frames_are_as_good_as_arrays(frame, named, fitted, tiny):
    features, labels, semantics = named
    columns = [f"unit {k}" for k in range(features.shape[1])]
    attributes = ["small", "red", "old", "wild"]
    rows = list(semantics.values())[::-1]
    names = list(semantics)[::-1]
    table = {k: np.array(rows)[:, i] for i, k in enumerate(attributes)}
    if frame is pandas.DataFrame:
        described = pandas.DataFrame(table, index=names)
    else:
        described = polars.DataFrame({"class": names, **table})

    def framed(array):
        return frame(dict(zip(columns, array.T, strict=True)))

    model = ZeroShotClassifier("eszsl").fit(framed(features), labels, described)
    test = tiny.test_unseen.features
    np.testing.assert_allclose(
        model.decision_function(framed(test)),
        fitted.decision_function(test),
        rtol=1e-5,
    )
    assert list(model.feature_names_in_) == columns
    assert model.packed_.model.attribute_names == attributes


def test_parameters_are_those_of_the_method(named):
    model = ZeroShotClassifier("sae", calibration=False)
    assert set(model.get_params()) == {*module.SHARED}
    with pytest.raises(InputError, match="a setting of sae .*Received: epochs"):
        model.set_params(epochs=3)
    copy = clone(model.set_params(method="clswgan", epochs=3))
    assert copy.get_params() == model.get_params()
    assert copy.epochs == 3
    with pytest.raises(InputError, match="`--epochs` must be at least 1"):
        ZeroShotClassifier("clswgan", epochs=0).fit(*named)
    with pytest.raises(InputError, match="`method` must be one of .*'wgan'"):
        ZeroShotClassifier("wgan").fit(*named)
    with pytest.raises(InputError, match="a setting of sae .*Received: epoch"):
        ZeroShotClassifier("sae", epoch=3).fit(*named)


@pytest.mark.slow
def test_a_grid_may_be_searched(named):
    features, labels, semantics = named
    grid = {"method": ["eszsl", "sae"], "calibration": [False]}
    search = GridSearchCV(ZeroShotClassifier(), grid, cv=2)
    search.fit(features, labels, semantics=semantics)
    assert search.best_params_["method"] in ("eszsl", "sae")
    assert (search.cv_results_["mean_test_score"] > 0.3).all()


@pytest.mark.slow
def test_strangers_pass_at_about_the_rate_that_was_asked_for(digit_pairs):
    names = np.array(digit_pairs.class_names)
    semantics = dict(zip(names, digit_pairs.semantics, strict=True))
    strange = names[digit_pairs.unseen][::2]
    known = {k: v for k, v in semantics.items() if k not in strange}
    train, test = digit_pairs.train, digit_pairs.test_unseen
    model = ZeroShotClassifier("eszsl").fit(
        train.features, names[train.labels], known
    )
    bar = model.threshold(0.2)
    answers = model.predict(test.features, unknown_below=bar)
    is_strange = np.isin(names[test.labels], strange)
    accepted = np.mean(answers[is_strange] != "unknown")
    assert 0.1 < accepted < 0.3
    kept = np.mean(answers[~is_strange] == names[test.labels[~is_strange]])
    assert kept > 0.5


def test_few_classes_leave_nothing_to_choose_on(named):
    features, labels, semantics = named
    rows = np.isin(labels, ["a", "b", "c"])
    model = ZeroShotClassifier("eszsl")
    assert hasattr(model, "predict_proba")
    with pytest.warns(UserWarning, match="There must be 4 classes"):
        model.fit(features[rows], labels[rows], semantics)
    assert not hasattr(model, "predict_proba")
    assert set(model.predict(features[rows])) <= set("abcdefghij")


@pytest.mark.slow
@pytest.mark.filterwarnings("error:.*retracing")
def test_a_fit_leaves_no_trace_in_the_process(named):
    before = np.random.get_state()[1].copy()
    ZeroShotClassifier("aspn", **SMALL["aspn"]).fit(*named)
    np.testing.assert_array_equal(np.random.get_state()[1], before)


@pytest.mark.slow
def test_it_is_chosen_on_partitions_of_what_it_was_given(named, monkeypatch):
    asked = []
    dealt = partitions.dealt

    def spy(benchmark, number, count, seed=0):
        asked.append((number, count, seed))
        return dealt(benchmark, number, count, seed)

    monkeypatch.setattr(partitions, "dealt", spy)
    ZeroShotClassifier("eszsl", random_state=5).fit(*named)
    assert {(k, 3, 5) for k in range(3)} <= set(asked)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"y": ["a"] * 84}, "more than one class. Received: one class, a"),
        ({"semantics": {"a": [1.0]}}, "every class of `y`. Received: none of"),
        ({"semantics": [[1.0]]}, "a dict of class to vector.*Received: list"),
        ({"semantics": {1: [1.0]}}, "of the type of the others.*numbers"),
        ({"semantics": dict.fromkeys("abcdefg", [])}, "one number or more"),
        (
            {"semantics": {**dict.fromkeys("abcdef", [1.0]), "g": [1.0, 2.0]}},
            "as many for every class",
        ),
        (
            {"semantics": dict.fromkeys("abcdefg", [1e39])},
            "must be finite numbers. .* for a",
        ),
    ],
)
def test_what_cannot_be_learnt_from_is_refused(named, changes, message):
    given = dict(zip(("X", "y", "semantics"), named, strict=True)) | changes
    with pytest.raises(InputError, match=message):
        ZeroShotClassifier("eszsl").fit(**given)


def test_two_rows_of_one_class_are_refused(named):
    features, labels, semantics = named
    table = pandas.DataFrame(list(semantics.values()), index=list(semantics))
    twice = pandas.concat([table, table.iloc[:1]])
    with pytest.raises(InputError, match="one row a class. Received: 11 rows"):
        ZeroShotClassifier("eszsl").fit(features, labels, twice)


@pytest.mark.slow
def test_the_word_for_no_class_is_no_class(named):
    features, labels, semantics = named
    named_so = {**semantics, "unknown": semantics["j"]}
    model = ZeroShotClassifier("eszsl").fit(features, labels, named_so)
    with pytest.raises(InputError, match="No class may be named 'unknown'"):
        model.predict(features, unknown_below=0.5)
