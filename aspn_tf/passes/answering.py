"""From shards of rows to shards of answers, by Beam's RunInference.

What a worker is sent is the name of a shard; the rows are read, scored and
written there. Rows that cannot be used are put aside and told in a file of
their own.
"""

import contextlib
import hashlib
import io
import itertools
import pathlib
import sys

import apache_beam as beam
import numpy as np
from apache_beam.ml.inference.base import (
    KeyedModelHandler,
    ModelHandler,
    RunInference,
)
from apache_beam.options.pipeline_options import PipelineOptions
from apache_beam.runners.runner import create_runner

from aspn_tf.data import harmless
from aspn_tf.datasets.shards import pipelines, reading
from aspn_tf.errors import InputError, refuse_absent, refuse_below_one
from aspn_tf.passes import shards, writing
from aspn_tf.serving import manifest
from aspn_tf.serving.predictor import Predictor

BEYOND = "scores beyond what float32 holds"


def predict(model, input, output, output_format, top_k, batch_size, beam_flags):
    """Writes the best classes of every row of many shards.

    Args:
      model: directory of the SavedModel, the same for every worker.
      input: pattern of the shards' names.
      output: what the names of the files of answers begin with.
      output_format: one of `writing.FORMATS`; "": that of each shard.
      top_k: classes a row.
      batch_size: rows at a time.
      beam_flags: Beam's own, a list.

    Raises:
      InputError: a value cannot be used; or a shard, once all others have
        their answers.
    """
    refuse_absent(model=model, input=input, output=output)
    refuse_below_one(top_k=top_k, batch_size=batch_size)
    if output_format and output_format not in writing.FORMATS:
        raise InputError(
            f"`--output_format` must be one of {', '.join(writing.FORMATS)}. "
            f"Received: {output_format}"
        )
    options = _options(beam_flags)
    targets = shards.Targets(output, output_format)
    sources, left = shards.to_do(input, targets)
    predictor = Predictor(model, top_k)
    predictor.top_k = min(top_k, len(predictor.model.classes))
    about = pathlib.Path(model, manifest.FILE).read_bytes()
    shards.begin(
        targets,
        {
            "model": hashlib.sha256(about).hexdigest(),
            "top_k": predictor.top_k,
        },
    )
    _say(f"{len(left)} of {len(sources)} shards are to be answered")
    if left:
        pipeline = beam.Pipeline(options=options)
        _build(pipeline, left, predictor, batch_size, targets)
        result = pipeline.run()
        result.wait_until_finish()
        counts = {"rows": 0, "bad": 0} | pipelines.counts(result)
        _say(
            f"{counts['rows']} rows answered, {counts['bad']} that cannot be "
            f"used, told in {output}*.{shards.BAD}"
        )
    missing = shards.without_answers(left, targets)
    if missing:
        raise InputError(
            "Every shard must be readable. Received: "
            f"{len(missing)} of {len(sources)} that are not, the first "
            f"{missing[0]}; {targets.bad(missing[0])} tells why, and the same "
            "command answers them once they are mended"
        )


def _options(words):
    """Beam's options of its flags."""
    said = io.StringIO()
    try:
        with contextlib.redirect_stderr(said):
            options = PipelineOptions(words)
            given = options.get_all_options(drop_default=True).get("runner")
            create_runner(given or pipelines.RUNNER)
    except (SystemExit, ValueError, ImportError, AttributeError) as error:
        reason = said.getvalue().strip().rpartition("\n")[2] or error
        raise InputError(
            f"What follows -- must be flags of Apache Beam. Received: {reason}"
        ) from error
    return options if given else PipelineOptions(words, runner=pipelines.RUNNER)


def _build(pipeline, sources, predictor, batch_size, targets):
    """Adds all that is done to a pipeline."""
    sources = pipeline | "Shards" >> beam.Create([(one, 0) for one in sources])
    read = (
        sources
        | beam.Reshuffle()
        | "Read"
        >> beam.ParDo(
            _Read(predictor.model.feature_width, batch_size)
        ).with_outputs("bad", main="blocks")
    )
    answers = read.blocks | RunInference(
        KeyedModelHandler(_Recognizer(predictor))
    )
    _ = (
        {"answers": answers, "bad": read.bad, "shard": sources}
        | beam.CoGroupByKey()
        | "Write"
        >> beam.ParDo(
            _Write(targets, list(predictor.model.classes), predictor.top_k)
        )
    )


class _Read(beam.DoFn):
    """A shard's name to its blocks and, put aside, its bad rows."""

    def __init__(self, width, size):
        self._width, self._size = width, size

    def process(self, element):
        source, _ = element
        for found in reading.read(source, self._width, self._size):
            if isinstance(found, reading.Block):
                yield source, found
            else:
                yield beam.pvalue.TaggedOutput("bad", (source, tuple(found)))


class _Recognizer(ModelHandler):
    """The exported model, on a block at a time."""

    def __init__(self, predictor):
        super().__init__()
        self._predictor = predictor

    def batch_elements_kwargs(self):
        return {"max_batch_size": 1}

    def load_model(self):
        return self._predictor.model

    def run_inference(self, batch, model, inference_args=None):
        for block in batch:
            best = model.best(block.features, top_k=self._predictor.top_k)
            yield block.rows, block.beside, *best


class _Write(beam.DoFn):
    """Writes the answers of a shard, and what could not be used of it."""

    def __init__(self, targets, names, top_k):
        self._targets, self._names, self._top_k = targets, names, top_k

    def process(self, element):
        source, found = element
        bad = [reading.Bad(*one) for one in found["bad"]]
        answers = []
        for rows, ids, index, scores in found["answers"]:
            finite = np.isfinite(scores).all(axis=1)
            bad += [reading.Bad(int(row), BEYOND) for row in rows[~finite]]
            ids = list(itertools.compress(ids, finite))
            if ids:
                kept = rows[finite], ids, index[finite], scores[finite]
                answers.append(kept)
        broken = [one for one in bad if one.row is None]
        bad = sorted(one for one in bad if one.row is not None)
        told = self._targets.bad(source)
        writing.write_bad(told, source, bad + broken)
        pipelines.counter("bad").inc(len(bad))
        if not broken:
            path = self._targets.answers(source)
            writing.write_answers(path, self._names, answers, self._top_k)
            pipelines.counter("rows").inc(
                sum(len(rows) for rows, *_ in answers)
            )


def _say(sentence):
    print(f"aspn_tf: {harmless.line(sentence)}", file=sys.stderr)
