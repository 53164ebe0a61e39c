"""Cells in turn, alone and side by side."""

import os
import signal
import stat
import sys

import pytest
import toy
from toy import Toy

from aspn_tf.config import Config
from aspn_tf.data import loading
from aspn_tf.runs import cells, directory, study
from aspn_tf.runs.report import MEASURES


@pytest.fixture
def program(tmp_path, monkeypatch):
    """Lets another program stand in for Python; its arguments are a cell's."""

    def program(script):
        path = tmp_path / "program"
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(path.stat().st_mode | stat.S_IXUSR)
        monkeypatch.setattr(sys, "executable", str(path))

    return program


@pytest.fixture
def places(tmp_path):
    """Three cells of one config."""
    return {tmp_path / f"seed{k}": Config(seed=k) for k in range(3)}


@pytest.mark.slow
def test_alone_it_is_what_it_is_in_turn(tiny, tmp_path, monkeypatch):
    toy.register(monkeypatch)
    monkeypatch.setattr(cells.run, "load", lambda config: tiny)
    config = Config(method="toy", seed=3)
    one, other = tmp_path / "one", tmp_path / "other"
    assert list(cells.in_turn({one: config}, tiny)) == [(one, None)]
    other.mkdir()
    directory.keep(other, config)
    cells.alone(config.replace(run_dir=str(other)))
    first, second = (cells.results(p, config, tiny) for p in (one, other))
    for name in MEASURES:
        assert first[name] == second[name]


def test_alone_it_fails_with_its_sentence(tiny, tmp_path, monkeypatch):
    toy.register(monkeypatch)
    monkeypatch.setattr(cells.run, "load", lambda config: tiny)
    Toy.failures[0] = RuntimeError("no\nluck")
    directory.keep(tmp_path, config := Config(method="toy"))
    with pytest.raises(SystemExit, match="RuntimeError: no luck"):
        cells.alone(config.replace(run_dir=str(tmp_path)))
    assert cells.results(tmp_path, config, tiny) is None
    lines = (tmp_path / cells.FAILURE).read_text().splitlines()
    assert lines[:2] == [
        "RuntimeError: no luck",
        "Traceback (most recent call last):",
    ]


def test_a_process_that_is_killed_fails_its_cell_alone(program, places):
    program('echo "$@"; case "$3$4" in *seed1*) kill -9 $$;; esac')
    found = dict(cells.side_by_side(places, 2))
    assert list(map(str, found.values())).count("None") == 2
    (place,) = (place for place, why in found.items() if why)
    why = f"Its process ended with signal {signal.SIGKILL.value}; "
    assert place.name == "seed1" and found[place].startswith(why)
    output = (place / cells.OUTPUT).read_text()
    flags = place / "config.flags"
    assert output.split() == [
        *("-m", "aspn_tf.cell"),
        f"--flagfile={flags}",
        f"--run_dir={place}",
    ]
    assert "--seed=1" in flags.read_text().splitlines()
    ended_well = places.keys() - {place}
    assert not any((p / cells.OUTPUT).exists() for p in ended_well)


def test_an_exit_code_without_a_sentence_is_told(program, places):
    program("exit 7")
    for _, why in cells.side_by_side(places, 3):
        assert "ended with exit code 7" in why


def test_no_more_run_at_once_than_asked_and_they_share_the_cores(
    program, places, tmp_path, monkeypatch
):
    for name in cells.THREADS:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(os, "cpu_count", lambda: 5)
    program(
        f"cd {tmp_path}; touch on.$$; ls on.* | wc -l >> counts; sleep 0.3; "
        "echo $OMP_NUM_THREADS $TF_NUM_INTRAOP_THREADS >> threads; rm on.$$"
    )
    assert set(dict(cells.side_by_side(places, 2)).values()) == {None}
    assert max(map(int, (tmp_path / "counts").read_text().split())) == 2
    assert (tmp_path / "threads").read_text() == 3 * "2 2\n"


def test_who_stops_asking_stops_the_processes(program, places, tmp_path):
    program(
        f"case $4 in *seed0*) ;; *) echo $$ > {tmp_path}/pid; sleep 60; esac"
    )
    running = cells.side_by_side(places, 2)
    next(running)
    while not (tmp_path / "pid").exists():
        pass
    pid = int((tmp_path / "pid").read_text())
    running.close()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


@pytest.mark.slow
@pytest.mark.long
def test_side_by_side_the_numbers_are_those_in_turn(tmp_path):
    """With the program itself, and data that it loads anew."""
    benchmark = loading.load("digit_pairs")
    found = []
    for jobs in (1, 2):
        config = Config(
            method="eszsl", seeds=2, partitions=1, run_dir=f"{tmp_path}/{jobs}"
        )
        variants = [study.Variant("eszsl", "ESZSL", config)]
        found += study.run(config, variants, benchmark, "study", jobs)[1]
    one, two = found
    assert one["failed"] == two["failed"] == {}
    assert one["seeds"] == two["seeds"] == [0, 1]
    for name in MEASURES:
        assert one[name] == pytest.approx(two[name])
