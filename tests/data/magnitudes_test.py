"""Bounds of what is squared."""

import dataclasses

import numpy as np
import pytest

from aspn_tf import ZeroShotClassifier
from aspn_tf.config import Config
from aspn_tf.data import loading, magnitudes
from aspn_tf.errors import InputError
from aspn_tf.runs import run

ONES = np.ones((2, 3), np.float32)


@pytest.mark.parametrize("factor", [2e-6, -1.0, 5e8])
def test_numbers_within_the_bounds_pass(factor):
    magnitudes.check(factor * ONES, -factor * ONES)


@pytest.mark.parametrize("factor", [1e-30, -1e30])
@pytest.mark.parametrize("place", [0, 1])
def test_others_are_refused_by_name(factor, place):
    given = [ONES, ONES]
    given[place] = ONES * np.float32(factor)
    name = ("features", "semantics")[place]
    with pytest.raises(InputError, match=f"{name}.*1e-06 and 1e\\+09.*divide"):
        magnitudes.check(*given)


def test_one_number_is_enough_and_none_is_nothing():
    one = ONES.copy()
    one[1, 2] = -1e12
    with pytest.raises(InputError, match="Received: 1e\\+12"):
        magnitudes.check(one, ONES)
    with pytest.raises(InputError, match="Received: 0; they are all 0"):
        magnitudes.check(ONES, 0 * ONES)


def test_runs_and_the_classifier_check_them(tiny, monkeypatch):
    split = dataclasses.replace(tiny.train, features=tiny.train.features * 1e20)
    large = dataclasses.replace(tiny, train=split)
    monkeypatch.setattr(loading, "load", lambda *_, **__: large)
    with pytest.raises(InputError, match="largest magnitude of `features`"):
        run.loaded(Config())
    with pytest.raises(InputError, match="largest magnitude of `features`"):
        ZeroShotClassifier("sae").fit(split.features, split.labels)
