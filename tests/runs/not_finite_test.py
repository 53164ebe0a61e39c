"""A loss that is not finite ends a run; what was good before it is kept."""

import re

import numpy as np
import pytest
import small
import tensorflow as tf

from aspn_tf import stopping
from aspn_tf.config import Config
from aspn_tf.errors import InputError
from aspn_tf.methods import registry
from aspn_tf.runs import run, trail

pytestmark = pytest.mark.slow
METHODS = ["aspn", pytest.param("clswgan", marks=pytest.mark.long)]
TERM = r"with which `\w+` was (nan|-?inf) in epoch {}, step \d+; lower it"


@pytest.mark.parametrize("method", METHODS)
def test_the_last_good_state_is_kept(tiny, tmp_path, monkeypatch, method):
    monkeypatch.setattr(trail, "EVERY", 0.0)
    monkeypatch.setattr(run, "loaded", lambda _: tiny)
    monkeypatch.setattr(stopping, "listen", lambda: None)
    own = small.settings(method, epochs=4, patience=0)
    config = Config(
        method=method, run_dir=str(tmp_path / "run"), settings={method: own}
    )
    kind = registry.method_class(method)
    true = kind.advance

    def poisoned(self, state):
        if state["epoch"] == 3:
            self._features = self._features * np.float32(np.inf)
        return true(self, state)

    with monkeypatch.context() as patch:
        patch.setattr(kind, "advance", poisoned)
        with pytest.raises(InputError) as error:
            run.run(config)
    assert re.search(TERM.format(3), str(error.value)), error.value
    assert f"`--{method}.learning_rate`" in str(error.value)
    (place,) = (tmp_path / "run" / trail.FOLDER).glob("*-*")
    for name, _ in tf.train.list_variables(str(place / "state")):
        value = np.asarray(tf.train.load_variable(str(place / "state"), name))
        if value.dtype.kind == "f":
            assert np.isfinite(value).all(), name
    assert not (tmp_path / "run/results.json").exists()
    run.run(config)  # what has passed is gone on with
    assert (tmp_path / "run/results.json").exists()


@pytest.mark.parametrize("method", METHODS)
def test_a_huge_learning_rate_is_named(tiny, tmp_path, monkeypatch, method):
    monkeypatch.setattr(run, "loaded", lambda _: tiny)
    monkeypatch.setattr(stopping, "listen", lambda: None)
    own = small.settings(method, learning_rate=1e30)
    config = Config(
        method=method, run_dir=str(tmp_path / "run"), settings={method: own}
    )
    with pytest.raises(InputError, match=rf"{method}.learning_rate=1e\+30"):
        run.run(config)
