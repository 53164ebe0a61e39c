"""What every data set here is: examples, class semantics and six splits.

A builder says how its tables come about (`tables`) and how to recognise that
their source has changed (`fingerprint`); the rest of the TFDS protocol is
written once, here.

Splits: `trainval`, `test_seen` and `test_unseen` as published, and `train`,
`val_seen` and `val_unseen`, which together are `trainval` again: the classes
of `val_unseen` play the unseen ones during validation, and `val_seen` is the
held-out part of the others.
"""

import abc
import dataclasses

import numpy as np
import tensorflow_datasets as tfds

SPLITS = (
    "trainval",
    "test_seen",
    "test_unseen",
    "train",
    "val_seen",
    "val_unseen",
)


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
    """

    features: np.ndarray
    labels: np.ndarray
    semantics: np.ndarray
    class_names: tuple[str, ...]
    attribute_names: tuple[str, ...]
    rows: dict[str, np.ndarray]
    notes: tuple[str, ...] = ()

    def classes(self, split: str) -> list[int]:
        """Returns the sorted ids of the classes that occur in `split`."""
        return np.unique(self.labels[self.rows[split]]).tolist()


class ZeroShotBuilder(
    tfds.core.GeneratorBasedBuilder, abc.ABC, skip_registration=True
):
    """TFDS builder of `Tables`; features are stored as raw bytes."""

    _source = None

    def read_source(self, manual_dir) -> None:
        """Reads and checks the source ahead of `download_and_prepare`.

        So that nothing has been written yet when it is refused.
        """
        self._source = self.fingerprint(manual_dir), self.tables(manual_dir)

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
        self.info.metadata.update(
            class_names=list(tables.class_names),
            semantics=tables.semantics.tolist(),
            seen=tables.classes("trainval"),
            unseen=tables.classes("test_unseen"),
            val_unseen_classes=tables.classes("val_unseen"),
            attribute_names=list(tables.attribute_names),
            fingerprint=fingerprint,
            notes=list(tables.notes),
        )
        return {
            split: self._generate_examples(tables, tables.rows[split])
            for split in SPLITS
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
