"""From the name of a data set to its arrays, prepared and up to date."""

import contextlib
import functools
import importlib
import io
import pathlib
import sys

import absl.logging
import numpy as np
import tensorflow_datasets as tfds

from aspn_tf.datasets.xlsa17 import base, source
from aspn_tf.datasets.xlsa17 import xlsa17_dataset_builder as own
from aspn_tf.errors import InputError

PUBLISHED = ("awa1", "awa2", "cub", "flo")
DATASETS = ("digit_pairs",) + PUBLISHED + ("xlsa17",)

_WHERE = "it is in a public archive, see datasets/xlsa17/README.md"


def prepare(
    dataset, *, manual_dir=None, name=None, semantics=None, data_dir=None
):
    """Prepares a data set unless it is prepared from the very same files.

    Args:
      dataset: one of `DATASETS`.
      manual_dir: where the folders of MAT files are; not for digit_pairs.
      name: the folder of the user's own data, for xlsa17 alone.
      semantics: "att", "sent" or None, the data set's default.
      data_dir: where TFDS keeps prepared data; None for its default.

    Returns:
      A builder whose data can be read.

    Raises:
      InputError: an argument or a file cannot be used. Nothing is left behind
        then, and data prepared from earlier files is not touched.
    """
    if dataset not in DATASETS:
        raise InputError(
            f"`--dataset` must be one of {', '.join(DATASETS)}. Received: "
            f"dataset={dataset}."
        )
    options = _builder_options(dataset, manual_dir, name, semantics)
    module = f"aspn_tf.datasets.{dataset}.{dataset}_dataset_builder"
    make = functools.partial(
        importlib.import_module(module).Builder, data_dir=data_dir, **options
    )
    with _quiet():
        builder = make()
        fingerprint = builder.fingerprint(manual_dir)
        if _prepared_from(builder) == fingerprint:
            return builder
        print(f"Preparing {name or dataset}, once.", file=sys.stderr)
        builder.read_source(manual_dir)
        try:
            _write(builder, manual_dir)
        except OSError as error:
            # An other process may have come first with the same files.
            if _prepared_from(make()) != fingerprint:
                raise InputError(
                    "`--data_dir` must be a folder with space that can be "
                    f"written. Received: data_dir={builder.data_dir_root}, "
                    f"{error.strerror or error}; pass another --data_dir."
                ) from error
        return make()


def read(builder, split):
    """Reads a split of a prepared data set in the order of its writing.

    Args:
      builder: what `prepare` returned.
      split: one of `zero_shot.SPLITS`.

    Returns:
      features (n, d) float32 and labels (n,) int64.
    """
    in_order = tfds.ReadConfig(interleave_cycle_length=1, try_autocache=False)
    with _quiet():
        examples = builder.as_dataset(split=split, read_config=in_order)
    batches = list(examples.batch(1024).as_numpy_iterator())
    return tuple(
        np.concatenate([batch[key] for batch in batches])
        for key in ("features", "label")
    )


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


def _builder_options(dataset, manual_dir, name, semantics):
    """Checks the arguments; returns what the builder's constructor needs."""
    if name is not None and dataset != "xlsa17":
        raise InputError(
            "`--name` must go with --dataset=xlsa17. Received: "
            f"dataset={dataset}, name={name}."
        )
    if dataset == "digit_pairs":
        for key, value in ("manual_dir", manual_dir), ("semantics", semantics):
            if value is not None:
                raise InputError(
                    f"`--{key}` must go with a --dataset that reads files. "
                    f"Received: dataset={dataset}, {key}={value}."
                )
        return {}
    folder = _folder(dataset, manual_dir, name)
    semantics = _semantics(dataset, manual_dir, folder, semantics)
    if dataset == "xlsa17":
        return {"config": own.config(folder, semantics)}
    return {"config": semantics}


def _folder(dataset, manual_dir, name):
    """Returns the name of the folder, which holds the features."""
    folder = dataset.upper()
    if dataset == "xlsa17":
        if not name or pathlib.Path(name).name != name:
            raise InputError(
                "`--name` must be the name of a folder below `--manual_dir`. "
                f"Received: {name or 'none'}."
            )
        folder = name
    needed = f"{folder}/{source.FEATURES_FILE}"
    if manual_dir is None:
        raise InputError(
            f"`--manual_dir` must be given with --dataset={dataset}. "
            f"Received: none; pass the folder that holds {needed}."
        )
    manual_dir = pathlib.Path(manual_dir)
    if not (manual_dir / needed).is_file():
        advice = _WHERE if manual_dir.is_dir() else "there is no such folder"
        raise InputError(
            f"`--manual_dir` must hold {needed}. Received: "
            f"manual_dir={manual_dir}; {advice}."
        )
    return folder


def _semantics(dataset, manual_dir, folder, wanted):
    """Returns which of the splits files to read; it exists.

    Where none is asked for and only one is there, that one.
    """
    if wanted is not None and wanted not in base.SEMANTICS:
        raise InputError(
            f"`--semantics` must be one of {', '.join(base.SEMANTICS)}. "
            f"Received: semantics={wanted}."
        )
    order = ("sent", "att") if dataset == "cub" else base.SEMANTICS
    directory = pathlib.Path(manual_dir) / folder
    here = [s for s in order if (directory / base.splits_file(s)).is_file()]
    if wanted is None and here:
        return here[0]
    if wanted not in here:
        missing = f"{folder}/{base.splits_file(wanted or order[0])}"
        advice = f"--semantics={here[0]} is there" if here else _WHERE
        raise InputError(
            f"`--manual_dir` must hold {missing}. Received: "
            f"manual_dir={manual_dir}; {advice}."
        )
    return wanted


def _prepared_from(builder):
    """Returns the fingerprint of what is on disk, or None."""
    if not builder.is_prepared():
        return None
    return (builder.info.metadata or {}).get("fingerprint")


def _write(builder, manual_dir):
    """Writes the data in place of what other files had left there."""
    if builder.data_path.exists():
        builder.data_path.rmtree()
    builder.download_and_prepare(
        download_config=tfds.download.DownloadConfig(manual_dir=manual_dir)
    )
