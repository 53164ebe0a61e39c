"""Rows of a file against the array that was written."""

import pickle

import numpy as np
import pytest

from aspn_tf.data.stored import Stored
from aspn_tf.data.views import Split

ROWS = np.random.default_rng(0).normal(size=(20, 3)).astype(np.float32)
INDICES = {
    "slice": slice(3, 9),
    "steps": slice(1, None, 7),
    "backwards": slice(None, None, -1),
    "none": slice(0),
    "to_the_end": slice(15, 99),
    "index": np.array([4, 5, 6, 2, 2, 19, 0]),
    "negative": np.array([-1, 0]),
    "list": [7, 3],
    "mask": ROWS[:, 0] > 0,
    "empty": np.zeros(0, int),
}
every = pytest.mark.parametrize("index", INDICES.values(), ids=INDICES)


@pytest.fixture
def stored(tmp_path):
    np.save(tmp_path / "rows.npy", ROWS)
    return Stored(tmp_path / "rows.npy")


@every
def test_rows_are_those_of_the_array(stored, index):
    found = stored[index]
    assert type(found) is np.ndarray and found.dtype == np.float32
    np.testing.assert_array_equal(found, ROWS[index])


@every
def test_rows_of_rows_are_those_of_the_array(stored, index):
    some = np.random.default_rng(1).permutation(20)
    np.testing.assert_array_equal(stored.take(some)[index], ROWS[some][index])
    taken = stored.take(index)
    assert len(taken) == len(ROWS[index])
    assert taken.shape == ROWS[index].shape
    np.testing.assert_array_equal(taken[:], ROWS[index])


def test_what_is_no_row_is_refused(stored):
    with pytest.raises(IndexError):
        stored[[20]]


def test_a_split_takes_rows_without_reading(stored, tmp_path):
    split = Split(stored, np.arange(20))
    taken = split.take(np.arange(20) % 2 == 0)
    assert isinstance(taken.features, Stored)
    np.testing.assert_array_equal(taken.labels, np.arange(0, 20, 2))
    np.save(tmp_path / "rows.npy", 2.0 * ROWS.astype(np.float32))
    np.testing.assert_array_equal(taken.features[:2], 2.0 * ROWS[[0, 2]])


def test_it_goes_to_another_process(stored):
    again = pickle.loads(pickle.dumps(stored.take([3, 1])))
    np.testing.assert_array_equal(again[:], ROWS[[3, 1]])


def test_another_kind_of_file_is_refused(tmp_path):
    for name, wrong in ("f64", ROWS.astype(float)), ("flat", ROWS[0]):
        np.save(tmp_path / f"{name}.npy", wrong)
        with pytest.raises(ValueError, match="float32 rows"):
            Stored(tmp_path / f"{name}.npy")


def test_a_file_that_was_cut_is_told(stored, tmp_path):
    path = tmp_path / "rows.npy"
    path.write_bytes(path.read_bytes()[:-8])
    with pytest.raises(OSError, match="ends before"):
        stored[:]
