"""The CombineFn, run by Beam, against all rows at once."""

import numpy as np
import pytest

pytest.importorskip("apache_beam")

import apache_beam as beam  # noqa: E402
from apache_beam.options.pipeline_options import PipelineOptions  # noqa: E402

from aspn_tf.methods.moments import Moments  # noqa: E402
from aspn_tf.passes.gathering import Gather  # noqa: E402

WIDTH, GROUPS = 8, 3
TWO_WORKERS = {
    "direct_num_workers": 2,
    "direct_running_mode": "multi_processing",
}


def rows(count=400):
    stream = np.random.default_rng(3)
    labels = stream.integers(0, 7, count)
    features = stream.normal(labels[:, None] + 5.0, size=(count, WIDTH))
    return features.astype(np.float32), labels


def gathered(features, labels, parts, **options):
    """What Beam makes of rows that are dealt to a few batches."""
    batches = list(
        zip(
            np.array_split(features, parts),
            np.array_split(labels, parts),
            strict=True,
        )
    )
    found = []
    options = PipelineOptions([], runner="FnApiRunner", **options)
    with beam.Pipeline(options=options) as pipeline:
        _ = (
            pipeline
            | beam.Create(batches)
            | beam.Reshuffle()
            | beam.CombineGlobally(Gather(range(7), WIDTH, GROUPS))
            | beam.Map(_keep)
        )
    return found
