"""The search of levers: bounded, resumable, on validation alone."""

import dataclasses

import pytest
import toy
from absl import flags
from toy import Toy

from aspn_tf.config import Config
from aspn_tf.errors import InputError
from aspn_tf.methods.settings import Log
from aspn_tf.runs import run, tune


@pytest.fixture(autouse=True)
def registered(monkeypatch, tiny):
    toy.register(monkeypatch)
    monkeypatch.setattr(run, "load", lambda config: tiny)


@pytest.fixture
def config(tmp_path):
    """A start in a fog that the search can leave: 20 is not a choice of it."""
    config = Config(method="toy", run_dir=str(tmp_path / "tuning"), tune=8)
    return config.with_settings(fog=20.0)


def typed(path):
    lines = path.read_text().splitlines()
    flags = [line for line in lines if not line.startswith("#")]
    return dict(line.removeprefix("--").split("=", 1) for line in flags)


def body(printed):
    rows = [line for line in printed.splitlines() if line.startswith("|")]
    return [[c.strip() for c in row.strip("|").split("|")] for row in rows[2:]]


def test_the_search_leaves_a_bad_start_and_writes_what_differs(config, capsys):
    path = tune.run(config)
    rows = body(capsys.readouterr().out)
    assert len(rows) == 8
    scores = [float(row[1]) for row in rows]
    assert scores == sorted(scores, reverse=True)
    (start,) = (row for row in rows if row[0] == "0")
    assert start[4:] == ["20", "0.001"]
    assert scores[0] > float(start[1]) + 10.0
    changes = typed(path)
    assert float(changes["toy.fog"]) in (0.01, 0.1, 1.0)
    for name, value in changes.items():
        assert value != str(getattr(config.own, name.removeprefix("toy.")))
    assert f"# {scores[0]:.1f} on validation" in path.read_text()
    read = flags.FlagValues().read_flags_from_files([f"--flagfile={path}"])
    assert read == [f"--{name}={value}" for name, value in changes.items()]


def test_unseen_classes_take_no_part(config, tiny):
    tune.run(config.replace(tune=2))
    assert {count for _, count in Toy.fits} == {len(tiny.seen)}


def test_a_search_goes_on_where_it_was_stopped(config, capsys):
    tune.run(config.replace(tune=3))
    first = {row[0]: row for row in body(capsys.readouterr().out)}
    Toy.fits.clear()
    tune.run(config.replace(tune=5))
    both = {row[0]: row for row in body(capsys.readouterr().out)}
    assert len(Toy.fits) == 2 and len(both) == 5
    assert first.items() <= both.items()
    Toy.fits.clear()
    tune.run(config.replace(tune=5))
    assert Toy.fits == []


def test_one_seed_searches_the_same_way_twice(config, capsys, tmp_path):
    tune.run(config.replace(tune=3))
    once = body(capsys.readouterr().out)
    tune.run(config.replace(tune=3, run_dir=str(tmp_path / "again")))
    assert body(capsys.readouterr().out) == once


def test_a_trial_is_averaged_over_the_seeds(config, capsys, tmp_path):
    scores = []
    for place, changes in (
        ("0", {"seed": 0}),
        ("1", {"seed": 1}),
        ("both", {"seeds": 2}),
    ):
        run_dir = str(tmp_path / place)
        tune.run(config.replace(tune=1, run_dir=run_dir, **changes))
        scores.append(float(body(capsys.readouterr().out)[0][1]))
    assert scores[2] == pytest.approx(sum(scores[:2]) / 2, abs=0.11)


def test_a_start_that_is_best_leaves_an_empty_flagfile(config):
    path = tune.run(config.replace(tune=1))
    assert typed(path) == {}


def test_a_failing_trial_is_shown_and_the_search_goes_on(
    config, capsys, monkeypatch
):
    toy.choke(monkeypatch)
    path = tune.run(config)
    rows = {row[0]: row for row in body(capsys.readouterr().out)}
    assert rows["0"][1:4] == ["failed"] * 3
    assert "none ended" in path.read_text()


def test_where_every_trial_fails_the_first_reason_is_told(config):
    Toy.failures[0] = RuntimeError("no luck")
    with pytest.raises(InputError, match="RuntimeError: no luck"):
        tune.run(config.replace(tune=2))


def test_other_flags_or_data_are_refused(config, tiny, monkeypatch):
    tune.run(config.replace(tune=1))
    with pytest.raises(InputError, match="--seeds=2, but .* has 1"):
        tune.run(config.replace(seeds=2))
    other = dataclasses.replace(tiny, fingerprint="other")
    monkeypatch.setattr(run, "load", lambda config: other)
    with pytest.raises(InputError, match="data must stay"):
        tune.run(config)


@pytest.mark.parametrize(
    ("changes", "own", "why"),
    [
        ({"method": "sae"}, {}, "a method with levers: .*toy. Received: sae"),
        ({}, {"rate": 0.0}, "`--toy.rate` must be positive"),
        ({"export": "place"}, {}, "`--export`"),
    ],
)
def test_what_cannot_be_searched_is_refused(
    config, changes, own, why, tmp_path
):
    with pytest.raises(InputError, match=why):
        tune.run(config.with_settings(**own).replace(**changes))
    assert not (tmp_path / "tuning").exists()


def test_the_levers_are_those_that_the_method_declares():
    assert tune.levers("toy") == {
        "fog": (0.01, 0.1, 1.0),
        "rate": Log(1e-4, 1e-2),
    }
