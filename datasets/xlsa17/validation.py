"""The validation partition of trainval, which the published lists lack.

`train_loc` and `val_loc` divide trainval *and* test_seen: using them as they
are would train or choose on test images. So they only name the validation
classes here, and only through the images that trainval has too.
"""

import numpy as np

# Changing this changes every validation partition: raise the builder VERSION.
_SEED = 0


def validation_classes(labels, trainval, train_loc, val_loc):
    """Chooses the seen classes that play the unseen ones in validation.

    Args:
      labels: (N,) class of every image.
      trainval: rows of the trainval images.
      train_loc: rows of the published training list, or None.
      val_loc: rows of the published validation list, or None.

    Returns:
      The sorted ids of the validation classes, and a sentence for the user
      when they had to be drawn, otherwise None.
    """
    seen = np.unique(labels[trainval])
    if val_loc is not None:
        chosen = np.unique(labels[np.intersect1d(val_loc, trainval)])
        if train_loc is not None:
            train = np.unique(labels[np.intersect1d(train_loc, trainval)])
            chosen = np.setdiff1d(chosen, train)
        if 0 < len(chosen) < len(seen):
            return chosen, None
    count = max(1, round(len(seen) / 3))
    stream = np.random.RandomState(_SEED)
    chosen = np.sort(stream.permutation(seen)[:count])
    return chosen, (
        "The files do not say which classes to validate on: "
        f"{count} of the {len(seen)} seen ones were drawn with a fixed seed."
    )


def partition(labels, trainval, val_unseen_classes):
    """Divides trainval into `train`, `val_seen` and `val_unseen`.

    Args:
      labels: (N,) class of every image.
      trainval: rows of the trainval images.
      val_unseen_classes: ids of the classes that validation calls unseen.

    Returns:
      A dict of rows. `val_seen` holds a fifth of each remaining class, drawn
      with a fixed seed: at least one image where the class has two, and never
      the only one.
    """
    stream = np.random.RandomState(_SEED)
    is_val = np.isin(labels[trainval], val_unseen_classes)
    rest = trainval[~is_val]
    val_seen = [rest[:0]]
    for label in np.unique(labels[rest]):
        rows = stream.permutation(rest[labels[rest] == label])
        val_seen.append(rows[: max(len(rows) // 5, min(1, len(rows) - 1))])
    val_seen = np.sort(np.concatenate(val_seen))
    return {
        "train": np.setdiff1d(rest, val_seen),
        "val_seen": val_seen,
        "val_unseen": trainval[is_val],
    }
