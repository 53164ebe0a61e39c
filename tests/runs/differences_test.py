"""Differences of methods on the same test rows."""

import types

import numpy as np
import pytest

from aspn_tf.evaluation.curve import Curve
from aspn_tf.runs import differences, kept, tables

CURVE = Curve(np.arange(2.0), np.arange(2.0), (0.0, 0.0))
SEEDS = {"good": [0, 1], "twin": [0], "poor": [0]}


@pytest.fixture
def right(tiny):
    """What three methods have right: two alike, one worse in T."""
    draw = np.random.default_rng(0)
    u = draw.random(len(tiny.test_unseen.labels)) < 0.6
    s = draw.random(len(tiny.test_seen.labels)) < 0.6
    good = {"T": np.ones_like(u), "u": u, "s": s}
    return {
        "good": good,
        "twin": good,
        "poor": {**good, "T": np.arange(len(u)) % 5 < 1},
    }


@pytest.fixture
def study(tmp_path, right):
    """The directory and the rows of a study."""
    rows = []
    for slug, seeds in SEEDS.items():
        for seed in seeds:
            place = tmp_path / slug / f"seed{seed}"
            place.mkdir(parents=True)
            measured = types.SimpleNamespace(right=right[slug], curve=CURVE)
            kept.keep(place, measured)
        t = 100.0 * right[slug]["T"].mean()
        rows.append({"variant": slug, "seeds": seeds, "T": t, "H": 60.0})
    rows.append({"variant": "failed", "seeds": []})
    return tmp_path, rows


def test_identical_rows_are_even_and_worse_ones_are_not(study, tiny):
    found = differences.against_best(*study, tiny)
    assert list(found) == ["good", "twin", "poor"]
    assert found["good"] == {}  # the first of the best, in T and H
    nothing = {"against": "good", "mean": 0.0, "interval": [0.0, 0.0]}
    assert found["twin"] == {"T": nothing, "H": nothing}
    assert found["poor"]["H"] == nothing
    worse = found["poor"]["T"]
    low, high = worse["interval"]
    assert worse["mean"] == pytest.approx(-80.0)
    assert low < worse["mean"] < high < 0.0


def test_every_measure_has_a_best_row_of_its_own(study, tiny):
    directory, rows = study
    rows[2]["H"] = 70.0
    found = differences.against_best(directory, rows, tiny)
    assert found["good"]["H"]["against"] == "poor"
    assert set(found["poor"]) == {"T"}


def test_seeds_are_averaged_on_the_same_rows(study, right, tiny):
    place = study[0] / "good/seed1"
    kept.keep(place, types.SimpleNamespace(right=right["poor"], curve=CURVE))
    study[1][0]["T"] = 60.0
    found = differences.against_best(*study, tiny)
    half = found["good"]["T"]["interval"]
    whole = found["poor"]["T"]["interval"]
    assert found["poor"]["T"]["against"] == "twin"
    assert half == pytest.approx([end / 2 for end in whole])


def test_without_rows_or_a_second_method_nothing_is_said(study, tiny):
    directory, rows = study
    assert differences.against_best(directory, rows[:1], tiny) == {}
    (directory / "twin/seed0" / kept.FILE).unlink()
    assert differences.against_best(directory, rows, tiny) == {}


def test_the_table_tells_what_is_even(study, tiny):
    found = differences.against_best(*study, tiny)
    assert tables._against(found["good"], "T") == "best"
    assert tables._against(found["twin"], "T") == "+0.0 [+0.0, +0.0], even"
    assert tables._against(found["poor"], "T").startswith("-80.0 [-")
    assert "even" not in tables._against(found["poor"], "T")
    assert tables._against(found.get("failed"), "T") == ""
