"""The README's example: "47" is nowhere in training, and is recognised."""

import numpy as np
import pytest

import aspn_tf
from aspn_tf.evaluation import selection
from aspn_tf.methods import registry
from aspn_tf.serving import export


@pytest.mark.slow
def test_a_class_added_by_its_semantics_is_recognised(tmp_path, digit_pairs):
    known = digit_pairs.without(["47"])
    settings = registry.settings_class("aspn")(epochs=1)
    method = registry.build("aspn", known.training(), settings)
    list(selection.train(method))
    export.save(tmp_path / "model47", method, known, [], {}, 0.0, 0.0)
    model = aspn_tf.load(str(tmp_path / "model47"))
    assert "47" not in model.classes and len(model.classes) == 99
    forty_seven = np.zeros(20, np.float32)
    forty_seven[[4, 10 + 7]] = 1
    images = digit_pairs.test_seen.features[
        digit_pairs.test_seen.labels == digit_pairs.class_names.index("47")
    ]
    answer = model.classify(images, {**model.classes, "47": forty_seven})
    assert (answer.names[:, 0] == "47").mean() > 0.9
    assert "47" not in answer.seen and len(answer.seen) == 79
