"""How large numbers may be whose squares are summed."""

import numpy as np

from aspn_tf.errors import InputError

LEAST, MOST = 1e-6, 1e9
PART = 4096  # rows that are looked at at once


def largest(values):
    """The largest magnitude of an array (n, d), or of what is read by rows."""
    return max(
        float(np.abs(values[start : start + PART]).max())
        for start in range(0, len(values), PART)
    )


def check(features, semantics):
    """Refuses numbers with which nothing is learnt, or something else.

    Sums of squares are taken of both; beyond these bounds they would leave
    float32, or vanish beside what regularises them, without a word.

    Args:
      features: (n, d), of training; an array, or what is read by rows.
      semantics: (C, q).

    Raises:
      InputError: the largest magnitude of one is out of bounds.
    """
    for name, values in ("features", features), ("semantics", semantics):
        found = largest(values)
        if not LEAST <= found <= MOST:
            advice = "divide them all by it" if found else "they are all 0"
            raise InputError(
                f"The largest magnitude of `{name}` must be between {LEAST:g} "
                f"and {MOST:g}. Received: {found:.3g}; {advice}."
            )
