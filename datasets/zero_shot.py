"""What every data set here is: examples, class semantics and five splits.

A builder says which arguments of the user's it takes (`options`), how its
tables come about (`tables`) and how to recognise that their source has changed
(`fingerprint`); the rest of the TFDS protocol is written once, here.

Splits: `test_seen` and `test_unseen` as published, and `train`, `val_seen` and
`val_unseen`, which together are the published `trainval`: the classes of
`val_unseen` play the unseen ones during validation, and `val_seen` is the
held-out part of the others. Every example is written once.
"""

import abc
import dataclasses
import pathlib

import numpy as np
import tensorflow_datasets as tfds

from aspn_tf.errors import InputError

TRAINVAL = ("train", "val_seen", "val_unseen")
SPLITS = TRAINVAL + ("test_seen", "test_unseen")


@dataclasses.dataclass(frozen=True)
class Tables:
    """A whole data set in memory.

    Attributes:
      features: (n, d) float32, one row an example.
      labels: (n,) int64 in 0..C-1.
      semantics: (C, q) float32, one row a class.
      class_names: C distinct names.
      attribute_names: q names, or () when the source does not know them.
      rows: for each of `SPLITS` the rows of `features` that belong to it.
      notes: sentences for the user about choices that the source left open.
      image_shape: (height, width) where a feature is a grey image, else None.
      card: what made features and semantics, where that is known, else None.
    """

    features: np.ndarray
    labels: np.ndarray
    semantics: np.ndarray
    class_names: tuple[str, ...]
    attribute_names: tuple[str, ...]
    rows: dict[str, np.ndarray]
    notes: tuple[str, ...] = ()
    image_shape: tuple[int, int] | None = None
    card: dict | None = None

    def classes(self, *splits: str) -> list[int]:
        """Returns the sorted ids of the classes that occur in `splits`."""
        rows = np.concatenate([self.rows[split] for split in splits])
        return np.unique(self.labels[rows]).tolist()


def check_folder(name):
    """Refuses what names no folder of the user's own below `--manual_dir`.

    Raises:
      InputError: it is nothing, or a path.
    """
    if not name or pathlib.Path(name).name != name:
        raise InputError(
            "`--name` must be the name of a folder below `--manual_dir`. "
            f"Received: {name or 'none'}."
        )


class ZeroShotBuilder(
    tfds.core.GeneratorBasedBuilder, abc.ABC, skip_registration=True
):
    """TFDS builder of `Tables`; features are stored as raw bytes."""

    VERSION = tfds.core.Version("2.0.0")
    RELEASE_NOTES = {
        "2.0.0": "Examples of trainval are written once; image_shape.",
        "1.0.0": "First release.",
    }
    _source = None

    @classmethod
    def locate(cls, manual_dir, name, semantics, data_dir, download):
        """Where the files of the user's are: `manual_dir`, or None."""
        return manual_dir

    @classmethod
    def options(cls, manual_dir=None, name=None, semantics=None) -> dict:
        """Checks what the user asked for beside the name of the data set.

        As it stands, for a data set that reads no files.

        Args:
          manual_dir: the folder that holds the folders of files, or None.
          name: the folder of the user's own data, or None.
          semantics: which class semantics, or None for the default.

        Returns:
          Arguments of the constructor.

        Raises:
          InputError: an argument cannot be used with this data set.
        """
        cls._refuse_name(name)
        for key, value in ("manual_dir", manual_dir), ("semantics", semantics):
            if value is not None:
                raise InputError(
                    f"`--{key}` must go with a --dataset that reads files. "
                    f"Received: dataset={cls.name}, {key}={value}."
                )
        return {}

    @classmethod
    def _refuse_name(cls, name):
        if name is not None:
            raise InputError(
                "`--name` must go with --dataset=xlsa17. Received: "
                f"dataset={cls.name}, name={name}."
            )

    def read_source(self, manual_dir) -> None:
        """Reads and checks the source ahead of `download_and_prepare`.

        So that nothing has been written yet when it is refused.
        """
        self._source = self.fingerprint(manual_dir), self.tables(manual_dir)

    def engine(self, beam_flags) -> dict:
        """Arguments of a `DownloadConfig` that tell what prepares the data.

        As it stands, this process alone.

        Args:
          beam_flags: those of Apache Beam, for a data set that it prepares.
        """
        return {}

    @abc.abstractmethod
    def tables(self, manual_dir) -> Tables:
        """Reads and checks the source; raises `InputError`."""

    @abc.abstractmethod
    def fingerprint(self, manual_dir) -> str:
        """Returns a digest that changes whenever the tables would."""

    def _info(self) -> tfds.core.DatasetInfo:
        return self.dataset_info_from_configs(
            features=tfds.features.FeaturesDict(
                {
                    "features": tfds.features.Tensor(
                        shape=(None,), dtype=np.float32, encoding="bytes"
                    ),
                    "label": np.int64,
                }
            ),
            supervised_keys=("features", "label"),
            metadata=tfds.core.MetadataDict(),
            disable_shuffling=True,
        )

    def _split_generators(self, dl_manager):
        manual_dir = None
        if self.MANUAL_DOWNLOAD_INSTRUCTIONS:
            manual_dir = dl_manager.manual_dir
        if self._source is None:
            self.read_source(manual_dir)
        fingerprint, tables = self._source
        self._source = None
        seen = tables.classes(*TRAINVAL)
        every = np.arange(len(tables.class_names))
        self.info.metadata.update(
            class_names=list(tables.class_names),
            semantics=tables.semantics.tolist(),
            seen=seen,
            unseen=np.setdiff1d(every, seen).tolist(),
            val_unseen_classes=tables.classes("val_unseen"),
            attribute_names=list(tables.attribute_names),
            fingerprint=fingerprint,
            notes=list(tables.notes),
            image_shape=tables.image_shape and list(tables.image_shape),
            card=tables.card,
        )
        return {
            split: self._generate_examples(tables, tables.rows[split])
            for split in SPLITS
            if len(tables.rows[split])  # TFDS writes no empty one
        }

    def _generate_examples(self, tables, rows):
        for row in rows.tolist():
            yield (
                row,
                {
                    "features": tables.features[row],
                    "label": tables.labels[row],
                },
            )
