"""The plain cosine of pictures and words that are in one space already.

What a model of both, such as CLIP, recognises without any training: the row
"zero-shot, same features, same text", which a learnt map must beat to be worth
its place.
"""

import numpy as np

from aspn_tf.evaluation.calibration import calibrate
from aspn_tf.evaluation.evaluator import Scores, measure

TITLE = "zero-shot, same features, same text"


def reports(benchmark, calibrated):
    """What the cosine reaches on the test splits of a benchmark.

    Args:
      benchmark: the `Benchmark`, whose features and semantics are of one space.
      calibrated: whether seen classes give something up, chosen on the
        validation partition.

    Returns:
      The `Report` without calibration, and the one with it.
    """
    found, scalar = scores(benchmark), 0.0
    if calibrated:
        part = benchmark.validation()
        scalar = calibrate(scores(part), part)
    return measure(found, benchmark), measure(found, benchmark, scalar)


def scores(benchmark):
    """The `Scores`."""
    words = _unit(benchmark.semantics).T
    seen, unseen = (
        _unit(split.features) @ words
        for split in (benchmark.test_seen, benchmark.test_unseen)
    )
    return Scores(seen, unseen, unseen)


def _unit(rows):
    """Rows of length 1; a row of zeros stays."""
    length = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.divide(rows, length, np.zeros_like(rows), where=length > 0)
