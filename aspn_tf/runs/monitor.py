"""TensorBoard: what a run writes, in groups that make a dashboard."""

import io
import pathlib

import numpy as np
import tensorflow as tf
from google.protobuf import text_format
from tensorboard.plugins import projector
from tensorboard.plugins.hparams import api as hparams

from aspn_tf.data import harmless
from aspn_tf.runs import events
from aspn_tf.runs.directory import write_bytes, write_text
from aspn_tf.runs.report import MEASURES
from aspn_tf.runs.tables import markdown

FLUSH = 86_400_000  # milliseconds; what is kept of a run is flushed with it
COMPARED = ("method", "dataset", "seed", "reading")


class Quiet:
    """Stands for a `Monitor` and writes nothing.

    Args:
      bars: whether progress bars are shown.
    """

    directory = None

    def __init__(self, bars):
        self.bars = bars
        self.history = []

    def state(self, *_):
        """Ignores a state."""

    def histogram(self, *_):
        """Ignores numbers."""

    def flush(self):
        """Has nothing to write."""


class Monitor:
    """Writes one run directory's events; use as a context manager.

    Phases are runs of their own below the run directory: `validation`, where
    the choice is made, and `train`, what is kept.

    Attributes:
      bars: whether progress bars are shown.
      history: a dict for every `state` it was told: `phase`, `step`, `logs`,
        `measures`.

    Args:
      directory: the run directory.
      config: the `Config` of the run.
    """

    bars = True

    def __init__(self, directory, config):
        self.directory = pathlib.Path(directory)
        self.config = config
        self.history = []
        self._writers = {}
        self._before = {}  # run to the files of events that others wrote
        self._whole = {}  # file of events to where it was whole
        rows = [line[2:].split("=", 1) for line in config.flag_lines()]
        self.text("config", _table(("flag", "value"), rows))

    def __enter__(self):
        """Returns the monitor."""
        return self

    def __exit__(self, kind, *_):
        """Closes every event file; an error within counts more than its own."""
        try:
            self.close()
        except Exception:
            if kind is None:
                raise

    def flush(self):
        """Writes what is still in memory, and goes on.

        Raises:
          OSError: the disk has not taken all of it; TensorFlow may tell it
            in errors of its own.
        """
        for writer in self._writers.values():
            writer.flush()
        self._check()

    def close(self):
        """Writes what is still in memory."""
        for writer in self._writers.values():
            writer.close()
        self._check()
        self._writers = {}

    def state(self, phase, step, logs, measures=None):
        """Scalars of one evaluated state.

        Args:
          phase: "validation" or "train".
          step: which state, such as the epoch.
          logs: loss terms by name; "alpha" is filed as a parameter.
          measures: T, u, s, H in percent.
        """
        self.history.append(
            {"phase": phase, "step": step, "logs": logs, "measures": measures}
        )
        with self._writer(phase).as_default(step):
            for name, value in logs.items():
                group = "parameter" if name == "alpha" else "loss"
                tf.summary.scalar(f"{group}/{name}", value)
                if name == "alpha":
                    tf.summary.histogram(f"{group}/{name}_histogram", [value])
            for name, value in (measures or {}).items():
                tf.summary.scalar(f"metric/{name}", value)

    def histogram(self, name, values, step=0):
        """A histogram of numbers, such as the norms of the prototypes."""
        with self._writer("train").as_default(step):
            tf.summary.histogram(name, values)

    def figure(self, name, picture):
        """An image: PNG bytes, or an array (height, width, channels)."""
        if isinstance(picture, bytes):
            picture = tf.io.decode_png(picture).numpy()
        with self._writer("").as_default(0):
            tf.summary.image(name, np.asarray(picture)[None])

    def text(self, name, page):
        """A page of Markdown."""
        with self._writer("").as_default(0):
            tf.summary.text(name, page)

    def projector(self, name, rows, labels):
        """Embeddings for the projector, to be called once a run.

        Args:
          name: of the embedding.
          rows: (n, d) features and prototypes.
          labels: dict of column name to n strings.
        """
        labels = {key: map(harmless.line, own) for key, own in labels.items()}
        place = self.directory / "projector"
        place.mkdir(exist_ok=True)
        table = io.BytesIO()
        np.savetxt(table, rows, "%.6g", "\t")
        write_bytes(place / "tensors.tsv", table.getvalue())
        columns = list(labels)
        lines = ["\t".join(columns)] if len(columns) > 1 else []
        lines += map("\t".join, zip(*labels.values(), strict=True))
        write_text(place / "metadata.tsv", "\n".join(lines) + "\n")
        config = projector.ProjectorConfig()
        config.embeddings.add(
            tensor_name=name,
            tensor_path="projector/tensors.tsv",
            metadata_path="projector/metadata.tsv",
        )
        # Only a directory with events is looked at for this file.
        write_text(
            self.directory / projector.metadata.PROJECTOR_FILENAME,
            text_format.MessageToString(config),
        )

    def finish(self, results):
        """The row of this run in the HParams table.

        Args:
          results: the content of results.json.
        """
        row = {name: str(getattr(self.config, name)) for name in COMPARED}
        with self._writer("").as_default(0):
            hparams.hparams_config(
                hparams=[hparams.HParam(name) for name in COMPARED],
                metrics=[
                    hparams.Metric(f"result/{name}", display_name=name)
                    for name in MEASURES
                ],
            )
            hparams.hparams(row)
            for name in MEASURES:
                tf.summary.scalar(f"result/{name}", results[name])

    def _check(self):
        for run, before in self._before.items():
            for path in (self.directory / run).glob(events.PATTERN):
                if path not in before:
                    start = self._whole.get(path, 0)
                    self._whole[path] = events.check(path, start)

    def _writer(self, run):
        if run not in self._writers:
            there = (self.directory / run).glob(events.PATTERN)
            self._before.setdefault(run, set(there))
            self._writers[run] = tf.summary.create_file_writer(
                str(self.directory / run),
                max_queue=10_000,
                flush_millis=FLUSH,
            )
        return self._writers[run]


def data_rows(benchmark):
    """What a `Benchmark` holds, pairs of a name and a text."""
    return [
        ("data set", benchmark.name),
        ("fingerprint", benchmark.fingerprint),
        ("seen classes", str(len(benchmark.seen))),
        ("unseen classes", str(len(benchmark.unseen))),
        ("training examples", str(len(benchmark.train.labels))),
        ("test examples, seen", str(len(benchmark.test_seen.labels))),
        ("test examples, unseen", str(len(benchmark.test_unseen.labels))),
        ("feature width", str(benchmark.feature_width)),
        ("semantics width", str(benchmark.semantics_width)),
    ]


def data_card(benchmark):
    """The same as Markdown, with the notes on the data."""
    notes = [f"- {harmless.markdown(note)}" for note in benchmark.notes]
    table = _table(("", ""), data_rows(benchmark))
    return "\n".join([table, "", *notes])


def _table(header, lines):
    """A table of words from files and flags, none of which is markup."""
    return markdown(header, [[*map(harmless.markdown, line)] for line in lines])
