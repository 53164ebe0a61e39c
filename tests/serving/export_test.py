"""The SavedModel: signatures, contents, refusals, and a stranger's process."""

import dataclasses
import json
import subprocess
import sys

import numpy as np
import pytest
import tensorflow as tf
from small import built, of_every_method
from stand_ins import Curved, Linear

from aspn_tf.errors import InputError
from aspn_tf.methods.training import Steps
from aspn_tf.serving import export
from aspn_tf.serving.servable import Servable

CALIBRATION, OPEN_CALIBRATION = 0.25, 0.5
SURE = {"generalized": {"temperature": 2.0, "strangers": [0.5, 0.75]}}
STRANGER = """
import sys
import numpy as np
import tensorflow as tf
model = tf.saved_model.load(sys.argv[1])
features = tf.constant(np.load(sys.argv[2]).tolist())
found = model.signatures["serving_default"](features=features)
assert not any(name.startswith("aspn_tf") for name in sys.modules)
np.savez(sys.argv[3], **{k: v.numpy() for k, v in found.items()})
"""


def save(directory, method, benchmark):
    export.save(
        directory,
        method,
        benchmark,
        ["--dataset=cub", "--aspn.epochs=2"],
        {"T": 50.0},
        CALIBRATION,
        OPEN_CALIBRATION,
        SURE,
    )


def used(method):
    """The method at its only setting."""
    method.use({})
    return method


@pytest.fixture(scope="module", params=[Linear, Curved])
def exported(request, tiny, tmp_path_factory):
    """A method, where it was exported, and what loads from there."""
    directory = tmp_path_factory.mktemp("exported") / "model"
    method = used(request.param(tiny.training()))
    save(directory, method, tiny)
    return method, directory, tf.saved_model.load(str(directory))


def calibrated(scores, seen, handicap=CALIBRATION):
    scores = np.array(scores)
    scores[:, seen] -= handicap
    return scores


def call(model, signature, **inputs):
    tensors = {name: tf.constant(rows) for name, rows in inputs.items()}
    found = model.signatures[signature](**tensors)
    return {name: value.numpy() for name, value in found.items()}


def assert_same_scores(found, expected):
    """Equal to 1e-5 of the spread."""
    far = np.abs(found - expected).max()
    assert far <= 3e-5 * np.std(expected), far / np.std(expected)


def moved(benchmark, scale, deviations):
    """The benchmark with other units and another origin of its features."""
    rows = benchmark.train.features
    offset = deviations * rows.std(0)

    def split(old):
        features = (scale * (old.features + offset)).astype(np.float32)
        return dataclasses.replace(old, features=features)

    return dataclasses.replace(
        benchmark,
        train=split(benchmark.train),
        test_seen=split(benchmark.test_seen),
        test_unseen=split(benchmark.test_unseen),
    )


def served(method, benchmark):
    """The scores of a method and of what is exported of it, by signature."""
    features = benchmark.test_seen.features
    expected = method.scores(features).numpy()
    handicap = expected.std()
    functions = Servable(method, benchmark, handicap, 0.0).functions
    found = functions["serving_default"](features=tf.constant(features))
    yield found["scores"], calibrated(expected, benchmark.seen, handicap)
    if "traditional" in functions:
        found = functions["traditional"](features=tf.constant(features))
        yield found["scores"], method.scores(features, "traditional")


@pytest.mark.parametrize("stand_in", [Linear, Curved])
@pytest.mark.parametrize("deviations", [0, 1e3])
@pytest.mark.parametrize("scale", [1e-6, 1.0, 1e6])
def test_units_and_origin_of_the_features_change_nothing(
    tiny, stand_in, scale, deviations
):
    benchmark = moved(tiny, scale, deviations)
    method = used(stand_in(benchmark.training()))
    for found, expected in served(method, benchmark):
        assert_same_scores(found, expected)


@pytest.mark.parametrize("deviations", [0, 1e3])
def test_features_are_shifted_only_where_float32_needs_it(tiny, deviations):
    benchmark = moved(tiny, 1.0, deviations)
    method = used(Linear(benchmark.training()))
    shift = Servable(method, benchmark, 0.0, 0.0).scores.shift
    assert (shift is None) == (deviations == 0)


