"""What trained embeddings share: the step, its schedule, the semantics."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from aspn_tf.methods import dense, embedding
from aspn_tf.methods.adam import FusedAdam
from aspn_tf.methods.embedding import EmbeddingModel


class Line(EmbeddingModel):
    """x w against the label, and a decay of w."""

    TERMS = ("error", "decay")

    def __init__(self):
        super().__init__()
        self.slope = self.add_weight(shape=(), initializer="ones")

    def terms(self, features, labels):
        wrong = self.slope * features[:, 0] - tf.cast(labels, tf.float32)
        decay = dense.half_squares([self.slope])
        return {"error": tf.reduce_mean(wrong**2), "decay": 0.5 * decay}


BATCH = tf.constant([[1.0], [3.0]]), tf.constant([0, 1], tf.int64)


def test_a_step_goes_down_the_sum_of_the_terms():
    model = Line()
    model.compile(keras.optimizers.SGD(0.1))
    logs = model.train_step(BATCH)
    # (1 + 4) / 2, and 0.5 half of 1; the slope is (1 1 + 2 3) + 0.5.
    assert float(logs["error"]) == 2.5 and float(logs["decay"]) == 0.25
    assert float(logs["objective"]) == 2.75
    assert float(model.slope) == pytest.approx(1.0 - 0.1 * 7.5)


def test_a_scaled_loss_moves_as_far():
    keras.config.set_dtype_policy("mixed_float16")
    try:
        model = Line()
        model.compile(keras.optimizers.SGD(0.1))
    finally:
        keras.config.set_dtype_policy("float32")
    assert isinstance(model.optimizer, keras.optimizers.LossScaleOptimizer)
    model.train_step(BATCH)
    assert float(model.slope) == pytest.approx(1.0 - 0.1 * 7.5, rel=1e-3)


def test_a_rate_falls_by_its_factor_every_so_many_updates():
    optimizer = FusedAdam(embedding.falling(0.8, 0.5, 2))
    weight = keras.Variable(0.0)
    optimizer.build([weight])
    rates = []
    for _ in range(5):
        rates.append(float(optimizer.learning_rate))
        optimizer.apply([tf.constant(1.0)], [weight])
    assert rates == pytest.approx([0.8, 0.8, 0.4, 0.4, 0.2])


def test_semantics_have_the_length_that_is_asked_for():
    rows = np.array([[3.0, 4.0], [0.0, 0.0]])
    np.testing.assert_allclose(embedding.brought_to(rows, 0.0), rows)
    wanted = [[6.0, 8.0], [0.0, 0.0]]
    np.testing.assert_allclose(
        embedding.brought_to(rows, 10.0), wanted, rtol=1e-6
    )
