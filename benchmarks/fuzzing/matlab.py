"""MAT files, whole and made to harm: versions 4, 5 and 7, and 7.3."""

import functools
import io
import pathlib
import struct
import tempfile
import zlib

import h5py
import numpy as np
import scipy.io
import scipy.sparse

from fuzzing import damage

SECRET = 77777.0  # what a file has that no case may read
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


def _hdf5(write):
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "file"
        with h5py.File(path, "w", userblock_size=512) as file:
            write(file)
        data = bytearray(path.read_bytes())
    data[:128] = b"MATLAB 7.3 MAT-file".ljust(124) + b"\0\2IM"
    return bytes(data)


def _write(file, variables, **options):
    for key, value in variables.items():
        if value.dtype != object:
            node = file.create_dataset(key, data=value.T, **options)
            node.attrs["MATLAB_class"] = np.bytes_("double")
            continue
        references = np.empty(value.T.shape, h5py.ref_dtype)
        for at, text in np.ndenumerate(value.T):
            codes = np.array([[ord(c)] for c in text], np.uint16)
            cell = file.create_dataset(f"#refs#/{key}{at}", data=codes)
            cell.attrs["MATLAB_class"] = np.bytes_("char")
            references[at] = cell.ref
        node = file.create_dataset(key, data=references, dtype=h5py.ref_dtype)
        node.attrs["MATLAB_class"] = np.bytes_("cell")


@functools.cache
def sevens():
    """Whole files of version 7.3."""
    return [
        _hdf5(lambda file, o=options: _write(file, content(), **o))
        for options in ({}, {"compression": "gzip", "chunks": True})
    ]


def seven(random, outside):
    """A file of version 7.3 with links, lies, or other types.

    Args:
      random: a `random.Random`.
      outside: a folder; what is in it may not be read.
    """
    secret, raw = outside / "secret.mat", outside / "raw"
    with h5py.File(secret, "w") as file:
        file["features"] = np.full((3, 24), SECRET)
    raw.write_bytes(np.full((24, 3), SECRET).tobytes())
    key = random.choice(("features", "features", "allclasses_names", "labels"))

    def write(file):
        rest = {k: v for k, v in content().items() if k != key}
        _write(file, rest)
        WRITES[random.randrange(len(WRITES))](file, key, secret, raw)

    return _hdf5(write)


def _external(file, key, secret, raw):
    file[key] = h5py.ExternalLink(str(secret), "/features")


def _through(file, key, secret, raw):
    file["there"] = h5py.ExternalLink(str(secret), "/")
    file[key] = h5py.SoftLink("/there/features")


def _loop(file, key, secret, raw):
    file[key] = h5py.SoftLink("/other")
    file["other"] = h5py.SoftLink(f"/{key}")


def _raw(file, key, secret, raw):
    parts = [(str(raw), 0, 24 * 3 * 8)]
    file.create_dataset(key, (24, 3), "f8", external=parts)


def _virtual(file, key, secret, raw):
    layout = h5py.VirtualLayout((3, 24), "f8")
    layout[:] = h5py.VirtualSource(secret, "features", (3, 24))
    file.create_virtual_dataset(key, layout)


def _huge(file, key, secret, raw):
    file.create_dataset(key, (1 << 40, 1 << 20), "f8", chunks=(1, 1 << 10))


def _large_chunks(file, key, secret, raw):
    node = file.create_dataset(
        key, (24, 1 << 28), "f4", chunks=(1, 1 << 28), compression="gzip"
    )
    node.attrs["MATLAB_class"] = np.bytes_("single")


def _group(file, key, secret, raw):
    file.create_group(key)[key] = file


def _text(file, key, secret, raw):
    file.create_dataset(key, data=["a", "b"], dtype=h5py.string_dtype())


def _cells_of_others(file, key, secret, raw):
    file["there"] = h5py.ExternalLink(str(secret), "/features")
    group = file.create_group("group")
    parts = [(str(raw), 0, 48)]
    other = file.create_dataset("raw", (6, 1), "f8", external=parts)
    refs = np.array([[group.ref, other.ref, file.ref]], h5py.ref_dtype)
    file.create_dataset(key, data=refs, dtype=h5py.ref_dtype)


def _null_reference(file, key, secret, raw):
    file.create_dataset(key, (1, 6), dtype=h5py.ref_dtype)


def _compound(file, key, secret, raw):
    file.create_dataset(key, data=np.zeros((24, 3), [("a", "f4"), ("b", "i8")]))


def _ragged(file, key, secret, raw):
    file.create_dataset(key, (24, 3), h5py.vlen_dtype("f8"))


def _shapes(file, key, secret, raw):
    file[key] = 1.0


def _codes(file, key, secret, raw):
    node = file.create_dataset(key, data=np.full((6, 3), 2**31, np.uint32))
    node.attrs["MATLAB_class"] = np.bytes_("char")


def _empty(file, key, secret, raw):
    node = file.create_dataset(key, data=h5py.Empty("f8"))
    node.attrs["MATLAB_class"] = np.bytes_("double")


WRITES = (
    *(_external, _through, _loop, _raw, _virtual, _huge, _large_chunks),
    *(_group, _text, _cells_of_others, _null_reference, _compound),
    *(_ragged, _shapes, _codes, _empty),
)
