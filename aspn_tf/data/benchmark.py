"""A zero-shot benchmark: features, class semantics and splits.

Labels are 0..C-1 and index the rows of `semantics`. Classes are seen, with
images to train on, or unseen, known by their semantics alone.
"""

import dataclasses

import numpy as np

from aspn_tf.data.views import Described, Split, TrainingView
from aspn_tf.errors import InputError


def _no_ids():
    return np.zeros(0, np.int64)


@dataclasses.dataclass(frozen=True, eq=False)
class Benchmark(Described):
    """What a method is trained and scored on.

    Attributes:
      name: the data set, or the folder of the user's own.
      class_names: C names.
      semantics: (C, q) float32, as the source has them.
      seen: sorted ids of the seen classes.
      unseen: sorted ids of the unseen classes; with `seen` they are 0..C-1.
      train: examples of seen classes alone.
      test_seen: other examples of seen classes.
      test_unseen: examples of the unseen classes.
      fingerprint: digest of the source.
      attribute_names: q names, or () when unknown.
      notes: sentences for the user about the data.
      image_shape: (height, width) where a feature is a grey image, else None.
      card: what made features and semantics, see
        `aspn_tf.pictures.preparing`; None where that is not known.
      val_unseen: ids of the seen classes that `validation` calls unseen.
      val_seen_rows: rows of `train` that `validation` holds out.
    """

    name: str
    class_names: tuple[str, ...]
    semantics: np.ndarray
    seen: np.ndarray
    unseen: np.ndarray
    train: Split
    test_seen: Split
    test_unseen: Split
    fingerprint: str
    attribute_names: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    image_shape: tuple[int, int] | None = None
    card: dict | None = None
    val_unseen: np.ndarray = dataclasses.field(default_factory=_no_ids)
    val_seen_rows: np.ndarray = dataclasses.field(default_factory=_no_ids)

    def __post_init__(self):
        """Checks that unseen classes cannot reach training."""
        both = np.concatenate([self.seen, self.unseen])
        if not np.array_equal(np.sort(both), np.arange(self.class_count)):
            raise ValueError(
                "`seen` and `unseen` must be disjoint and cover "
                f"0..{self.class_count - 1}. Received: seen={self.seen}, "
                f"unseen={self.unseen}."
            )
        for split, classes in (
            ("train", self.seen),
            ("test_seen", self.seen),
            ("test_unseen", self.unseen),
        ):
            strange = np.setdiff1d(getattr(self, split).labels, classes)
            if len(strange):
                raise ValueError(
                    f"`{split}` must hold only its own classes. Received: "
                    f"label {strange[0]}."
                )

    @property
    def feature_width(self) -> int:
        """The width d of a feature."""
        return self.train.features.shape[1]

    @property
    def joint(self) -> bool:
        """Whether features and semantics are of one space; see the card."""
        return bool(self.card and self.card.get("joint"))

    def training(self) -> TrainingView:
        """Returns what a method may see of it."""
        return TrainingView(
            self.train.features,
            self.train.labels,
            self.semantics,
            self.seen,
            self.unseen,
            self.joint,
        )

    def validation(self) -> "Benchmark":
        """Returns the benchmark to make choices on.

        Some seen classes play the unseen ones and a held-out part of the
        others `test_seen`; the unseen classes are absent, and classes and
        labels are numbered anew.

        Raises:
          InputError: this benchmark has no validation partition (left).
        """
        held_out = np.zeros(len(self.train.labels), bool)
        held_out[self.val_seen_rows] = True
        is_unseen = np.isin(self.train.labels, self.val_unseen)
        train, test_seen, test_unseen = (
            self.train.take(rows)
            for rows in (~held_out & ~is_unseen, held_out, is_unseen)
        )
        if not all(len(s.labels) for s in (train, test_seen, test_unseen)):
            raise InputError(
                "A benchmark must have validation classes, held-out examples "
                "and examples left to train on. Received: "
                f"{len(test_unseen.labels)}, {len(test_seen.labels)} and "
                f"{len(train.labels)} examples of these in {self.name}; use "
                "--selection=last with --calibration=false."
            )
        whole = dataclasses.replace(
            self,
            name=f"{self.name} (validation)",
            seen=np.setdiff1d(np.arange(self.class_count), self.val_unseen),
            unseen=self.val_unseen,
            train=train,
            test_seen=test_seen,
            test_unseen=test_unseen,
            val_unseen=self.val_unseen[:0],
            val_seen_rows=self.val_seen_rows[:0],
        )
        return whole._keep(self.seen)

    def without(self, class_names) -> "Benchmark":
        """Returns the benchmark with classes removed from everything.

        Args:
          class_names: names of the classes to remove.

        Raises:
          InputError: a name is not one of this benchmark's.
        """
        for name in class_names:
            if name not in self.class_names:
                raise InputError(
                    f"A class to leave out must be one of {self.name}'s. "
                    f"Received: {name}; its classes are "
                    f"{', '.join(self.class_names[:3])}, ..."
                )
        keep = np.flatnonzero(~np.isin(self.class_names, list(class_names)))
        return self._keep(keep)

    def _keep(self, classes) -> "Benchmark":
        """Returns the benchmark of the sorted `classes`, numbered anew."""
        new_id = np.full(self.class_count, -1)
        new_id[classes] = np.arange(len(classes))

        def ids(old):
            return new_id[np.intersect1d(old, classes)]

        def split(old):
            kept = new_id[old.labels] >= 0
            if not kept.all():  # else the features need no copy
                old = old.take(kept)
            return Split(old.features, new_id[old.labels])

        kept_rows = np.flatnonzero(new_id[self.train.labels] >= 0)
        return dataclasses.replace(
            self,
            class_names=tuple(self.class_names[i] for i in classes),
            semantics=self.semantics[classes],
            seen=ids(self.seen),
            unseen=ids(self.unseen),
            train=split(self.train),
            test_seen=split(self.test_seen),
            test_unseen=split(self.test_unseen),
            val_unseen=ids(self.val_unseen),
            val_seen_rows=np.flatnonzero(
                np.isin(kept_rows, self.val_seen_rows)
            ),
        )
