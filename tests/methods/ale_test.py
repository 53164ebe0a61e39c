"""ALE: the counted rank against the authors' sampled one."""

import math

import numpy as np
import pytest
import tensorflow as tf
from small import trained

from aspn_tf.evaluation.evaluator import Evaluator
from aspn_tf.methods import ranking
from aspn_tf.methods.ale.method import ALE

WRONG = 39  # classes


def sampled(violators):
    """The authors' mean weight of a step, in all.

    They draw wrong classes until one violates, N of them; r is then taken to
    be the whole part of 39 / N.
    """
    total = 0.0
    for draws in range(1, WRONG - violators + 2):
        chance = math.comb(WRONG - draws, violators - 1)
        beta = sum(1.0 / j for j in range(1, WRONG // draws + 1))
        total += chance / math.comb(WRONG, violators) * beta
    return total


def counted(violators):
    margins = np.full((1, 1 + WRONG), -1.0, np.float32)
    margins[0, 1 : 1 + violators] = 1.0
    return float(tf.reduce_sum(ALE.weigh(margins)))


def test_the_rank_is_counted():
    assert ALE.weigh is ranking.by_rank


def test_sampling_the_rank_weighs_1_to_1_58_times_as_much():
    ratios = [sampled(r) / counted(r) for r in range(1, WRONG + 1)]
    assert ratios[0] == pytest.approx(1.58, abs=0.01)
    assert ratios[-1] == pytest.approx(1.0, abs=1e-4)
    assert (np.diff(ratios) < 1e-6).all()


def test_linear_features_are_recognised(tiny):
    method = trained("ale", tiny.training(), learning_rate=0.1, epochs=30)
    report = Evaluator(method, tiny).report()
    assert report.T > 60.0 and report.s > 60.0
