"""MATLAB files of both generations as NumPy arrays.

Versions 4 to 7 are read in `mat_elements` and `mat_old`. Version 7.3 is HDF5:
there a MATLAB array lies with its axes reversed, text is an array of character
codes and a cell array holds references to its cells. An array without the
attribute MATLAB_class was written by other tools and is taken as it lies.
"""

import math
import os
import pathlib
import struct
import zlib

import h5py
import numpy as np

from aspn_tf import files
from aspn_tf.datasets.xlsa17 import mat_bytes, mat_elements, mat_old
from aspn_tf.errors import InputError

_HEADER = 512  # bytes before the HDF5 content
_CLASSES = {"float32": "single", "float64": "double", "int64": "int64"}
LETTERS = 1 << 20  # in a cell, at most
# What h5py and our readers raise on files that are damaged or something else.
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
    files.check(path)
    try:
        if h5py.is_hdf5(path):
            with h5py.File(path, "r") as file:
                found = {key: dataset(file, key) for key in keys}
                return {
                    key: _hdf5(file, node)
                    for key, node in found.items()
                    if node is not None
                }
        return _older(path, keys)
    except _READ_ERRORS as error:
        reason = " ".join(str(error).split())[:200] or type(error).__name__
        raise InputError(
            f"{path} must be a MAT file, whole and readable. Received: "
            f"{reason.rstrip('.')}; copy, download or save it again."
        ) from error


def dataset(file: h5py.File, key: str) -> h5py.Dataset | None:
    """An array of a version 7.3 file, which lies in this file; or None.

    Links to other files are not followed, nor others that MATLAB does not
    write.

    Raises:
      ValueError: `key` is a link, is no array, or lies elsewhere.
    """
    link = file.get(key, getlink=True)
    if link is None:
        return None
    if not isinstance(link, h5py.HardLink):
        raise ValueError(f"`{key}` as a link")
    node = file[key]
    if not isinstance(node, h5py.Dataset):
        raise ValueError(f"`{key}` as a structure or a sparse matrix")
    if node.shape is None:
        raise ValueError(f"`{key}` without numbers")
    return _within(node)


def _within(node):
    """A dataset whose numbers are in its file, and not far more than it."""
    if node.external or node.is_virtual:
        raise ValueError(f"`{node.name}` in other files")
    stored = node.id.get_storage_size()
    chunk = math.prod(node.chunks or ()) * node.dtype.itemsize
    mat_bytes.refuse_to_swell(chunk, stored)
    return node


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
        return files.sha256(path).digest()
    except OSError as error:
        raise InputError(
            f"{path} must be readable. Received: {error.strerror}; check its "
            "permissions."
        ) from error


def _older(path, keys):
    """Reads variables of a version 4 to 7 file."""
    found = {}
    with open(path, "rb") as file:
        size = os.fstat(file.fileno()).st_size
        version = mat_old if mat_old.is_old(file.read(20)) else mat_elements
        file.seek(0)
        for name, value in version.variables(file, size):
            if name in found:
                raise ValueError(f"`{name}` twice")
            if name in keys:
                found[name] = value()
    return found


def _hdf5(file: h5py.File, node: h5py.Dataset) -> np.ndarray:
    """Reads one variable of a version 7.3 file."""
    if node.attrs.get("MATLAB_empty", 0):
        return np.zeros((0, 0))
    mat_bytes.refuse_to_swell(node.nbytes, node.id.get_storage_size())
    cells = node.dtype == h5py.ref_dtype or h5py.check_string_dtype(node.dtype)
    if cells and node.size > mat_elements.CELLS:
        raise ValueError(
            f"{node.size} cells, where {mat_elements.CELLS} are the most"
        )
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
    if not isinstance(cell, h5py.Dataset):
        raise ValueError(f"`{cell.name}` as a structure in a cell")
    if _within(cell).size > LETTERS:
        raise ValueError(f"{cell.size} letters in a cell")
    if cell.attrs.get("MATLAB_empty", 0):
        return ""
    value = cell[()]
    if isinstance(value, (bytes, str)):
        return _decode(value)
    return "".join(map(chr, np.ravel(value)))


def _decode(text: bytes | str) -> str:
    return text.decode() if isinstance(text, bytes) else str(text)
