"""The plain cosine of pictures and words that are in one space already.

What a model of both, such as CLIP, recognises without any training: the row
"zero-shot, same features, same text", which a learnt map must beat to be worth
its place.
"""

from aspn_tf.evaluation.calibration import calibrate
from aspn_tf.evaluation.evaluator import BATCH_SIZE, measure
from aspn_tf.evaluation.ranks import Ranked, joined, ranks_of
from aspn_tf.methods.closed_form import cosine

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
    """What is `Ranked` by the cosine."""
    seen, unseen = (
        joined(
            [
                ranks_of(
                    cosine(
                        split.features[start : start + BATCH_SIZE],
                        benchmark.semantics,
                    ).numpy(),
                    benchmark,
                )
                for start in range(0, len(split.labels), BATCH_SIZE)
            ]
        )
        for split in (benchmark.test_seen, benchmark.test_unseen)
    )
    return Ranked(seen, unseen, unseen)
