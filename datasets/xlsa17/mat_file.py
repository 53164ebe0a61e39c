"""MATLAB files of both generations as NumPy arrays.

Versions 4 to 7 are read by SciPy. Version 7.3 is HDF5: there a MATLAB array
lies with its axes reversed, text is an array of character codes and a cell
array holds references to its cells. An array without the attribute
MATLAB_class was written by other tools and is taken as it lies.
"""

import hashlib
import pathlib
import struct
import zlib

import h5py
import numpy as np
import scipy.io
import scipy.sparse
from scipy.io import matlab

from aspn_tf.errors import InputError

_HEADER = 512  # bytes before the HDF5 content
_CLASSES = {"float32": "single", "float64": "double", "int64": "int64"}
# What SciPy and h5py raise on files that are damaged or something else.
_READ_ERRORS = (
    EOFError,
    IndexError,
    KeyError,
    NotImplementedError,
    OSError,
    OverflowError,
    RuntimeError,
    TypeError,
    ValueError,
    matlab.MatReadError,
    struct.error,
    zlib.error,
)


def read(path: pathlib.Path, keys: tuple[str, ...]) -> dict[str, np.ndarray]:
    """Reads variables of a MAT file.

    Args:
      path: the file, version 4 to 7.3.
      keys: the variables wanted.

    Returns:
      Those of them that the file holds, in MATLAB's shape; text and cell
      arrays of text are 1-D object arrays of str.

    Raises:
      InputError: `path` cannot be read or is not a MAT file.
    """
    try:
        if h5py.is_hdf5(path):
            with h5py.File(path, "r") as file:
                return {key: _hdf5(file, key) for key in keys if key in file}
        found = scipy.io.loadmat(path, variable_names=list(keys))
        return {key: _plain(found[key]) for key in keys if key in found}
    except _READ_ERRORS as error:
        reason = " ".join(str(error).split()) or type(error).__name__
        raise InputError(
            f"{path} must be a MAT file, whole and readable. Received: "
            f"{reason.rstrip('.')}; copy, download or save it again."
        ) from error


def write_hdf5(path: pathlib.Path, variables: dict[str, np.ndarray]) -> None:
    """Writes matrices of numbers as a version 7.3 file, of any size.

    Args:
      path: the file.
      variables: matrices in MATLAB's shape.
    """
    with h5py.File(path, "w", userblock_size=_HEADER) as file:
        for key, value in variables.items():
            node = file.create_dataset(key, data=value.T)
            node.attrs["MATLAB_class"] = np.bytes_(_CLASSES[value.dtype.name])
    with path.open("r+b") as file:
        words = b"MATLAB 7.3 MAT-file, Platform: aspn_tf".ljust(124)
        file.write(words + struct.pack("<HH", 0x0200, 0x4D49))


def digest(path: pathlib.Path) -> bytes:
    """Returns the SHA-256 of a file.

    Raises:
      InputError: `path` cannot be read.
    """
    try:
        with open(path, "rb") as file:
            return hashlib.file_digest(file, "sha256").digest()
    except OSError as error:
        raise InputError(
            f"{path} must be readable. Received: {error.strerror}; check its "
            "permissions."
        ) from error


def _plain(value) -> np.ndarray:
    """Returns what SciPy read without sparsity and nested cells."""
    if scipy.sparse.issparse(value):
        return value.toarray()
    if value.dtype.kind == "U":
        return np.array([str(row).strip() for row in value.ravel()], object)
    if value.dtype.kind != "O":
        return value
    cells = [np.ravel(cell) for cell in value.ravel()]
    if not all(cell.dtype.kind == "U" for cell in cells):
        return value
    return np.array(["".join(cell) for cell in cells], object)


def _hdf5(file: h5py.File, key: str) -> np.ndarray:
    """Reads one variable of a version 7.3 file."""
    node = file[key]
    if not isinstance(node, h5py.Dataset):
        raise TypeError(f"`{key}` as a structure or a sparse matrix")
    if node.attrs.get("MATLAB_empty", 0):
        return np.zeros((0, 0))
    value = node[()]
    if node.dtype == h5py.ref_dtype:
        texts = [_characters(file[cell]) for cell in np.ravel(value.T)]
        return np.array(texts, object)
    if h5py.check_string_dtype(node.dtype):
        return np.array([_decode(text) for text in np.ravel(value)], object)
    matlab_class = node.attrs.get("MATLAB_class")
    if matlab_class == b"char":
        rows = np.atleast_2d(value.T)
        return np.array(["".join(map(chr, r)).strip() for r in rows], object)
    return value if matlab_class is None else value.T


def _characters(cell: h5py.Dataset) -> str:
    """Reads the text of one cell."""
    if cell.attrs.get("MATLAB_empty", 0):
        return ""
    value = cell[()]
    if isinstance(value, (bytes, str)):
        return _decode(value)
    return "".join(map(chr, np.ravel(value)))


def _decode(text: bytes | str) -> str:
    return text.decode() if isinstance(text, bytes) else str(text)
