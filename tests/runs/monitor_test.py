"""What TensorBoard finds in a run directory."""

import re

import numpy as np
import pytest
import tensorflow as tf
from google.protobuf import text_format
from tensorboard.backend.event_processing import event_accumulator
from tensorboard.plugins import projector
from tensorboard.plugins.hparams import metadata, plugin_data_pb2

from aspn_tf.config import Config
from aspn_tf.runs.monitor import Monitor, data_card

RATES = {"T": 98.0, "u": 93.0, "s": 94.0, "H": 93.5}
RESULTS = {**RATES, "AUSUC": 90.0}


@pytest.fixture(scope="module")
def run(tmp_path_factory, tiny):
    """A run directory with everything that a run writes."""
    directory = tmp_path_factory.mktemp("run")
    with Monitor(directory, Config(seed=3)) as monitor:
        for step in (1, 2):
            logs = {"visual": 2.0 / step, "alpha": 0.5}
            monitor.state("validation", step, logs, RATES)
            monitor.state("train", step, logs)
        monitor.histogram("parameter/prototype_norms", np.arange(9.0), 2)
        monitor.text("data", data_card(tiny))
        monitor.figure("confusion", np.zeros((4, 6, 3), np.uint8))
        png = tf.io.encode_png(np.zeros((2, 5, 3), np.uint8)).numpy()
        monitor.figure("bars", png)
        labels = {"class": "abcdefghij", "kind": "k" * 10}
        monitor.projector("all", tiny.semantics, labels)
        monitor.finish(RESULTS)
    return directory


def events(directory):
    found = event_accumulator.EventAccumulator(str(directory))
    return found.Reload()


def numbers(found, tag):
    return [
        (event.step, float(tf.make_ndarray(event.tensor_proto)))
        for event in found.Tensors(tag)
    ]


def test_scalars_are_grouped_by_loss_metric_and_parameter(run):
    found = events(run / "validation")
    assert set(found.Tags()["tensors"]) == {
        "loss/visual",
        "parameter/alpha",
        "parameter/alpha_histogram",
        *(f"metric/{name}" for name in "TusH"),
    }
    assert numbers(found, "loss/visual") == [(1, 2.0), (2, 1.0)]
    assert numbers(found, "metric/H") == [(1, 93.5), (2, 93.5)]


def test_phases_are_runs_of_their_own(run):
    assert numbers(events(run / "train"), "loss/visual") == [(1, 2.0), (2, 1.0)]


def test_histograms_are_of_the_kept_training(run):
    tags = events(run / "train").Tags()["tensors"]
    assert "parameter/prototype_norms" in tags


def test_texts_hold_the_config_and_the_data_card(run):
    found = events(run)
    config, card = (
        tf.make_ndarray(found.Tensors(tag)[0].tensor_proto).item().decode()
        for tag in ("config", "data")
    )
    assert re.search(r"\| seed +\| +3 \|", config)
    assert re.search(r"\| unseen classes +\| +3 \|", card)


def test_pictures_keep_their_size(run):
    found = events(run)
    for tag, size in (("confusion", (6, 4)), ("bars", (5, 2))):
        width, height, _ = tf.make_ndarray(found.Tensors(tag)[0].tensor_proto)
        assert (int(width), int(height)) == size


def test_hparams_tell_what_was_compared_and_measured(run):
    found = events(run)
    assert numbers(found, "result/H") == [(0, 93.5)]
    assert numbers(found, "result/AUSUC") == [(0, 90.0)]
    content = found.SummaryMetadata(metadata.SESSION_START_INFO_TAG)
    session = metadata.parse_session_start_info_plugin_data(
        content.plugin_data.content
    )
    assert isinstance(session, plugin_data_pb2.SessionStartInfo)
    assert {k: v.string_value for k, v in session.hparams.items()} == {
        "method": "aspn",
        "dataset": "digit_pairs",
        "seed": "3",
        "reading": "default",
    }


def test_the_projector_finds_rows_and_labels(run, tiny):
    config = text_format.Parse(
        (run / "projector_config.pbtxt").read_text(),
        projector.ProjectorConfig(),
    )
    (embedding,) = config.embeddings
    assert embedding.tensor_name == "all"
    rows = np.loadtxt(run / embedding.tensor_path)
    np.testing.assert_allclose(rows, tiny.semantics, rtol=1e-5)
    labels = (run / embedding.metadata_path).read_text().splitlines()
    assert labels[:2] == ["class\tkind", "a\tk"]
    assert len(labels) == 11
