"""MAT files, whole and made to harm: versions 4, 5 and 7."""

import functools
import io
import struct
import zlib

import numpy as np
import scipy.io
import scipy.sparse

from fuzzing import damage

FEATURES = np.arange(72, dtype=np.float32).reshape(3, 24) / 8
CLASSES = ("ant", "bee", "cat", "dog", "elk", "\u4e2d")


def _cells(texts):
    cells = np.empty((len(texts), 1), object)
    cells[:, 0] = list(texts)
    return cells


def _column(values):
    return np.array(values, np.uint16).reshape(-1, 1)


def content():
    """The variables of both files of xlsa17, in one."""
    seen = np.arange(1, 17)
    return {
        "features": FEATURES,
        "labels": _column(np.repeat(np.arange(1, 7), 4)),
        "att": np.arange(12.0).reshape(6, 2).T,
        "allclasses_names": _cells(CLASSES),
        "trainval_loc": _column(seen[seen % 4 != 0]),
        "test_seen_loc": _column(seen[seen % 4 == 0]),
        "test_unseen_loc": _column(range(17, 25)),
    }


def _saved(variables, **options):
    buffer = io.BytesIO()
    scipy.io.savemat(buffer, variables, **options)
    return buffer.getvalue()


@functools.cache
def olds():
    """Whole files of version 4."""
    numbers = {k: v for k, v in content().items() if v.dtype != object}
    sparse = numbers | {"features": scipy.sparse.csc_array(FEATURES)}
    return [_saved(one, format="4") for one in (numbers, sparse)]


@functools.cache
def fives():
    """Whole files of versions 5 and 7."""
    sparse = content() | {"features": scipy.sparse.csc_array(FEATURES)}
    return [
        _saved(one, do_compression=compressed)
        for one in (content(), sparse)
        for compressed in (False, True)
    ]


def _packed(element):
    data = zlib.compress(element)
    return struct.pack("<II", 15, len(data)) + data


@functools.cache
def _zeros(declared):
    """A compressed variable of 640 MB of zeros; what it declares is asked."""
    shape = struct.pack("<IIii", 5, 8, 1 << 14, declared)
    head = struct.pack("<IIII", 6, 8, 6, 0) + shape
    head += struct.pack("<II8s", 1, 8, b"features")
    size = 8 * (1 << 14) * 5000
    head += struct.pack("<II", 9, size % 2**32)
    packer = zlib.compressobj(1)
    data = packer.compress(struct.pack("<II", 14, len(head) + size) + head)
    data += b"".join(packer.compress(bytes(1 << 20)) for _ in range(size >> 20))
    data += packer.flush()
    top = b"MATLAB".ljust(124) + b"\0\1IM"
    return top + struct.pack("<II", 15, len(data)) + data


def five(random):
    """A file of version 5 or 7, harmed within a compressed variable."""
    kind = random.random()
    if kind < 0.03:
        return _zeros(random.choice((5000, 1 << 20)))
    if kind < 0.6:
        whole = random.choice((fives()[0], fives()[2]))
        found, at = whole[:128], 128
        while at < len(whole):
            size = struct.unpack("<I", whole[at + 4 : at + 8])[0]
            element = whole[at : at + 8 + size]
            if random.random() < 0.5:
                element = damage.of_bytes(random, element)
            found += _packed(element)
            at += 8 + size
        return found
    nested = value = np.empty((1, 1), object)
    for _ in range(random.choice((1, 5, 60))):
        value[0, 0] = np.empty((1, 1), object)
        value = value[0, 0]
    value[0, 0] = 1.0
    odd = random.choice(
        (
            {"features": nested, "allclasses_names": nested},
            {"features": {"a": 1.0}, "att": {"b": {"c": "d"}}},
            {"features": np.array([[1j]])},
            {"features": np.array([["text"]], object), "att": "text"},
            {"features": np.zeros((2, 3, 4))},
            {"features": np.zeros((0, 5)), "labels": np.zeros((0, 0))},
            {"allclasses_names": _cells(damage.NAMES[:4] + CLASSES[:2])},
            {"labels": np.array([[np.nan, np.inf, -1, 1e300]]).T},
        )
    )
    data = _saved(content() | odd, do_compression=random.random() < 0.5)
    return data + data[128:] if random.random() < 0.2 else data
