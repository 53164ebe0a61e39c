"""Predictor: what it answers, and how little of it travels."""

import pickle

import forked
import numpy as np
import pytest
from stand_ins import Linear

import aspn_tf
from aspn_tf.errors import InputError
from aspn_tf.serving import export
from aspn_tf.serving.predictor import Predictor

ELSEWHERE = """
import pickle, sys
import numpy as np
with open("predictor", "rb") as file:
    predictor = pickle.load(file)
names, scores = predictor(np.load("rows.npy"))
print(*names[:, 0])
"""


@pytest.fixture(scope="module")
def place(tiny, tmp_path_factory):
    """Where a model is, and rows for it."""
    place = tmp_path_factory.mktemp("served")
    method = Linear(tiny.training())
    export.save(place / "model", method, tiny, [], {}, 0.25, 0.25)
    np.save(place / "rows.npy", tiny.test_seen.features)
    return place


def test_it_answers_as_the_model(place, tiny):
    names, scores = Predictor(place / "model", top_k=3)(tiny.train.features)
    wanted = aspn_tf.load(place / "model").classify(
        tiny.train.features, top_k=3
    )
    np.testing.assert_array_equal(names, wanted.names)
    np.testing.assert_array_equal(scores, wanted.scores)


def test_no_more_classes_than_there_are(place, tiny):
    names, _ = Predictor(place / "model", top_k=99)(tiny.train.features[:2])
    assert sorted(names[0]) == list("abcdefghij")


def test_what_travels_is_where_the_model_lies(place, tiny, monkeypatch):
    monkeypatch.chdir(place)
    predictor = Predictor("model", top_k=2)
    before = pickle.dumps(predictor)
    predictor(tiny.train.features)
    assert pickle.dumps(predictor) == before and len(before) < 1000
    monkeypatch.chdir("/")
    names, scores = pickle.loads(before)(tiny.train.features)
    assert names.shape == scores.shape == (84, 2)


def test_a_process_loads_once(place):
    one, other = Predictor(place / "model"), Predictor(place / "model")
    assert one.model is other.model


def test_what_cannot_be_used_is_refused(place, tmp_path):
    with pytest.raises(InputError, match="`--top_k` must be"):
        Predictor(place / "model", top_k=0)
    with pytest.raises(InputError, match=r"must have the shape \(rows, 6\)"):
        Predictor(place / "model")(np.zeros((2, 5)))
    with pytest.raises(InputError, match="A model must be a directory"):
        Predictor(tmp_path)(np.zeros((2, 6)))


@pytest.mark.slow
def test_another_process_answers_the_same(place, tiny):
    predictor = Predictor(place / "model")
    (place / "predictor").write_bytes(pickle.dumps(predictor))
    done = forked.run(["-c", ELSEWHERE], cwd=place)
    assert done.returncode == 0, done.stderr
    names, _ = predictor(tiny.test_seen.features)
    assert done.stdout.split() == names[:, 0].tolist()
