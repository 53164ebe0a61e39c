"""MAT files: read as SciPy reads them, or refused before they do harm."""

import os
import struct
import zlib

import h5py
import hypothesis
import numpy as np
import pytest
import scipy.io
import scipy.sparse
import xlsa17_files
from hypothesis import strategies

from aspn_tf.datasets.xlsa17 import mat_bytes, mat_file
from aspn_tf.errors import InputError

DTYPES = "i1 u1 i2 u2 i4 u4 i8 u8 f4 f8".split()


def refused(path, match, key="x"):
    with pytest.raises(InputError, match=match) as caught:
        mat_file.read(path, (key,))
    assert "Received: " in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "file.mat"


@pytest.mark.parametrize("compressed", [False, True])
@pytest.mark.parametrize("dtype", DTYPES)
def test_numbers_are_as_written(path, dtype, compressed):
    value = np.arange(12).reshape(3, 4).astype(dtype)
    content = {"before": value, "x": value, "behind": value}
    scipy.io.savemat(path, content, do_compression=compressed)
    found = mat_file.read(path, ("x", "missing"))
    assert list(found) == ["x"] and found["x"].dtype == dtype
    np.testing.assert_array_equal(found["x"], value)


@pytest.mark.parametrize("form", ["4", "5"])
def test_text_cells_and_sparse_matrices_are_as_written(path, form):
    dense = np.array([[0.0, 1.5, 0.0], [2.5, 0.0, 0.0]])
    content = {"x": "words ", "y": scipy.sparse.csc_array(dense)}
    content |= {"w": np.array(["ab", "c "]), "empty": np.zeros((0, 0))}
    if form == "5":
        content["cells"] = xlsa17_files.cells(
            ["ant", "", "\u00e9lan ", "\u4e2d"]
        )
        content["mixed"] = xlsa17_files.cells(["ant", 3.0])
    scipy.io.savemat(path, content, format=form)
    found = mat_file.read(path, tuple(content))
    assert found["x"].tolist() == ["words"]
    assert found["w"].tolist() == ["ab", "c"]
    assert found["empty"].size == 0
    np.testing.assert_array_equal(found["y"], dense)
    if form == "5":
        assert found["cells"].tolist() == ["ant", "", "\u00e9lan ", "\u4e2d"]
        assert found["mixed"][1] == 3.0


def test_the_other_order_of_bytes_is_read(path):
    value = np.arange(6, dtype=">f8").reshape(2, 3)
    flags = struct.pack(">IIII", 6, 8, 6, 0)
    shape = struct.pack(">IIii", 5, 8, 2, 3)
    name = struct.pack(">HH4s", 1, 1, b"x")
    data = struct.pack(">II", 9, value.nbytes) + value.T.tobytes()
    matrix = flags + shape + name + data
    head = b"MATLAB".ljust(124) + struct.pack(">H", 0x0100) + b"MI"
    path.write_bytes(head + struct.pack(">II", 14, len(matrix)) + matrix)
    np.testing.assert_array_equal(mat_file.read(path, ("x",))["x"], value)


def test_what_is_no_array_is_refused(path):
    scipy.io.savemat(path, {"x": {"field": 1.0}})
    refused(path, "a structure")
    scipy.io.savemat(path, {"x": np.array([[1j]])})
    refused(path, "complex")


def test_every_cut_is_refused(path):
    value = np.arange(12.0).reshape(3, 4)
    scipy.io.savemat(path, {"x": value})
    whole = path.read_bytes()
    for size in range(len(whole)):
        if size != 128:  # the header: a file without variables
            path.write_bytes(whole[:size])
            refused(path, "whole and readable")


def test_dimensions_beyond_the_file_are_refused(path):
    scipy.io.savemat(path, {"x": np.zeros((3, 5))})
    whole = path.read_bytes()
    at = whole.index(struct.pack("<ii", 3, 5))
    for shape in ((3, 2**31 - 1), (2**31 - 1, 2**31 - 1), (-3, -5), (3, 6)):
        path.write_bytes(
            whole[:at] + struct.pack("<ii", *shape) + whole[at + 8 :]
        )
        refused(path, "dimensions")


