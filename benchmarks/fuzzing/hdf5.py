"""MAT files of version 7.3, whole and made to harm."""

import functools
import pathlib
import tempfile

import h5py
import numpy as np

from fuzzing import matlab

SECRET = 77777.0  # what a file has that no case may read


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
        _hdf5(lambda file, o=options: _write(file, matlab.content(), **o))
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
        rest = {k: v for k, v in matlab.content().items() if k != key}
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
