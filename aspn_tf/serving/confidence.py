"""From scores to probabilities, and below which to give no answer.

What they need was measured in training; see `aspn_tf.evaluation.confidence`.
"""

import numpy as np

from aspn_tf.errors import InputError


def probabilities(scores, temperature):
    """The softmax (n, C) of scores over a temperature, float64."""
    scores = scores.astype(np.float64) / temperature
    chances = np.exp(scores - scores.max(axis=1, keepdims=True))
    return chances / chances.sum(axis=1, keepdims=True)


def threshold(strangers, false_accept_rate):
    """The probability that a given share of strangers does not fall below.

    Args:
      strangers: rising quantiles of the largest probability of strangers.
      false_accept_rate: the share, 0 to 1.

    Raises:
      InputError: the rate is not in 0 to 1.
    """
    if not 0.0 <= false_accept_rate <= 1.0:
        raise InputError(
            "`false_accept_rate` must be from 0 to 1. Received: "
            f"{false_accept_rate}"
        )
    ranks = np.linspace(0.0, 1.0, len(strangers))
    found = np.interp(1.0 - false_accept_rate, ranks, strangers)
    return float(np.nextafter(found, 2.0))
