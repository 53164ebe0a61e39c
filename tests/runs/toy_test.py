"""A method takes its file and one line in the registry.

Then it is trained, selected, calibrated, costed, exported and compared by the
same functions as every other.
"""

import json

import numpy as np
import pytest
import tensorflow as tf
import toy

import aspn_tf
from aspn_tf.config import Config
from aspn_tf.helping import help_text
from aspn_tf.methods import registry
from aspn_tf.runs import comparison, run, study


@pytest.fixture(scope="module")
def ran(tiny, tmp_path_factory):
    """The directory and the results of a run."""
    place = tmp_path_factory.mktemp("toy") / "run"
    with pytest.MonkeyPatch.context() as patch:
        toy.register(patch)
        config = Config(method="toy").with_settings(fog=9.0)
        return place, run.run_seed(config, tiny, place, tiny)


@pytest.fixture(autouse=True)
def registered(monkeypatch):
    toy.register(monkeypatch)


@pytest.fixture
def restored(ran, tiny):
    """The method as its checkpoint has it."""
    method = registry.build("toy", tiny.training())
    path = str(ran[0] / "checkpoints" / "final")
    reader = tf.train.Checkpoint(method=method).read(path)
    reader.assert_existing_objects_matched()
    return method


def test_it_is_selected_calibrated_and_costed(ran):
    directory, results = ran
    assert results["method"] == "toy"
    assert results["setting"] in ({"epoch": 1}, {"epoch": 2})
    assert results["calibrated"] and results["calibration"] != 0.0
    assert results["H"] != results["uncalibrated"]["H"]
    assert results["cost"]["parameters"] == 6 * 4
    assert results["cost"]["training_step_flops"] > 0
    assert json.loads((directory / "results.json").read_text()) == results
    assert (directory / "per_class.png").exists()


def test_its_export_answers_as_it_does(ran, restored, tiny):
    directory, results = ran
    features = tiny.test_unseen.features
    model = aspn_tf.load(directory / "model")
    scores = np.array(restored.scores(features))
    scores[:, tiny.seen] -= results["calibration"]
    found = model.classify(features, top_k=1)
    names = [tiny.class_names[k] for k in scores.argmax(1)]
    assert found.names[:, 0].tolist() == names
    np.testing.assert_allclose(found.scores[:, 0], scores.max(1), rtol=1e-4)


@pytest.mark.slow
def test_it_is_compared(tiny, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(study, "load", lambda config: tiny)
    place = tmp_path / "run"
    comparison.main(Config(run_dir=str(place)), "toy,sae")
    rows = json.loads((place / "comparison.json").read_text())["rows"]
    assert [row["title"] for row in rows] == ["Toy", "SAE (closed form)"]
    assert all(row["seeds"] == [0] for row in rows)
    (note,) = toy.Toy.notes
    assert note in capsys.readouterr().out


def test_help_tells_its_settings():
    text = help_text(["main", "--help", "--method=toy"], [], True)
    assert "--toy.fog=0.1" in text and "default|literal" in text
