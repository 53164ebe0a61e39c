"""Writes data of one's own in the xlsa17 layout; README.md has an example."""

import contextlib
import pathlib
import tempfile

import numpy as np
import scipy.io

from aspn_tf import disk, locking
from aspn_tf.datasets.xlsa17 import card as cards
from aspn_tf.datasets.xlsa17 import mat_file, source

# What a variable of a version 5 file can hold; more is written as version 7.3.
_MAX_BYTES = 2**31
_SPLITS_FILE, _LOCK = "att_splits.mat", ".lock"


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
    without_images=None,
    card=None,
):
    """Writes `res101.mat` and `att_splits.mat`, both whole or neither.

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
      without_images: classes that are unseen and have no images at all; with
        it, even empty, `test_unseen` and `test_seen` may be empty.
      card: what card.json is to hold; None for no such file.

    Raises:
      OSError: the disk is full, or fails; what was there before is left.
      InputError: the data could not be used, or the directory not written;
        what was there before is left. The sentence speaks of the files as
        they would be: counted from 1, transposed.
    """
    directory = pathlib.Path(directory)
    images = {
        "features": np.asarray(features, np.float32).T,
        "labels": _column(labels),
    }
    splits = {
        "att": np.asarray(semantics, np.float64).T,
        "allclasses_names": _cells(class_names),
        "trainval_loc": _column(trainval),
        "test_seen_loc": _column(test_seen),
        "test_unseen_loc": _column(test_unseen),
    }
    if attribute_names is not None:
        splits["attribute_names"] = _cells(attribute_names)
    if without_images is not None:
        splits["without_images"] = _column(without_images)
    path, splits_path = (
        directory / file for file in (source.FEATURES_FILE, _SPLITS_FILE)
    )
    source.checked(path, images, splits_path, splits)
    with disk.refusing("The directory to write must be writable.", directory):
        directory.mkdir(parents=True, exist_ok=True)
        with _together(directory) as place:
            if images["features"].nbytes >= _MAX_BYTES:
                mat_file.write_hdf5(place / path.name, images)
            else:
                scipy.io.savemat(place / path.name, images)
            scipy.io.savemat(place / splits_path.name, splits)
            if card is not None:
                (place / cards.FILE).write_text(cards.text(card), "utf-8")
    if card is None:
        (directory / cards.FILE).unlink(missing_ok=True)


@contextlib.contextmanager
def _together(directory):
    """A place whose files go to the directory once all of them are whole."""
    with locking.locked(directory / _LOCK):
        disk.sweep(directory)
        with tempfile.TemporaryDirectory(dir=directory, prefix=disk.PART) as to:
            place = pathlib.Path(to)
            yield place
            disk.sync(place)
            # Cut off from here on, it is no data set, rather than one of two.
            splits = place / _SPLITS_FILE
            (directory / splits.name).unlink(missing_ok=True)
            first = [file for file in place.iterdir() if file != splits]
            for file in (*first, splits):
                file.replace(directory / file.name)


def _column(ids):
    """Returns numbers from 0 as a column of numbers from 1."""
    return np.asarray(ids, np.int64).reshape(-1, 1) + 1


def _cells(texts):
    """Returns texts as a column of cells."""
    cells = np.empty((len(texts), 1), object)
    cells[:, 0] = list(texts)
    return cells
