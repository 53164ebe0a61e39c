"""What is known of shards without reading them: classes, files and width."""

import dataclasses
import pathlib

import numpy as np

from aspn_tf import files
from aspn_tf.datasets import zero_shot
from aspn_tf.datasets.shards import classes, reading
from aspn_tf.datasets.xlsa17 import validation
from aspn_tf.errors import InputError

CLASSES = "classes.csv"
LIST_OF = {
    **dict.fromkeys(zero_shot.TRAINVAL, "trainval"),
    "test_seen": "test_seen",
    "test_unseen": "test_unseen",
}


@dataclasses.dataclass(frozen=True)
class Shards(zero_shot.Tables):
    """The tables without examples.

    Attributes:
      rows: for each split its shards: triples of number, path and split.
      ids: from a label, as text, to the id of its class.
      may: for each split the ids of the classes that it may have.
    """

    ids: dict = dataclasses.field(default_factory=dict)
    may: dict = dataclasses.field(default_factory=dict)

    def classes(self, *splits):
        """The sorted ids of the classes that splits may have."""
        return sorted(set().union(*(self.may[split] for split in splits)))


def read(folder):
    """The `Shards` of a folder.

    Raises:
      InputError: the classes, or the first row of a list, cannot be used.
    """
    told = classes.read(folder / CLASSES)
    lists = {name: _files(folder, name) for name in set(LIST_OF.values())}
    widths = {
        paths[0].name: _width(paths[0]) for paths in lists.values() if paths
    }
    if not lists["trainval"] or set(map(bool, widths.values())) != {True}:
        raise InputError(
            f"`{folder}` must hold shards, trainval-* and others, whose first "
            f"row has numbers. Received: {widths or 'none'}"
        )
    if len(set(widths.values())) > 1:
        raise InputError(
            f"The shards of `{folder}` must have rows of as many numbers. "
            f"Received: {widths}"
        )
    seen = np.setdiff1d(np.arange(len(told.names)), told.unseen)
    every = np.arange(len(seen))
    val, note = validation.validation_classes(seen, every, None, None)
    rest = np.setdiff1d(seen, val)
    may = {"train": rest, "val_seen": rest, "val_unseen": val}
    may |= {"test_seen": seen, "test_unseen": told.unseen}
    return Shards(
        features=np.empty((0, max(widths.values())), np.float32),
        labels=np.empty(0, np.int64),
        semantics=told.semantics,
        class_names=told.names,
        attribute_names=told.attributes,
        rows={
            split: [
                (number, str(path), split)
                for number, path in enumerate(lists[LIST_OF[split]])
            ]
            for split in zero_shot.SPLITS
        },
        notes=(note,),
        ids=told.ids(),
        may={split: set(ids.tolist()) for split, ids in may.items()},
    )


def fingerprint(folder, version):
    """A digest of the classes' file, and of the shards' sizes and times."""
    digest = files.sha256(folder / CLASSES)
    digest.update(str(version).encode())
    for name in sorted(set(LIST_OF.values())):
        for path in _files(folder, name):
            status = path.stat()
            told = path.name, status.st_size, status.st_mtime_ns
            digest.update(repr(told).encode())
    return digest.hexdigest()


def _files(folder, name):
    """The shards of a list, in the order of their names."""
    return sorted(
        path
        for path in pathlib.Path(folder).glob(f"{name}-*")
        if path.name.endswith(reading.SUFFIXES)
    )


def _width(path):
    try:
        return reading.width_of(str(path))
    except reading.ERRORS as error:
        raise InputError(
            f"`{path}` must be a shard that can be read. Received: "
            f"{str(error)[:200]}"
        ) from error
