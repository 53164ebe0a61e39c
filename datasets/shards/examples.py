"""The examples of shards as a pipeline of Apache Beam."""

import zlib

import apache_beam as beam

from aspn_tf.datasets.shards import reading
from aspn_tf.datasets.shards.pipelines import counter, counts
from aspn_tf.errors import InputError

HELD_OUT = 5  # of so many rows that may be trained on one is of `val_seen`
BLOCK = 1024  # rows that are read at once
MOST = 1 << 40  # rows of a shard, less one
BROKEN, BAD = "broken", "bad"


def examples(tables, rows):
    """A PTransform to the (key, example) of a split.

    Args:
      tables: a `Shards`.
      rows: of the split, as these have them.
    """
    read = _Read(tables.features.shape[1], tables.ids, tables.may)
    return beam.Create(rows) | beam.Reshuffle() | beam.ParDo(read)


def left_out(result):
    """How many rows could not be used.

    Args:
      result: of the pipeline, when it has ended.

    Raises:
      InputError: a shard could not be read.
    """
    found = counts(result)
    for name in found:
        if name.startswith(BROKEN):
            raise InputError(
                "Every shard must be one that can be read. Received: "
                f"{name.removeprefix(BROKEN)}"
            )
    return found.get(BAD, 0)


class _Read(beam.DoFn):
    """A shard to those of its rows that are of a split."""

    def __init__(self, width, ids, may):
        self._width, self._ids, self._may = width, ids, may

    def process(self, element):
        number, path, split = element
        for found in reading.read(path, self._width, BLOCK, "label"):
            if isinstance(found, reading.Block):
                yield from self._of_block(found, number, split)
            elif found.row is None:
                counter(f"{BROKEN}{path} ({found.reason})").inc()
            elif split not in ("val_seen", "val_unseen"):  # once
                counter(BAD).inc()

    def _of_block(self, block, number, split):
        known = self._may["train"] | self._may["val_unseen"]
        for row, features, text in zip(*block, strict=True):
            label = self._ids.get(text)
            held_out = zlib.crc32(f"{number}:{row}".encode()) % HELD_OUT == 0
            if label not in self._may[split]:
                if split.startswith("test") or (
                    split == "train" and label not in known
                ):
                    counter(BAD).inc()
            elif {"train": not held_out, "val_seen": held_out}.get(split, True):
                yield (
                    number * MOST + int(row),
                    {"features": features, "label": label},
                )
