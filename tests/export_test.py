"""The SavedModel: signatures, contents, refusals, and a stranger's process."""

import json
import subprocess
import sys

import numpy as np
import pytest
import tensorflow as tf

from aspn_tf import experiment, export
from aspn_tf.baselines import METHODS
from aspn_tf.config import Config
from aspn_tf.errors import InputError
from aspn_tf.evaluator import Evaluator

CALIBRATION = 0.25
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


def fitted(name, benchmark):
    method = METHODS[name](Config(epochs=1, method=name))
    for _ in method.fit(benchmark):
        pass
    return method


def save(directory, method, benchmark):
    export.save(
        directory, method, benchmark, Config(), {"T": 50.0}, CALIBRATION
    )


@pytest.fixture(scope="module", params=["aspn", "eszsl"])
def exported(request, tiny, tmp_path_factory):
    """A fitted method, where it was exported, and what loads from there."""
    directory = tmp_path_factory.mktemp("exported") / "model"
    method = fitted(request.param, tiny)
    save(directory, method, tiny)
    return method, directory, tf.saved_model.load(str(directory))


def calibrated(method, benchmark, features):
    scores = method.scores(features).numpy()
    scores[:, benchmark.seen] -= CALIBRATION
    return scores


def call(model, signature, **inputs):
    tensors = {name: tf.constant(rows) for name, rows in inputs.items()}
    found = model.signatures[signature](**tensors)
    return {name: value.numpy() for name, value in found.items()}


def test_serving_default_gives_calibrated_scores_and_names(exported, tiny):
    method, _, model = exported
    features = tiny.test_unseen.features
    found = call(model, "serving_default", features=features)
    expected = calibrated(method, tiny, features)
    np.testing.assert_allclose(found["scores"], expected, rtol=1e-5, atol=1e-5)
    np.testing.assert_array_equal(found["index"], expected.argmax(1))
    names = [tiny.class_names[i].encode() for i in expected.argmax(1)]
    assert found["classes"].tolist() == names


@pytest.mark.parametrize("classifier", [{}, {"classifier": "softmax"}])
def test_a_softmax_leaves_the_traditional_task_to_prototypes(
    tiny, tmp_path, classifier
):
    method = METHODS["aspn"](Config(epochs=1))
    for _ in method.fit(tiny, {"epoch": 1, **classifier}):
        pass
    save(tmp_path / "model", method, tiny)
    model = tf.saved_model.load(str(tmp_path / "model"))
    assert ("traditional" in model.signatures) == bool(classifier)
    if classifier:
        features = tiny.test_unseen.features
        found = call(model, "traditional", features=features)
        np.testing.assert_allclose(
            found["scores"], method.unseen_scores(features), rtol=1e-4
        )


def test_the_saved_model_has_the_evaluators_measures(exported, tiny):
    method, _, model = exported
    report = Evaluator(method, tiny).report(calibration=CALIBRATION)

    class Served(tf.Module):
        def scores(self, features):
            return model.signatures["serving_default"](features=features)[
                "scores"
            ]

    served = Evaluator(Served(), tiny).report(calibration=0.0)
    assert (served.u, served.s, served.H) == (report.u, report.s, report.H)


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


def test_class_counts_are_the_callers(exported, tiny):
    method, _, model = exported
    semantics = tiny.semantics[[8, 9]] + 0.5
    features = tiny.test_unseen.features
    found = call(model, "classify", features=features, semantics=semantics)
    expected = method.classify(features, semantics)
    np.testing.assert_allclose(found["scores"], expected, rtol=1e-5, atol=1e-5)
    np.testing.assert_array_equal(found["index"], np.argmax(expected, 1))


def test_classify_calibrates_the_classes_that_training_saw(exported, tiny):
    method, _, model = exported
    features = tiny.test_unseen.features
    found = call(model, "classify", features=features, semantics=tiny.semantics)
    expected = method.classify(features, tiny.semantics).numpy()
    expected[:, tiny.seen] -= CALIBRATION
    np.testing.assert_allclose(found["scores"], expected, rtol=1e-5, atol=1e-5)


def test_prototypes_are_the_methods(exported, tiny):
    method, _, model = exported
    found = call(model, "prototypes", semantics=tiny.semantics)
    np.testing.assert_allclose(
        found["prototypes"], method.prototypes(tiny.semantics), rtol=1e-5
    )


