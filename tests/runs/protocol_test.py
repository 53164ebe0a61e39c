"""The line under which a number was measured."""

import dataclasses

import pytest

from aspn_tf.config import Config
from aspn_tf.runs import protocol


@pytest.fixture
def of(tiny):
    def of(updates=None, **changes):
        benchmark = dataclasses.replace(tiny, fingerprint="3f2a9c1d" + "0" * 56)
        return protocol.of(Config(**changes), benchmark, updates)

    return of


def test_the_line_says_it_all(of):
    found = of(100, dataset="cub", manual_dir=".", semantics="sent", seeds=3)
    assert protocol.line(found) == (
        "protocol: 6-d features 3f2a9c1d, semantics sent, selected on "
        "validation, calibrated, seeds 0-2, 100 updates"
    )


def test_what_is_not_known_or_not_done_is_not_claimed(of):
    line = protocol.line(of(selection="last", calibration=False, seed=4))
    assert line.endswith(
        "semantics the data set's own, last state, not calibrated, seed 4"
    )


def test_a_selection_on_test_data_is_loud_and_not_calibrated(of):
    line = protocol.line(of(selection="test"))
    assert "SELECTED ON TEST DATA, not calibrated" in line


def test_several_seeds_stand_together(of):
    found = protocol.together([of(80, seed=0), of(120, seed=1)])
    assert found["seeds"] == [0, 1] and found["updates"] == [80, 120]
    assert protocol.line(found).endswith("seeds 0-1, 80-120 updates")
    assert protocol.together([of(), of(seed=1)])["updates"] == []
