"""The CombineFn, run by Beam, against all rows at once."""

import pathlib
import pickle

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


def rows():
    """Rows of seven classes, far from the origin."""
    stream = np.random.default_rng(3)
    labels = stream.integers(0, 7, 400)
    features = stream.normal(labels[:, None] + 5.0, size=(400, WIDTH))
    return features.astype(np.float32), labels


def gathered(place, batches, **options):
    """The `Statistics` that Beam makes of batches."""
    file = str(place / "statistics")
    options = PipelineOptions([], runner="FnApiRunner", **options)
    with beam.Pipeline(options=options) as pipeline:
        _ = (
            pipeline
            | beam.Create(batches)
            | beam.Reshuffle()
            | beam.CombineGlobally(Gather(range(7), WIDTH, GROUPS))
            | beam.Map(
                lambda found: pathlib.Path(file).write_bytes(
                    pickle.dumps(found)
                )
            )
        )
    return pickle.loads(pathlib.Path(file).read_bytes())


@pytest.mark.slow
@pytest.mark.parametrize(
    "options", [{}, pytest.param(TWO_WORKERS, marks=pytest.mark.long)]
)
def test_beam_gathers_what_memory_has(tmp_path, monkeypatch, options):
    root = pathlib.Path(__file__).parents[2]
    monkeypatch.setenv("PYTHONPATH", str(root))
    features, labels = rows()
    parts = zip(
        np.array_split(features, 9), np.array_split(labels, 9), strict=True
    )
    found = gathered(tmp_path, list(parts), **options)
    wanted = Moments(features, labels, GROUPS)
    np.testing.assert_array_equal(found.counts, wanted.counts)
    np.testing.assert_allclose(found.means, wanted.means, rtol=1e-12)
    for without in (None, *range(GROUPS)):
        np.testing.assert_allclose(
            found.covariance(without), wanted.covariance(without), atol=1e-5
        )


@pytest.mark.slow
def test_of_no_batch_beam_gathers_nothing(tmp_path):
    assert not gathered(tmp_path, []).counts.any()


def test_accumulators_merge_in_any_order():
    fn = Gather(range(7), WIDTH, GROUPS)
    features, labels = rows()

    def of(part):
        element = features[part], labels[part]
        return fn.add_input(fn.create_accumulator(), element)

    a, b, c = slice(0, 50), slice(50, 300), slice(300, 400)
    merge = fn.merge_accumulators
    one = merge([merge([of(a), of(b)]), of(c)])
    other = merge([of(c), merge([of(b), fn.create_accumulator(), of(a)])])
    np.testing.assert_allclose(one.covariance(), other.covariance(), atol=1e-5)
