"""Shards of rows, a block at a time, with every row that cannot be used.

A shard is a .parquet, whose columns are numbers, a feature each, or of which
one, `features`, holds lists of them; or a .tfrecord of tf.train.Example with
`features`, floats. Both may have an `id` and a `label`, a number or a text,
which are no features.
"""

import typing

import numpy as np
import pyarrow as pa
import pyarrow.compute
import pyarrow.parquet
import tensorflow as tf
from apache_beam.io.filesystems import FileSystems
from google.protobuf.message import DecodeError

SUFFIXES = (".parquet", ".tfrecord")
FEATURES, BESIDE = "features", ("id", "label")
ERRORS = (
    *(OSError, ValueError, TypeError),
    *(pa.ArrowException, tf.errors.OpError),
)


class Block(typing.NamedTuple):
    """Rows of a shard that can be used.

    Attributes:
      rows: (n,) int64, their places in the shard, counted from 0.
      features: (n, d) float32, finite.
      beside: n texts, or None where a row has none.
    """

    rows: np.ndarray
    features: np.ndarray
    beside: list


class Bad(typing.NamedTuple):
    """A row that cannot be used; of row None: no more of the shard can be."""

    row: int | None
    reason: str


def read(path, width, size, beside="id"):
    """Yields the `Block` and the `Bad` of a shard.

    Args:
      path: of the shard: one of `SUFFIXES`.
      width: d.
      size: rows in a block, at most.
      beside: what is read beside the features, one of `BESIDE`.
    """
    start = 0
    try:
        for rows, texts in _rows(path, size, beside):
            features, reasons = _checked(rows, width)
            for row, reason in sorted(reasons.items()):
                yield Bad(start + row, reason)
            kept = np.setdiff1d(np.arange(len(rows)), list(reasons))
            if len(kept):
                some = [texts[row] for row in kept]
                yield Block(start + kept, features[kept], some)
            start += len(rows)
    except ERRORS as error:
        reason = str(error).partition("\n")[0][:300]
        yield Bad(None, reason or type(error).__name__)


def width_of(path):
    """How many features the first row of a shard has; 0 where none has any.

    Raises:
      One of `ERRORS`: it cannot be read.
    """
    for rows, _ in _rows(path, 1, BESIDE[0]):
        if not isinstance(rows[0], str):
            return len(rows[0])
    return 0


def _rows(path, size, beside):
    """Yields rows as `_checked` takes them, and as many texts or None."""
    reader = _parquet if path.endswith(".parquet") else _records
    return reader(path, size, beside)


def _checked(rows, width):
    """Features (n, width) and a dict of row to why it cannot be used.

    Args:
      rows: (n, d), or n of any length, or reasons.
      width: what d must be.
    """
    if isinstance(rows, np.ndarray) and rows.shape[1] == width:
        features, reasons = rows, {}
    else:
        features = np.zeros((len(rows), width), np.float32)
        reasons = {}
        for at, row in enumerate(rows):
            if isinstance(row, str):
                reasons[at] = row
            elif len(row) != width:
                reasons[at] = f"{len(row)} numbers, not {width}"
            else:
                features[at] = row
    for at in np.flatnonzero(~np.isfinite(features).all(axis=1)).tolist():
        reasons[at] = "NaN or infinity"
    return features, reasons


def _parquet(path, size, beside):
    """Reads a .parquet."""
    with FileSystems.open(path) as handle:
        for batch in pa.parquet.ParquetFile(handle).iter_batches(size):
            texts = [None] * len(batch)
            if beside in batch.schema.names:
                texts = batch.column(beside).cast(pa.string()).to_pylist()
            own = [n for n in batch.schema.names if n not in BESIDE]
            columns = [batch.column(name) for name in own]
            if own == [FEATURES] and not _is_plain(columns[0]):
                yield _lists(columns[0]), texts
            else:
                yield np.stack([_numbers(one) for one in columns], 1), texts


def _is_plain(column):
    return pa.types.is_primitive(column.type)


def _lists(column):
    """Rows of a column of lists."""
    lengths = pa.compute.list_value_length(column).fill_null(-1).to_numpy()
    numbers = _numbers(column.drop_null().flatten())
    if len(set(lengths.tolist())) == 1 and lengths[0] > 0:
        return numbers.reshape(-1, lengths[0])
    ends = np.cumsum(np.maximum(lengths, 0))
    return [
        numbers[end - length : end] if length >= 0 else "no features"
        for end, length in zip(ends, lengths, strict=True)
    ]


def _numbers(values):
    """Float32 (n,) of an array of Arrow's; NaN where there is none."""
    values = values.cast(pa.float32(), safe=False)
    return values.to_numpy(zero_copy_only=False)


def _records(path, size, beside):
    """Reads a .tfrecord."""
    for batch in tf.data.TFRecordDataset(path).batch(size):
        records = batch.numpy()
        try:
            yield _parsed(records, beside)
        except (tf.errors.InvalidArgumentError, DecodeError, UnicodeError):
            told = [_of_example(record, beside) for record in records]
            yield tuple(zip(*told, strict=True))


def _parsed(records, beside):
    """The quick way, where all records are as the first."""
    first = tf.train.Example.FromString(records[0]).features.feature
    width = len(first[FEATURES].float_list.value)
    kind = first[beside].WhichOneof("kind")
    dtype = tf.int64 if kind == "int64_list" else tf.string
    told = {FEATURES: tf.io.FixedLenFeature([width], tf.float32)}
    if kind:
        told[beside] = tf.io.FixedLenFeature([], dtype)
    found = tf.io.parse_example(records, told)
    texts = [None] * len(records)
    if kind:
        texts = [_text(value) for value in found[beside].numpy().tolist()]
    return found[FEATURES].numpy(), texts


def _of_example(record, beside):
    """Features, or the reason why there are none, and the text or None."""
    try:
        found = tf.train.Example.FromString(record).features.feature
    except DecodeError:
        return "no tf.train.Example", None
    kind = found[beside].WhichOneof("kind")
    values = getattr(found[beside], kind).value if kind else []
    features = np.array(found[FEATURES].float_list.value, np.float32)
    reason = "no features"
    return (
        features if len(features) else reason,
        _text(values[0]) if values else None,
    )


def _text(value):
    """Text of bytes or of a number."""
    if isinstance(value, bytes):
        return value.decode(errors="replace")
    return str(value)