@pytest.mark.slow
@pytest.mark.parametrize(
    "name, scale",
    [
        row
        for scale in (1e-6, 1e6)
        for row in of_every_method(pytest.mark.long, scale)
    ],
)
def test_every_method_is_served_as_it_is_evaluated(
    tiny, tmp_path, name, scale, monkeypatch
):
    """As it is built, and with what it fits to that: steps change nothing."""
    monkeypatch.setattr(Steps, "__call__", lambda self, *rows: {})
    benchmark = moved(tiny, scale, 1e3)
    method = built(name, benchmark.training())
    for state in method.rounds()[-2:]:
        method.advance(state)
        for setting in method.uses(state):
            method.use(setting)
            for found, expected in served(method, benchmark):
                assert_same_scores(found, expected)
    if scale < 1.0:
        save(tmp_path / "model", method, benchmark)
        assert_nothing_that_only_training_needs(tmp_path / "model")
        export.save_tflite(tmp_path / "model", tmp_path / "model.tflite")


def assert_nothing_that_only_training_needs(directory):
    model = tf.saved_model.load(str(directory))
    variables = [
        variable
        for signature in model.signatures.values()
        for variable in signature.graph.variables
    ]
    names = " ".join(variable.name for variable in variables)
    assert "critic" not in names and "optimizer" not in names
    assert "attention" not in names
    assert {v.dtype for v in variables} <= {tf.float32, tf.string}


def test_serving_default_gives_calibrated_scores_and_names(exported, tiny):
    method, _, model = exported
    features = tiny.test_unseen.features
    found = call(model, "serving_default", features=features)
    expected = calibrated(method.scores(features), tiny.seen)
    assert_same_scores(found["scores"], expected)
    np.testing.assert_array_equal(found["index"], expected.argmax(1))
    names = [tiny.class_names[i].encode() for i in expected.argmax(1)]
    assert found["classes"].tolist() == names


def test_signatures_are_what_the_method_offers(exported):
    method, _, model = exported
    further = {
        Linear: set(),
        Curved: {"traditional", "describe"},
    }[type(method)]
    always = {"serving_default", "names", "classify", "prototypes"}
    assert set(model.signatures) == always | further


def test_each_signature_is_traced_once(tiny, tmp_path):
    for stand_in, scored in ((Linear, 0), (Curved, 1)):
        method = used(stand_in(tiny.training()))
        save(tmp_path / stand_in.title, method, tiny)
        assert method.traced == scored + 1  # and once for `classify`


def test_inputs_are_the_lists_of_lists_of_the_rest_api(exported, tiny):
    _, _, model = exported
    rows = tiny.test_seen.features
    request = json.loads(json.dumps({"features": rows.tolist()}))
    found = call(model, "serving_default", **request)
    direct = call(model, "serving_default", features=rows)
    np.testing.assert_array_equal(found["scores"], direct["scores"])
    assert {name: value.dtype for name, value in found.items()} == {
        "scores": np.float32,
        "index": np.int64,
        "classes": object,
    }
    assert {len(value) for value in found.values()} == {len(rows)}


def test_classes_are_the_callers(exported, tiny):
    method, _, model = exported
    semantics = tiny.semantics[[8, 9]] + 0.5
    features = tiny.test_unseen.features
    found = call(
        model,
        "classify",
        features=features,
        semantics=semantics,
        seen=[False, False],
    )
    expected = method.classify(features, semantics)
    assert_same_scores(found["scores"], expected)
    np.testing.assert_array_equal(found["index"], np.argmax(expected, 1))


def test_classify_calibrates_the_classes_that_are_marked(exported, tiny):
    method, _, model = exported
    features = tiny.test_unseen.features
    seen = np.arange(10) % 2 == 0
    found = call(
        model,
        "classify",
        features=features,
        semantics=tiny.semantics,
        seen=seen,
    )
    scores = method.classify(features, tiny.semantics)
    expected = calibrated(scores, seen, OPEN_CALIBRATION)
    assert_same_scores(found["scores"], expected)
    np.testing.assert_array_equal(found["seen"], seen)


@pytest.mark.parametrize("count", [1, 9])
def test_every_class_needs_its_mark(exported, tiny, count):
    with pytest.raises(
        tf.errors.InvalidArgumentError, match="`seen` must be one bool a row"
    ):
        call(
            exported[2],
            "classify",
            features=tiny.test_seen.features,
            semantics=tiny.semantics,
            seen=[True] * count,
        )


