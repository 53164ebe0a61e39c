"""Features in one unit."""

import numpy as np
import pytest

from aspn_tf.methods.units import FeatureUnit


@pytest.mark.parametrize(
    ("rows", "scaled"),
    [
        # From (1, 0) on: the mean square is (9 + 4) / 4.
        ([[1, 3], [3, 0]], np.array([[0, 3], [2, 0]]) / (13 / 4) ** 0.5),
        ([[-1, 3], [3, 3]], np.array([[-2, 0], [2, 0]]) / 2**0.5),
        ([[5, 5], [5, 5]], np.zeros((2, 2))),
    ],
    ids=["rectified", "signed", "constant"],
)
def test_features_are_moved_and_measured_by_one_number(rows, scaled):
    rows = np.array(rows, np.float32)
    unit = FeatureUnit(rows)
    np.testing.assert_allclose(unit(rows), scaled, rtol=1e-6)
    np.testing.assert_allclose(unit.inverse(unit(rows)), rows, atol=1e-6)


def test_units_and_origin_change_nothing():
    rows = np.random.default_rng(0).gamma(2.0, size=(5000, 3))
    rows = rows.astype(np.float32)
    wanted = FeatureUnit(rows)(rows)
    other = 1e3 * (rows + 50.0)
    np.testing.assert_allclose(FeatureUnit(other)(other), wanted, atol=1e-3)
