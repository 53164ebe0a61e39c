"""Reads a data set in the xlsa17 layout and checks everything about it.

In the files, as MATLAB has it, images and classes count from 1, and
`features` and `att` have one *column* an image or class. Here both count from
0 and have one row each.
"""

import itertools
import pathlib

import numpy as np

from aspn_tf.datasets import zero_shot
from aspn_tf.datasets.xlsa17 import checks, mat_file, validation

FEATURES_FILE = "res101.mat"

_IMAGE_KEYS = ("features", "labels")
_LISTS = ("trainval_loc", "test_seen_loc", "test_unseen_loc")
_OPTIONAL_LISTS = ("train_loc", "val_loc")
_BARE = "without_images"  # not among the published variables
_SPLIT_KEYS = (
    ("att", "allclasses_names", "attribute_names", _BARE)
    + _LISTS
    + _OPTIONAL_LISTS
)


def read_tables(folder: pathlib.Path, splits_file: str) -> zero_shot.Tables:
    """Reads and checks `res101.mat` and a splits file.

    Args:
      folder: where both are.
      splits_file: `att_splits.mat` or `sent_splits.mat`.

    Returns:
      The tables.

    Raises:
      InputError: something about the files does not hold; the sentence names
        file, key and value.
    """
    path, splits_path = folder / FEATURES_FILE, folder / splits_file
    images = mat_file.read(path, _IMAGE_KEYS)
    splits = mat_file.read(splits_path, _SPLIT_KEYS)
    return checked(path, images, splits_path, splits)


def checked(path, images, splits_path, splits) -> zero_shot.Tables:
    """Checks the variables of both files and returns the tables they make.

    Args:
      path: the features file, for the sentences.
      images: its variables, in MATLAB's shape.
      splits_path: the splits file, for the sentences.
      splits: its variables, in MATLAB's shape.

    Returns:
      The tables.

    Raises:
      InputError: as `read_tables`.
    """
    semantics = checks.matrix(splits_path, "att", splits, "class")
    labels = checks.ids(path, "labels", images, len(semantics), "class")
    features = checks.matrix(path, "features", images, "image", len(labels))
    lists = _lists(splits_path, splits, len(labels))
    names, notes = _class_names(splits_path, splits, len(semantics))
    _check_classes(splits_path, labels, lists, names, splits)
    trainval = lists["trainval_loc"]
    val_classes, note = validation.validation_classes(
        labels, trainval, lists.get("train_loc"), lists.get("val_loc")
    )
    rows = validation.partition(labels, trainval, val_classes)
    rows["test_seen"] = lists["test_seen_loc"]
    rows["test_unseen"] = lists["test_unseen_loc"]
    if not len(rows["val_seen"]):
        checks.refuse(
            splits_path,
            "trainval_loc",
            "hold two images of a class other than the validation classes",
            "one image of each",
            "add images",
        )
    attributes = ()
    if "attribute_names" in splits:
        attributes = checks.names(
            splits_path,
            "attribute_names",
            splits,
            semantics.shape[1],
            "row of `att`",
        )
    return zero_shot.Tables(
        features=features,
        labels=labels,
        semantics=semantics,
        class_names=names,
        attribute_names=attributes,
        rows=rows,
        notes=notes + ((note,) if note else ()),
    )


def _lists(path, splits, image_count):
    """Returns the lists of images, each without repetition, none shared."""
    lists = {
        key: checks.ids(
            path,
            key,
            splits,
            image_count,
            "image",
            _BARE in splits and key.startswith("test"),
        )
        for key in _LISTS + _OPTIONAL_LISTS
        if key in _LISTS or key in splits
    }
    for key, images in lists.items():
        checks.distinct(path, key, images)
    for key, other in itertools.combinations(_LISTS, 2):
        checks.disjoint(path, key, lists[key], other, lists[other])
    return lists


def _class_names(path, splits, count):
    """Returns the class names, and a note when they had to be made up."""
    key = "allclasses_names"
    if key in splits:
        return checks.names(path, key, splits, count, "class"), ()
    width = max(3, len(str(count)))
    names = tuple(f"class_{i + 1:0{width}d}" for i in range(count))
    return names, (
        f"The files do not name the classes: {names[0]}, ... stand in.",
    )


def _check_classes(path, labels, lists, names, splits):
    """Checks which classes the lists hold."""
    seen = np.unique(labels[lists["trainval_loc"]])
    unseen = np.unique(labels[lists["test_unseen_loc"]])
    bare = unseen[:0]
    if _BARE in splits:
        bare = checks.ids(path, _BARE, splits, len(names), "class", True)
    needed = [("trainval_loc", seen), ("test_unseen_loc", unseen)]
    for key, classes in needed[: 1 if _BARE in splits else 2]:
        if len(classes) < 2:
            received = f"{len(classes)} class"
            checks.refuse(path, key, "hold two classes or more", received)
    for key, must, wrong, advice in (
        (
            "test_unseen_loc",
            "hold only classes that `trainval_loc` does not hold",
            np.intersect1d(seen, unseen),
            "",
        ),
        (
            "test_seen_loc",
            "hold only classes that `trainval_loc` holds too",
            np.setdiff1d(labels[lists["test_seen_loc"]], seen),
            "",
        ),
        (
            _BARE,
            "hold only classes that no list has images of",
            np.intersect1d(bare, np.union1d(seen, unseen)),
            "",
        ),
        (
            "att",
            "describe only classes of `trainval_loc` or `test_unseen_loc`",
            np.setdiff1d(
                np.arange(len(names)), np.concatenate([seen, unseen, bare])
            ),
            "remove that column and number the labels anew",
        ),
    ):
        if len(wrong):
            first = f'class {wrong[0] + 1} ("{names[wrong[0]]}")'
            received = f"{first}, {len(wrong)} such classes in all"
            checks.refuse(path, key, must, received, advice)
