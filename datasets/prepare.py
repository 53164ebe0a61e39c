"""From the name of a data set to its arrays, prepared and up to date."""

import contextlib
import functools
import importlib
import io
import pathlib
import shutil
import sys

import absl.logging
import numpy as np
import tensorflow as tf
import tensorflow_datasets as tfds

from aspn_tf import disk, locking
from aspn_tf.datasets.names import DATASETS
from aspn_tf.errors import InputError

_BATCH = 128


def prepare(
    dataset,
    *,
    manual_dir=None,
    name=None,
    semantics=None,
    data_dir=None,
    download=False,
    beam_flags=(),
):
    """Prepares a data set unless it is prepared from the very same files.

    Args:
      dataset: one of `names.DATASETS`.
      manual_dir: where the folders of MAT files are, for those that read any.
      name: the folder of the user's own data, for xlsa17 alone.
      semantics: "att", "sent" or None, the data set's default.
      data_dir: where TFDS keeps prepared data; None for its default.
      download: whether files that are nowhere may be fetched, from where their
        authors published them.
      beam_flags: of Apache Beam, for a data set that it prepares.

    Returns:
      A builder whose data can be read.

    Raises:
      InputError: an argument or a file cannot be used.
      OSError: the disk is full, or fails; TensorFlow may tell it in errors of
        its own. Nothing is left behind then either, and data prepared from
        earlier files is not touched.
    """
    if dataset not in DATASETS:
        raise InputError(
            f"`--dataset` must be one of {', '.join(DATASETS)}. Received: "
            f"dataset={dataset}."
        )
    module = f"aspn_tf.datasets.{dataset}.{dataset}_dataset_builder"
    builder_class = importlib.import_module(module).Builder
    manual_dir = builder_class.locate(
        manual_dir, name, semantics, data_dir, download
    )
    options = builder_class.options(manual_dir, name, semantics)
    make = functools.partial(
        builder_class, data_dir=data_dir, file_format="tfrecord", **options
    )
    with _quiet():
        builder = make()
        fingerprint = builder.fingerprint(manual_dir)
        if _prepared_from(builder) == fingerprint:
            return builder
        builder.read_source(manual_dir)
        place = pathlib.Path(builder.data_dir_root)
        try:
            place.mkdir(parents=True, exist_ok=True)
            with locking.locked(place / f".{builder.name}.lock"):
                # Another process may have come first with the same files.
                if _prepared_from(make()) != fingerprint:
                    told = f"Preparing {name or dataset}, once."
                    print(told, file=sys.stderr)
                    _write(builder, manual_dir, beam_flags)
        except OSError as error:
            if disk.failed(error):
                raise
            raise InputError(
                "`--data_dir` must be a folder that can be "
                f"written. Received: data_dir={builder.data_dir_root}, "
                f"{error.strerror or error}; pass another --data_dir."
            ) from error
        return make()


def read(builder, *splits):
    """Reads splits of a prepared data set in the order of their writing.

    The records are parsed a batch at a time, straight into the arrays that
    are returned: TFDS's own pipeline parses each by itself, which takes
    several times as long.

    Args:
      builder: what `prepare` returned.
      *splits: some of `zero_shot.SPLITS`, joined in this order.

    Returns:
      features (n, d) float32 and labels (n,) int64; None where none of the
      splits has an example.
    """
    count, batches = _batches(builder, splits)
    if not count:
        return None
    features, labels = None, np.empty(count, np.int64)
    start = 0
    for some, their_labels in batches:
        if features is None:
            features = np.empty((count, some.shape[1]), np.float32)
        rows = slice(start, start + len(some))
        features[rows], labels[rows] = some, their_labels
        start = rows.stop
    return features, labels


def store(builder, *splits):
    """The same splits as arrays in files, which stand beside the records.

    Records can only be read one after another; rows of a .npy file in any
    order. Written once, a batch at a time, and gone with the records when these
    are made anew.

    Args:
      builder: what `prepare` returned.
      *splits: as of `read`.

    Returns:
      Paths of .npy files, of features (n, d) float32 and of labels (n,) int64;
      None where none of the splits has an example.

    Raises:
      InputError: the folder cannot be written.
      OSError: the disk is full, or fails. Nothing is left half written.
    """
    count, batches = _batches(builder, splits)
    if not count:
        return None
    place = pathlib.Path(builder.data_path)
    features, labels = (
        place / f"{'-'.join(splits)}.{kind}.npy"
        for kind in ("features", "labels")
    )
    if labels.exists():  # it comes last
        return features, labels
    root = pathlib.Path(builder.data_dir_root)
    must = "`--data_dir` must be a folder that can be written for `--stream`."
    with (
        disk.refusing(must, f"data_dir={root}"),
        locking.locked(root / f".{builder.name}.lock"),
    ):
        if not labels.exists():  # another process has not come first
            told = np.empty(count, np.int64)
            with disk.written(features) as file:
                start = 0
                for some, their_labels in batches:
                    if not start:
                        _write_header(file, (count, some.shape[1]))
                    file.write(some.tobytes())
                    told[start : start + len(some)] = their_labels
                    start += len(some)
            with disk.written(labels) as file:
                np.save(file, told)
    return features, labels


def _write_header(file, shape):
    """Begins a .npy file of float32 rows."""
    kind = np.lib.format.dtype_to_descr(np.dtype(np.float32))
    header = {"descr": kind, "fortran_order": False, "shape": shape}
    np.lib.format.write_array_header_1_0(file, header)


def _batches(builder, splits):
    """How many examples there are, and their arrays, a batch at a time."""
    there = builder.info.splits
    infos = [there[split] for split in splits if split in there]
    if not infos:
        return 0, ()
    files = [str(path) for info in infos for path in info.filepaths]
    records = tf.data.TFRecordDataset(files, buffer_size=1 << 20)
    unhurried = tf.data.Options()
    unhurried.autotune.enabled = False
    batches = records.batch(_BATCH).map(_parsed).with_options(unhurried)
    count = sum(info.num_examples for info in infos)
    return count, batches.as_numpy_iterator()


def _parsed(records):
    """Features (b, d) and labels (b,) of records as `ZeroShotBuilder` has."""
    kinds = {"features": tf.string, "label": tf.int64}
    values = tf.io.parse_example(
        records,
        {key: tf.io.FixedLenFeature([], kind) for key, kind in kinds.items()},
    )
    return tf.io.decode_raw(values["features"], tf.float32), values["label"]


@contextlib.contextmanager
def _quiet():
    """Keeps the prints, bars and log lines of TFDS from the user."""
    tfds.disable_progress_bar()
    verbosity = absl.logging.get_verbosity()
    absl.logging.set_verbosity(absl.logging.ERROR)
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            yield
    finally:
        absl.logging.set_verbosity(verbosity)


def _prepared_from(builder):
    """Returns the fingerprint of what is on disk, or None."""
    if not builder.is_prepared():
        return None
    return (builder.info.metadata or {}).get("fingerprint")


def _write(builder, manual_dir, beam_flags):
    """Writes the data in place of what other files had left there."""
    place = pathlib.Path(builder.data_path)
    before = place.with_name(f"{place.name}.replaced")
    shutil.rmtree(before, ignore_errors=True)
    if place.exists():
        place.rename(before)
    try:
        builder.download_and_prepare(
            download_config=tfds.download.DownloadConfig(
                manual_dir=manual_dir, **builder.engine(beam_flags)
            )
        )
    except BaseException:
        if before.exists():
            shutil.rmtree(place, ignore_errors=True)
            before.rename(place)
        raise
    shutil.rmtree(before, ignore_errors=True)
