"""Small shards of rows, as Parquet and as TFRecords."""

import pyarrow as pa
import pyarrow.parquet
import tensorflow as tf


def columns(path, features, **beside):
    """Writes a .parquet with a column for each feature."""
    table = {f"x{at}": column for at, column in enumerate(features.T)}
    pa.parquet.write_table(pa.table({**table, **beside}), str(path))


def lists(path, rows, **beside):
    """Writes a .parquet with a column of lists; a row may be None."""
    rows = [None if row is None else [float(x) for x in row] for row in rows]
    table = {"features": pa.array(rows, pa.list_(pa.float32())), **beside}
    pa.parquet.write_table(pa.table(table), str(path))


def records(path, rows, **beside):
    """Writes a .tfrecord; a row that is bytes is written as it is."""
    with tf.io.TFRecordWriter(str(path)) as writer:
        for at, row in enumerate(rows):
            if not isinstance(row, bytes):
                values = {name: those[at] for name, those in beside.items()}
                row = _example(row, values).SerializeToString()
            writer.write(row)


def _example(row, values):
    example = tf.train.Example()
    feature = example.features.feature
    if row is not None:
        feature["features"].float_list.value.extend(row)
    for name, value in values.items():
        if isinstance(value, str):
            feature[name].bytes_list.value.append(value.encode())
        elif value is not None:
            feature[name].int64_list.value.append(int(value))
    return example
