"""The order of examples and the compiled loop."""

import functools

import keras
import numpy as np
import pytest
import tensorflow as tf

from aspn_tf.errors import InputError
from aspn_tf.methods import training
from aspn_tf.methods.training import (
    Order,
    Steps,
    check_finite,
    some_of_each,
    steps_of,
)


def test_every_pass_draws_every_example_once():
    order = Order(10, seed=3)
    drawn = np.concatenate([order.take(n) for n in (3, 4, 3, 10, 7, 3)])
    for start in (0, 10, 20):
        assert sorted(drawn[start : start + 10]) == list(range(10))
    assert drawn[:10].tolist() != drawn[10:20].tolist()


def test_it_does_not_matter_how_many_are_taken_at_once():
    one, other = Order(7, seed=0), Order(7, seed=0)
    piecewise = np.concatenate([one.take(n) for n in (1, 2, 20, 12)])
    np.testing.assert_array_equal(piecewise, other.take(35))


def test_another_seed_draws_another_order():
    assert Order(50, 0).take(50).tolist() != Order(50, 1).take(50).tolist()


def test_a_restored_position_goes_on(tmp_path):
    order = Order(9, seed=1)
    order.take(13)
    path = tf.train.Checkpoint(order=order).write(str(tmp_path / "at"))
    following = order.take(11)
    other = Order(9, seed=1)
    tf.train.Checkpoint(order=other).read(path).assert_consumed()
    np.testing.assert_array_equal(other.take(11), following)


@pytest.mark.parametrize(
    ("asked", "expected"), [(0, 4), (1, 1), (9, 9)], ids=str
)
def test_an_epoch_is_one_pass_unless_told_otherwise(asked, expected):
    assert steps_of(asked, 100, 32) == expected


class Sum(keras.Model):
    """Adds up the rows it is shown."""

    def __init__(self):
        super().__init__()
        self.total = self.add_weight(shape=(2,), initializer="zeros")
        self.tracker = keras.metrics.Mean("label")
        self.traces = []

    @property
    def metrics(self):
        return [self.tracker]

    def train_step(self, data):
        features, labels = data
        self.traces.append(len(self.traces))
        self.total.assign_add(tf.reduce_sum(features, axis=0))
        self.tracker.update_state(tf.reduce_mean(tf.cast(labels, tf.float32)))
        return {"label": self.tracker.result()}


def test_steps_see_the_rows_they_are_told_and_are_traced_once():
    model = Sum()
    steps = Steps(model)
    features = tf.constant([[1.0, 0.0], [10.0, 0.0], [0.0, 100.0]])
    labels = tf.constant([3, 5, 8], tf.int64)
    logs = steps(features, labels, np.array([[0, 1], [1, 1], [2, 0]]))
    assert model.total.numpy().tolist() == [32.0, 100.0]
    assert logs == {"label": pytest.approx((4.0 + 5.0 + 5.5) / 3)}
    logs = steps(features, labels, np.array([[2, 2], [2, 2]]))
    assert logs == {"label": 8.0}
    assert len(model.traces) <= 2


def test_rows_that_are_read_when_needed_train_the_same(monkeypatch):
    monkeypatch.setattr(training, "READ", 4)
    rows = np.random.default_rng(0).integers(0, 9, (5, 2))
    features = tf.random.stateless_normal((9, 2), (0, 1))
    labels = tf.range(9, dtype=tf.int64)
    asked = []

    def read(drawn):
        asked.append(len(drawn))
        return tf.gather(features, drawn)

    held, streamed = Sum(), Sum()
    wanted = Steps(held)(features, labels, rows)
    found = Steps(streamed)(read, labels, rows)
    assert asked == [4, 4, 2]
    assert found == wanted
    assert found.finite == wanted.finite == {"label": 5}
    np.testing.assert_array_equal(streamed.total, held.total)
    assert len(streamed.traces) <= 2


def test_a_loss_that_is_not_finite_is_named():
    check_finite({"objective": 1.0}, "m.rate", 0.1, 3)
    with pytest.raises(InputError, match="--m.rate=0.1, with which `critic`"):
        check_finite(
            {"objective": 1.0, "critic": float("nan")}, "m.rate", 0.1, 3
        )


@pytest.mark.parametrize("streamed", [False, True])
@pytest.mark.parametrize("poisoned", [0, 5, 11])
def test_the_first_term_and_step_that_are_not_finite_are_named(
    poisoned, streamed, monkeypatch
):
    monkeypatch.setattr(training, "READ", 4)

    class Two(keras.Model):
        def __init__(self):
            super().__init__()
            names = ("good", "after", "first")
            self.trackers = {name: keras.metrics.Mean(name) for name in names}
            self.before = tf.Variable(0.0)

        @property
        def metrics(self):
            return list(self.trackers.values())

        def train_step(self, data):
            features, _ = data
            found = tf.reduce_sum(features)
            self.trackers["good"].update_state(1.0)
            self.trackers["after"].update_state(self.before)
            self.trackers["first"].update_state(found)
            self.before.assign_add(found)
            return {}

    features = np.zeros((12, 3), np.float32)
    features[poisoned] = np.inf
    rows = np.arange(12).reshape(-1, 1)
    held = tf.constant(features)
    given = functools.partial(tf.gather, held) if streamed else held
    logs = Steps(Two())(given, tf.zeros(12, tf.int64), rows)
    told = f"`first` was inf in epoch 7, step {poisoned + 1};"
    with pytest.raises(InputError, match=told):
        check_finite(logs, "x.rate", 1.0, 7)
    assert logs.finite["good"] == 12
    assert logs.finite["after"] == min(12, poisoned + 1)


def test_some_rows_of_each_class_are_drawn_once():
    labels = np.array([3, 1, 3, 3, 1, 3, 0])
    rows = some_of_each(labels, 2, seed=0)
    assert len(np.unique(rows)) == len(rows)
    np.testing.assert_array_equal(
        np.bincount(labels[rows], minlength=4), [1, 2, 0, 2]
    )
    drawn = {tuple(sorted(some_of_each(labels, 2, s))) for s in range(9)}
    assert len(drawn) > 1
