"""The answers of a shard as one file, whole or absent, on any file system."""

import contextlib
import json
import uuid

import numpy as np
import pyarrow as pa
import pyarrow.parquet
import tensorflow as tf
from apache_beam.io.filesystem import CompressionTypes
from apache_beam.io.filesystems import FileSystems

from aspn_tf import disk


def write_text(path, text):
    """Writes a small file of text."""
    with _whole(path) as part, _created(part) as file:
        file.write(text.encode())


def write_bad(path, source, bad):
    """Writes a line of JSON for each row that could not be used.

    Args:
      path: where to; with no row, what is there is removed.
      source: the shard.
      bad: `Bad` rows, in order.
    """
    if bad:
        lines = [{"shard": source, **one._asdict()} for one in bad]
        write_text(path, "".join(f"{json.dumps(one)}\n" for one in lines))
    elif FileSystems.exists(path):
        FileSystems.delete([path])


def write_answers(path, names, answers, top_k):
    """Writes the best classes of a shard's rows, in the rows' order.

    A .parquet has the columns of `aspn_tf.predict`'s CSV: `row`, `class_1`,
    `score_1`, ...; a .tfrecord has Examples of `row`, `classes` and `scores`.
    Where the rows have an `id`, the answers have it too.

    Args:
      path: .parquet or .tfrecord.
      names: of the classes.
      answers: of each block of rows (n,) these, n ids or None, and index and
        scores, both (n, k).
      top_k: k.
    """
    write = FORMATS[path.rpartition(".")[2]]
    with _whole(path) as part:
        write(part, names, sorted(answers, key=_first_row), top_k)


def _first_row(answers):
    return answers[0][0]


def _parquet(path, names, answers, top_k):
    fields = [("row", pa.int64()), ("id", pa.string())]
    for k in range(1, top_k + 1):
        fields += [(f"class_{k}", pa.string()), (f"score_{k}", pa.float32())]
    if not any(text is not None for _, ids, *_ in answers for text in ids):
        del fields[1]
    schema, names = pa.schema(fields), pa.array(names, pa.string())
    with (
        _created(path) as file,
        pa.parquet.ParquetWriter(file, schema) as writer,
    ):
        for rows, ids, index, scores in answers:
            columns = {"row": rows, "id": ids}
            for k in range(top_k):
                columns[f"class_{k + 1}"] = names.take(pa.array(index[:, k]))
                columns[f"score_{k + 1}"] = scores[:, k]
            some = {name: columns[name] for name in schema.names}
            writer.write_table(pa.table(some, schema))


def _records(path, names, answers, _):
    names = np.array([name.encode() for name in names], object)
    with tf.io.TFRecordWriter(path) as writer:
        for rows, ids, index, scores in answers:
            for row, text, best, their in zip(rows, ids, names[index], scores):
                example = tf.train.Example()
                feature = example.features.feature
                feature["row"].int64_list.value.append(row)
                if text is not None:
                    feature["id"].bytes_list.value.append(text.encode())
                feature["classes"].bytes_list.value.extend(best)
                feature["scores"].float_list.value.extend(their)
                writer.write(example.SerializeToString())


FORMATS = {"parquet": _parquet, "tfrecord": _records}


@contextlib.contextmanager
def _whole(path):
    """A name for a file that has its own once it is full."""
    part = f"{path}{disk.PART}{uuid.uuid4().hex}"
    try:
        yield part
        FileSystems.rename([part], [path])
    except BaseException:
        if FileSystems.exists(part):
            FileSystems.delete([part])
        raise


def _created(path):
    return FileSystems.create(
        path, compression_type=CompressionTypes.UNCOMPRESSED
    )
