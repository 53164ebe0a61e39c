"""Writes data of one's own in the xlsa17 layout; README.md has an example."""

import pathlib

import numpy as np
import scipy.io

from aspn_tf.datasets.xlsa17 import source

# What a variable of a version 5 file can hold.
_MAX_BYTES = 2**31


def write(
    directory,
    *,
    features,
    labels,
    semantics,
    class_names,
    trainval,
    test_seen,
    test_unseen,
    attribute_names=None,
):
    """Writes `res101.mat` and `att_splits.mat`.

    Rows and classes count from 0 here, as NumPy has it; the files count from
    1 and are transposed, as the published ones.

    Args:
      directory: the folder to write to, `<manual_dir>/<name>`; it is made.
      features: (N, d), one row an image.
      labels: (N,) class of every image, 0..C-1.
      semantics: (C, q), one row a class, seen or unseen.
      class_names: C distinct names.
      trainval: rows of the images to train on.
      test_seen: rows of other images of the same classes.
      test_unseen: rows of the images of the remaining classes.
      attribute_names: q distinct names of the columns of `semantics`.

    Raises:
      InputError: the data could not be used; nothing is written. The sentence
        speaks of the files as they would be: counted from 1, transposed.
      ValueError: `features` is larger than a version 5 file can hold.
    """
    directory = pathlib.Path(directory)
    images = {
        "features": np.asarray(features, np.float32).T,
        "labels": _column(labels),
    }
    if images["features"].nbytes >= _MAX_BYTES:
        raise ValueError(
            "`features` must take less than 2 GiB in float32. Received: "
            f"{images['features'].nbytes} bytes; save version 7.3 from MATLAB."
        )
    splits = {
        "att": np.asarray(semantics, np.float64).T,
        "allclasses_names": _cells(class_names),
        "trainval_loc": _column(trainval),
        "test_seen_loc": _column(test_seen),
        "test_unseen_loc": _column(test_unseen),
    }
    if attribute_names is not None:
        splits["attribute_names"] = _cells(attribute_names)
    path = directory / source.FEATURES_FILE
    splits_path = directory / "att_splits.mat"
    source.checked(path, images, splits_path, splits)
    directory.mkdir(parents=True, exist_ok=True)
    scipy.io.savemat(path, images)
    scipy.io.savemat(splits_path, splits)


def _column(ids):
    """Returns numbers from 0 as a column of numbers from 1."""
    return np.asarray(ids).reshape(-1, 1) + 1


def _cells(texts):
    """Returns texts as a column of cells."""
    cells = np.empty((len(texts), 1), object)
    cells[:, 0] = list(texts)
    return cells