def test_prototypes_and_descriptions_are_the_methods(exported, tiny):
    method, _, model = exported
    for ability, rows, source in (
        ("prototypes", tiny.semantics, "semantics"),
        ("describe", tiny.test_seen.features, "features"),
    ):
        if ability in method.abilities():
            (found,) = call(model, ability, **{source: rows}).values()
            expected = method.abilities()[ability](rows)
            np.testing.assert_allclose(found, expected, rtol=1e-5)


def test_names_are_those_of_the_columns(exported, tiny):
    found = call(exported[2], "names", index=np.array([9, 0]))
    assert found["classes"].tolist() == [b"j", b"a"]


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("signature", ["serving_default", "classify"])
def test_a_number_that_is_not_finite_is_refused(
    exported, tiny, signature, value
):
    inputs = {"features": tiny.test_seen.features.copy()}
    inputs["features"][3, 2] = value
    if signature == "classify":
        inputs |= {"semantics": tiny.semantics, "seen": [False] * 10}
    with pytest.raises(
        tf.errors.InvalidArgumentError, match="`features` must be finite"
    ):
        call(exported[2], signature, **inputs)


@pytest.mark.parametrize("width", [1, 5, 7])
def test_another_width_is_refused(exported, width):
    rows = np.zeros((2, width), np.float32)
    with pytest.raises(
        tf.errors.InvalidArgumentError, match=r"not compatible with .*\[\?,6\]"
    ):
        call(exported[2], "serving_default", features=rows)


def test_assets_tell_what_the_model_is(exported, tiny):
    assets = exported[1] / "assets"
    content = {
        path.stem: json.loads(path.read_text())
        for path in assets.glob("*.json")
    }
    assert content == {
        "classes": {
            "names": list("abcdefghij"),
            "seen": list("abcdefg"),
            "unseen": list("hij"),
        },
        "attributes": [],
        "config": {"dataset": "cub", "aspn.epochs": "2"},
        "data": {
            "name": "tiny",
            "fingerprint": "tiny",
            "notes": [],
            "card": None,
        },
        "measured": {
            "calibration": CALIBRATION,
            "open_calibration": OPEN_CALIBRATION,
            "T": 50.0,
        },
        "confidence": SURE,
        "added": {},
    }
    np.testing.assert_array_equal(
        np.load(assets / "semantics.npy"), tiny.semantics
    )


@pytest.mark.slow
def test_a_process_without_aspn_tf_gives_equal_scores(tiny, tmp_path):
    method = used(Curved(tiny.training()))
    save(tmp_path / "model", method, tiny)
    features = tiny.test_unseen.features
    np.save(tmp_path / "features.npy", features)
    subprocess.run(
        [
            *(sys.executable, "-I", "-c", STRANGER),
            *("model", "features.npy", "scores.npz"),
        ],
        cwd=tmp_path,
        check=True,
        capture_output=True,
    )
    found = np.load(tmp_path / "scores.npz")["scores"]
    expected = calibrated(method.scores(features), tiny.seen)
    assert_same_scores(found, expected)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:.*tf.lite.Interpreter is deprecated")
def test_tensorflow_lite_gives_equal_scores(exported, tiny, tmp_path):
    _, directory, model = exported
    export.save_tflite(directory, tmp_path / "model.tflite")
    lite = tf.lite.Interpreter(str(tmp_path / "model.tflite"))
    assert set(lite.get_signature_list()) == set(model.signatures)
    features = tiny.test_unseen.features
    classes = {"semantics": tiny.semantics, "seen": np.arange(10) < 7}
    for name, inputs in (("classify", classes), ("serving_default", {})):
        inputs = {"features": features, **inputs}
        found = lite.get_signature_runner(name)(**inputs)
        expected = call(model, name, **inputs)
        assert_same_scores(found.pop("scores"), expected.pop("scores"))
        for output, values in expected.items():
            assert found[output].tolist() == values.tolist()


def test_nothing_is_overwritten(tiny, tmp_path):
    with pytest.raises(InputError, match="does not exist yet"):
        save(tmp_path, None, tiny)


def test_a_failure_leaves_nothing(tiny, tmp_path):
    with pytest.raises(AttributeError):
        save(tmp_path / "model", None, tiny)
    assert list(tmp_path.iterdir()) == []
