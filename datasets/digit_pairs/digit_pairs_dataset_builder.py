"""Two-digit numbers in real handwriting, from scikit-learn's bundled digits.

Everything is fixed by this file and `VERSION`; README.md tells the rules.
`np.random.RandomState` is NumPy's frozen stream (NEP 19): what it draws does
not change with NumPy's version.
"""

import hashlib

import numpy as np
from sklearn.datasets import load_digits

from aspn_tf.datasets import zero_shot

# Tens digit t makes the classes 10 t + (3 t + offset) % 10. As 3 and 10 have
# no common factor, one offset takes every digit once in each place.
_UNSEEN_OFFSETS = (1, 6)
_VAL_UNSEEN_OFFSETS = (3, 8)

# The k-th image of a digit, in scikit-learn's order, is in pool _POOLS[k % 5].
_POOLS = ("train", "train", "val", "train", "test")

IMAGE_SHAPE = (8, 16)

_TRAIN_COUNT = 80
_VAL_SEEN_COUNT = 20
_TEST_COUNT = 30


def numbers(offsets: tuple[int, ...]) -> list[int]:
    """Returns the classes that `offsets` select, sorted."""
    return sorted(
        10 * tens + (3 * tens + offset) % 10
        for tens in range(10)
        for offset in offsets
    )


def image_pools(target: np.ndarray) -> dict[str, list[np.ndarray]]:
    """Divides the digit images, rows of scikit-learn's table, into pools.

    Args:
      target: (1797,) the digit that each image shows.

    Returns:
      For `train`, `val` and `test` the rows of each digit, disjoint.
    """
    pools = {"train": [], "val": [], "test": []}
    for digit in range(10):
        rows = np.flatnonzero(target == digit)
        pool = np.resize(_POOLS, len(rows))
        for name, of_digits in pools.items():
            of_digits.append(rows[pool == name])
    return pools


def draw_pairs(number: int, images: list[np.ndarray], count: int, seed: int):
    """Draws distinct pairs of images that show a number.

    Args:
      number: the class, 0..99.
      images: for each digit the rows that may be used.
      count: how many pairs.
      seed: distinguishes the pools.

    Returns:
      (count, 2) rows of the tens image and of the units image.
    """
    tens, units = images[number // 10], images[number % 10]
    stream = np.random.RandomState(1000 * seed + number)
    drawn = stream.permutation(len(tens) * len(units))[:count]
    return np.stack([tens[drawn // len(units)], units[drawn % len(units)]], 1)


def image_pairs(target: np.ndarray):
    """Lays out the whole data set.

    Args:
      target: (1797,) the digit that each image shows.

    Returns:
      pairs: (n, 2) rows of the tens image and of the units image.
      labels: (n,) the number that each pair shows.
      rows: for each split the rows of `pairs` that belong to it.
    """
    pools = image_pools(target)
    unseen = numbers(_UNSEEN_OFFSETS)
    val_unseen = numbers(_VAL_UNSEEN_OFFSETS)
    pairs, labels, splits = [], [], []

    def add(split, number, pool, count):
        seed = sorted(pools).index(pool)
        pairs.append(draw_pairs(number, pools[pool], count, seed))
        labels.extend([number] * count)
        splits.extend([split] * count)

    for number in range(100):
        if number in unseen:
            add("test_unseen", number, "test", _TEST_COUNT)
            continue
        add("test_seen", number, "test", _TEST_COUNT)
        if number in val_unseen:
            add("val_unseen", number, "val", _TRAIN_COUNT + _VAL_SEEN_COUNT)
        else:
            add("train", number, "train", _TRAIN_COUNT)
            add("val_seen", number, "val", _VAL_SEEN_COUNT)
    splits = np.array(splits)
    rows = {
        name: np.flatnonzero(splits == name) for name in set(splits.tolist())
    }
    return np.concatenate(pairs), np.array(labels, np.int64), rows


class Builder(zero_shot.ZeroShotBuilder):
    """TFDS builder of digit_pairs."""

    def tables(self, manual_dir=None) -> zero_shot.Tables:
        """Builds the data set; `manual_dir` is not needed."""
        digits = load_digits()
        pairs, labels, rows = image_pairs(digits.target)
        images = digits.images.astype(np.float32)
        sides = images[pairs[:, 0]], images[pairs[:, 1]]
        number = np.arange(100)
        units = np.eye(10, dtype=np.float32)
        return zero_shot.Tables(
            features=np.concatenate(sides, axis=2).reshape(len(pairs), -1),
            labels=labels,
            semantics=np.hstack([units[number // 10], units[number % 10]]),
            class_names=tuple(f"{n:02d}" for n in number),
            attribute_names=tuple(
                f"{place} is {digit}"
                for place in ("tens", "units")
                for digit in range(10)
            ),
            rows=rows,
            image_shape=IMAGE_SHAPE,
        )

    def fingerprint(self, manual_dir=None) -> str:
        """Digests the tables themselves, which are quickly built."""
        tables = self.tables()
        digest = hashlib.sha256(f"{self.name} {self.VERSION}".encode())
        digest.update(tables.features.astype("<f4").tobytes())
        for split in zero_shot.SPLITS:
            labels = tables.labels[tables.rows[split]]
            digest.update(labels.astype("<i8").tobytes())
        return digest.hexdigest()