def test_describe_is_there_where_the_method_has_it(exported, tiny):
    method, _, model = exported
    assert ("describe" in model.signatures) == hasattr(method, "describe")
    if hasattr(method, "describe"):
        found = call(model, "describe", features=tiny.test_seen.features)
        assert found["semantics"].shape == (28, 4)


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
        inputs["semantics"] = tiny.semantics
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


def test_no_variable_is_of_training_alone(exported):
    variables = [
        variable
        for signature in exported[2].signatures.values()
        for variable in signature.graph.variables
    ]
    names = " ".join(variable.name for variable in variables)
    assert "critic" not in names and "optimizer" not in names
    assert "attention" not in names
    assert {v.dtype for v in variables} <= {tf.float32, tf.string}


def test_assets_tell_what_the_model_is(exported, tiny):
    assets = exported[1] / "assets"
    classes = json.loads((assets / "classes.json").read_text())
    assert classes["names"] == list(tiny.class_names)
    assert classes["unseen"] == ["h", "i", "j"]
    data = json.loads((assets / "data.json").read_text())
    assert data["fingerprint"] == "tiny"
    measured = json.loads((assets / "measured.json").read_text())
    assert measured == {"calibration": CALIBRATION, "T": 50.0}
    config = json.loads((assets / "config.json").read_text())
    assert config["dataset"] == "digit_pairs"
    np.testing.assert_array_equal(
        np.load(assets / "semantics.npy"), tiny.semantics
    )


def test_a_process_without_aspn_tf_gives_equal_scores(exported, tiny, tmp_path):
    method, directory, _ = exported
    features = tiny.test_unseen.features
    np.save(tmp_path / "features.npy", features)
    subprocess.run(
        [
            *(sys.executable, "-I", "-c", STRANGER),
            *(str(directory), "features.npy", "scores.npz"),
        ],
        cwd=tmp_path,
        check=True,
        capture_output=True,
    )
    found = np.load(tmp_path / "scores.npz")["scores"]
    np.testing.assert_allclose(
        found, calibrated(method, tiny, features), rtol=1e-5, atol=1e-5
    )


def test_every_method_is_exported(tiny, tmp_path):
    for name in ("sae", "clswgan"):
        method = fitted(name, tiny)
        save(tmp_path / name, method, tiny)
        model = tf.saved_model.load(str(tmp_path / name))
        features = tiny.test_seen.features
        found = call(model, "serving_default", features=features)
        np.testing.assert_allclose(
            found["scores"],
            calibrated(method, tiny, features),
            rtol=1e-4,
            atol=1e-4,
        )


@pytest.mark.filterwarnings("ignore:.*tf.lite.Interpreter is deprecated")
def test_tensorflow_lite_gives_equal_scores(exported, tiny, tmp_path):
    _, directory, model = exported
    export.save_tflite(directory, tmp_path / "model.tflite")
    lite = tf.lite.Interpreter(str(tmp_path / "model.tflite"))
    assert set(lite.get_signature_list()) == set(model.signatures)
    features = tiny.test_unseen.features
    inputs = {"features": features, "semantics": tiny.semantics}
    found = lite.get_signature_runner("classify")(**inputs)
    expected = call(model, "classify", **inputs)
    for name in ("scores", "index"):
        np.testing.assert_allclose(found[name], expected[name], rtol=1e-4)
    found = lite.get_signature_runner("serving_default")(features=features)
    expected = call(model, "serving_default", features=features)
    np.testing.assert_allclose(found["scores"], expected["scores"], rtol=1e-4)
    assert found["classes"].tolist() == expected["classes"].tolist()


@pytest.mark.parametrize("name", ["model.tflite", "model"])
def test_the_export_flag_names_a_second_place(tiny, tmp_path, name):
    place = tmp_path / "new" / name
    config = Config(method="eszsl", export=str(place))
    content = {"calibration": 0.0}
    experiment.keep(
        fitted("eszsl", tiny), tiny, content, tmp_path / "run", config
    )
    assert (tmp_path / "run/model/saved_model.pb").is_file()
    assert place.is_file() == (place.suffix == ".tflite")
    assert place.exists()


def test_nothing_is_overwritten(tiny, tmp_path):
    with pytest.raises(InputError, match="does not exist yet"):
        export.save(tmp_path, None, tiny, Config(), {}, 0.0)


def test_a_failure_leaves_nothing(tiny, tmp_path):
    with pytest.raises(AttributeError):
        export.save(tmp_path / "model", None, tiny, Config(), {}, 0.0)
    assert list(tmp_path.iterdir()) == []
