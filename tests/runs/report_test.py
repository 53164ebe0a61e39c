"""results.json and the table of a run."""

import types

import numpy as np
import pytest
from score_tables import random_benchmark

from aspn_tf.config import Config
from aspn_tf.evaluation.evaluator import measure
from aspn_tf.evaluation.scores import Scores
from aspn_tf.evaluation.selection import Choice
from aspn_tf.runs import report

CHOICE = Choice({"epoch": 1}, 0.8, {"T": 1.0, "u": 1.0, "s": 1.0, "H": 1.0})


def content(seed=0, updates=None, **changes):
    """The results of one seed on random scores."""
    benchmark = random_benchmark(5)
    stream = np.random.default_rng(seed)
    seen, unseen = (
        split.features + stream.normal(0.0, 0.3, split.features.shape)
        for split in (benchmark.test_seen, benchmark.test_unseen)
    )
    scores = Scores(seen, unseen, unseen)
    found = report.results(
        Config(seed=seed, seeds=3, **changes),
        benchmark,
        CHOICE,
        measure(scores, benchmark),
        measure(scores, benchmark, CHOICE.calibration),
        {"parameters": 1},
        {"training": 1.0},
        updates,
        "the stated budget",
    )
    return {**found, "speed": {"training_ms_per_example": 1.0}}


def test_an_example_takes_the_time_of_a_step_by_one_batch():
    """As FLOPs are counted, where a GAN's step reads several batches."""
    benchmark = random_benchmark(5)
    tested = benchmark.test_seen.labels, benchmark.test_unseen.labels
    seconds = {"training": 3.0, "scoring": 0.5}
    method = types.SimpleNamespace(
        examples_a_round=lambda: 2 * 5 * 64,  # two steps of five batches
        batches_per_step=5,
        view=types.SimpleNamespace(labels=np.zeros(100)),
    )
    assert report.speed(seconds, 3, method, benchmark) == {
        "training_ms_per_example": pytest.approx(3000.0 / (3 * 2 * 64)),
        "scoring_examples_per_second": 2.0 * sum(map(len, tested)),
    }
    untrained = report.speed(seconds, 0, method, benchmark)
    assert untrained["training_ms_per_example"] == pytest.approx(30.0)


def test_no_calibration_changes_ausuc():
    one = content()
    assert one["AUSUC"] == one["uncalibrated"]["AUSUC"]
    assert one["u"] != one["uncalibrated"]["u"]
    assert one["AUSUC"] <= one["T"]


def test_every_calibrated_rate_lies_in_its_interval():
    one = content()
    assert list(one["interval"]) == ["T", "u", "s", "H"]
    for name, (low, high) in one["interval"].items():
        assert low < one[name] < high


def test_a_seed_tells_its_own_protocol():
    found = content(seed=2, updates=100)["protocol"]
    assert found["seeds"] == [2] and found["updates"] == [100]


def test_seeds_are_summarised_end_by_end():
    per_seed = [content(0, 80), content(1, 100)]
    whole = report.summarise(per_seed)
    assert "interval" not in whole
    for name in ("T", "u", "s", "H"):
        for end in (0, 1):
            ends = [one["interval"][name][end] for one in per_seed]
            assert whole["interval_mean"][name][end] == np.mean(ends)
    areas = [one["AUSUC"] for one in per_seed]
    assert whole["AUSUC"] == pytest.approx(np.mean(areas))
    assert whole["std"]["AUSUC"] == pytest.approx(np.std(areas, ddof=1))
    assert whole["protocol"]["seeds"] == [0, 1]
    assert whole["protocol"]["updates"] == [80, 100]


def test_the_table_of_one_seed():
    one = content(updates=100)
    _, head, rates, interval, plain, area, protocol = report.table(
        one
    ).splitlines()
    assert head.split() == ["T", "u", "s", "H"]
    assert rates.split() == [
        "calibrated",
        *(f"{one[name]:.1f}" for name in "TusH"),
    ]
    assert interval.split() == [
        *("95", "%", "interval"),
        *("{:.1f}-{:.1f}".format(*one["interval"][name]) for name in "TusH"),
    ]
    assert plain.split()[0] == "uncalibrated"
    assert area.split() == ["AUSUC", f"{one['AUSUC']:.1f}"]
    assert protocol.endswith("calibrated, seed 0, 100 updates")


def test_the_interval_stands_below_what_it_is_of():
    lines = report.table(content(calibration=False)).splitlines()
    assert [line.split()[0] for line in lines[2:5]] == [
        *("uncalibrated", "95", "AUSUC")
    ]


def test_the_table_of_seeds_says_that_ends_are_means():
    whole = report.summarise([content(0), content(1)])
    lines = report.table(whole).splitlines()
    (ends,) = [line for line in lines if "95 %" in line]
    low, high = whole["interval_mean"]["H"]
    assert "mean ends" in ends and ends.endswith(f" {low:.1f}-{high:.1f}")
    (area,) = [line for line in lines if "AUSUC" in line]
    assert area.split()[1:] == [
        *(f"{whole['AUSUC']:.1f}", "±", f"{whole['std']['AUSUC']:.1f}")
    ]
