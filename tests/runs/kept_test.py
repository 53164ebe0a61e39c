"""test.npz there and back."""

import types

import numpy as np
import pytest

from aspn_tf.errors import InputError
from aspn_tf.evaluation.curve import Curve
from aspn_tf.runs import kept

CURVE = Curve(np.array([0.0, 12.5, 60.0]), np.array([80.0, 79.0, 0.0]), ())


@pytest.fixture
def right(tiny):
    draw = np.random.default_rng(0)
    u, t = (draw.random(len(tiny.test_unseen.labels)) < p for p in (0.6, 0.2))
    s = draw.random(len(tiny.test_seen.labels)) < 0.6
    return {"T": t, "u": u, "s": s}


def test_rows_and_curve_come_back_as_they_were(tmp_path, right, tiny):
    kept.keep(tmp_path, types.SimpleNamespace(right=right, curve=CURVE))
    back = kept.right(tmp_path, tiny)
    assert list(back) == ["T", "u", "s"]
    for name, rows in back.items():
        assert rows.dtype == bool
        np.testing.assert_array_equal(rows, right[name])
    u, s = kept.curve(tmp_path)
    np.testing.assert_array_equal(u, CURVE.u)
    np.testing.assert_array_equal(s, CURVE.s)
    assert not list(tmp_path.glob("*.part"))


def test_rows_take_a_bit_each(tmp_path):
    rows = np.ones(8000, bool)
    right = {"T": rows, "u": rows, "s": rows}
    kept.keep(tmp_path, types.SimpleNamespace(right=right, curve=CURVE))
    assert (tmp_path / kept.FILE).stat().st_size < 3 * 1000 + 1500


def test_a_damaged_file_is_refused(tmp_path, right, tiny):
    kept.keep(tmp_path, types.SimpleNamespace(right=right, curve=CURVE))
    path = tmp_path / kept.FILE
    whole = path.read_bytes()
    middle = len(whole) // 2
    flipped = whole[:middle] + b"\xff\0\xff" + whole[middle + 3 :]
    for content in (b"", whole[:middle], flipped):
        path.write_bytes(content)
        with pytest.raises(InputError, match="test.npz must be as"):
            kept.right(tmp_path, tiny)
            kept.curve(tmp_path)