def test_what_swells_is_refused(path, monkeypatch):
    monkeypatch.setattr(mat_bytes, "SMALL", 1000)
    scipy.io.savemat(path, {"x": np.zeros((1000, 1000))}, do_compression=True)
    refused(path, "8000048 bytes of numbers in")
    sparse = scipy.sparse.csc_array(([1.0], ([5], [5])), (1000, 1000))
    scipy.io.savemat(path, {"x": sparse})
    refused(path, "8000000 bytes of numbers in 8 of the file")
    with h5py.File(path, "w") as file:
        file.create_dataset("x", (10**6, 10**6))
    refused(path, "4000000000000 bytes of numbers in 0")


def test_a_stream_without_its_end_is_refused(path):
    scipy.io.savemat(path, {"x": np.arange(99.0)}, do_compression=True)
    whole = path.read_bytes()
    changed = bytearray(whole)
    changed[-1] ^= 1  # of the check sum
    path.write_bytes(changed)
    refused(path, "incorrect data check")
    inner = zlib.decompress(whole[136:])
    packed = zlib.compress(inner + b"more")
    tag = struct.pack("<II", 15, len(packed))
    path.write_bytes(whole[:128] + tag + packed)
    refused(path, "without its end")


def test_a_variable_that_is_there_twice_is_refused(path):
    scipy.io.savemat(path, {"x": np.ones((2, 2))})
    whole = path.read_bytes()
    path.write_bytes(whole + whole[128:])
    refused(path, "`x` twice")


def test_links_of_hdf5_are_not_followed(path, tmp_path):
    other = tmp_path / "other.mat"
    with h5py.File(other, "w") as file:
        file["x"] = np.ones((2, 2))
    (tmp_path / "raw").write_bytes(bytes(32))
    layout = h5py.VirtualLayout((2, 2), "f8")
    layout[:] = h5py.VirtualSource(other, "x", (2, 2))
    with h5py.File(path, "w") as file:
        file["x"] = h5py.ExternalLink(str(other), "/x")
        file["soft"] = h5py.SoftLink("/loop")
        file["loop"] = h5py.SoftLink("/soft")
        raw = [(str(tmp_path / "raw"), 0, 32)]
        file.create_dataset("raw", (2, 2), "f8", external=raw)
        file.create_virtual_dataset("virtual", layout)
        file["group/y"] = 1.0
    refused(path, "`x` as a link")
    refused(path, "`soft` as a link", "soft")
    refused(path, "`/raw` in other files", "raw")
    refused(path, "`/virtual` in other files", "virtual")
    refused(path, "`group` as a structure", "group")


def test_what_is_no_file_is_refused_and_not_waited_for(path, tmp_path):
    refused(tmp_path, "must be a file. Received: a directory")
    os.mkfifo(path)
    refused(path, "must be a file. Received: a pipe")
    path.unlink()
    path.symlink_to(path)
    refused(path, "must be a file. Received: Too many levels")


@pytest.fixture(scope="module")
def any_path(tmp_path_factory):
    return tmp_path_factory.mktemp("any") / "file.mat"


TAGS = strategies.tuples(
    strategies.sampled_from([1, 2, 4, 5, 6, 7, 9, 14, 15, 16, 17]),
    strategies.sampled_from([0, 1, 4, 8, 16, 2**16, 2**31, 2**32 - 1]),
).map(lambda tag: struct.pack("<II", *tag))
WORDS = strategies.integers(0, 2**32 - 1) | strategies.integers(0, 20)
PARTS = TAGS | WORDS.map(lambda word: struct.pack("<I", word))


@pytest.mark.slow
@hypothesis.settings(max_examples=150, deadline=None)
@hypothesis.given(strategies.lists(PARTS | strategies.binary(max_size=9)))
def test_any_elements_load_or_are_refused(any_path, parts):
    inner = b"".join(parts)
    for kind, data in ((14, inner), (15, zlib.compress(inner))):
        tag = struct.pack("<II", kind, len(data))
        head = b"MATLAB".ljust(124) + b"\0\1IM"
        any_path.write_bytes(head + tag + data)
        try:
            mat_file.read(any_path, ("", "x"))
        except InputError as error:
            assert "\n" not in str(error)
