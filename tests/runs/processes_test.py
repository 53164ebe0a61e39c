"""Real processes: two at once, signals, a parent that is killed."""

import os
import pathlib
import re
import signal
import sys
import time

import pytest
from forked import Forked, own_lines, run
from small_run import SMALL, numbers, words

from aspn_tf.runs import cells

pytestmark = pytest.mark.slow

RUN = (*SMALL, "--partitions=1", "--aspn.epochs=6", "--aspn.patience=0")
PATIENCE = 120.0  # seconds until a test gives up


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    return tmp_path_factory.mktemp("data")


@pytest.fixture
def begin(data):
    """Starts `main`; what still runs at the end is killed."""
    begun = []

    def begin(run_dir, *more, data_dir=data, module="main"):
        flags = *RUN, f"--run_dir={run_dir}", f"--data_dir={data_dir}", *more
        process = Forked(words(module, *flags))
        begun.append(process)
        return process

    yield begin
    for process in begun:
        process.kill()
        process.communicate()


@pytest.fixture(scope="module")
def whole(data, tmp_path_factory):
    """The numbers of a run that nothing stops."""
    place = tmp_path_factory.mktemp("whole") / "run"
    flags = *RUN, f"--run_dir={place}", f"--data_dir={data}"
    done = run(words("main", *flags))
    assert done.returncode == 0, done.stderr
    return numbers(place)


def said(process):
    """Our own lines on stderr of a process that ends."""
    _, text = process.communicate(timeout=PATIENCE)
    return own_lines(text)


def until(true):
    end = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < end, "nothing came"
        time.sleep(0.02)


def test_two_on_one_data_directory_prepare_it_once(begin, tmp_path):
    both = [
        begin(tmp_path / name, "--method=eszsl", data_dir=tmp_path / "data")
        for name in ("one", "other")
    ]
    texts = [process.communicate(timeout=PATIENCE)[1] for process in both]
    assert [process.returncode for process in both] == [0, 0], texts
    assert "".join(texts).count("Preparing digit_pairs, once.") == 1
    one, other = (numbers(tmp_path / name) for name in ("one", "other"))
    assert one == other
    assert not list((tmp_path / "data").rglob("*.incomplete*"))


def test_a_second_on_one_run_directory_is_refused(begin, tmp_path, whole):
    place = tmp_path / "run"
    first = begin(place)
    until(lambda: list(place.glob("progress/validation-*")))
    first.send_signal(signal.SIGSTOP)  # it shall not end meanwhile
    second = begin(place)
    (line,) = said(second)
    assert second.returncode == 2 and "another process works" in line
    first.kill()
    first.communicate()
    third = begin(place)  # what is dead holds no lock
    assert said(third) == [] and third.returncode == 0
    assert numbers(place) == whole


def test_a_signal_ends_a_run_that_goes_on(begin, tmp_path, whole):
    place, kept = tmp_path / "run", set()
    for number in (signal.SIGINT, signal.SIGTERM):
        process = begin(place)
        until(lambda: set(place.glob("progress/validation-*")) - kept)
        process.send_signal(number)
        assert said(process) == [
            f"aspn_tf: stopped; the same command goes on with --run_dir={place}"
        ]
        assert process.returncode == 128 + number
        assert not (place / "results.json").exists()
        kept = set(place.glob("progress/validation-*"))
    again = begin(place)
    assert said(again) == [] and again.returncode == 0
    assert numbers(place) == whole
    assert not (place / "progress").exists()


def test_a_second_signal_ends_at_once(begin, tmp_path):
    place = tmp_path / "run"
    process = begin(place, "--aspn.steps_per_epoch=10000000")
    until(lambda: list(place.glob("progress/validation-*")))
    time.sleep(3.0)  # it is within an epoch that does not end
    process.send_signal(signal.SIGTERM)
    time.sleep(1.5)
    assert process.poll() is None
    process.send_signal(signal.SIGINT)
    assert process.wait(2.0) == 128 + signal.SIGINT
    assert said(process) == [
        "aspn_tf: ended at once; what was kept before is there"
    ]


def running(word):
    """Ids of the processes with a word on their command line."""
    found = []
    for path in pathlib.Path("/proc").glob("[0-9]*/cmdline"):
        try:
            if word.encode() in path.read_bytes():
                found.append(int(path.parent.name))
        except OSError:
            pass
    return found


@pytest.mark.long
@pytest.mark.skipif((os.cpu_count() or 1) < 2, reason="needs two cores")
@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_cells_end_with_a_parent_that_is_killed_and_go_on(begin, tmp_path):
    place = tmp_path / "study"
    flags = (
        *("--methods=aspn", "--seeds=2", "--jobs=2"),
        *("--aspn.epochs=8", "--aspn.steps_per_epoch=60"),
    )
    parent = begin(place, *flags, module="compare")
    trained, held = r"choosing on validation: .*\| [2-9]/9 ", []

    def within(output):
        return output.exists() and re.search(trained, output.read_text())

    try:
        for seed in range(2):
            cell = place / f"aspn/seed{seed}"
            until(lambda cell=cell: within(cell / cells.OUTPUT))
            held += running(str(cell))
            os.kill(held[-1], signal.SIGSTOP)  # till the other is as far
        parent.kill()
        parent.communicate()
    finally:
        for cell in held:
            os.kill(cell, signal.SIGCONT)
    assert len(held) == 2
    end = time.monotonic() + 10.0
    while running(str(place / "aspn")):
        assert time.monotonic() < end
        time.sleep(0.1)
    kept = list(place.glob("aspn/*/progress/*-*"))
    assert len({path.parts[-3] for path in kept}) == 2
    again = begin(place, *flags, module="compare")
    assert said(again) == [] and again.returncode == 0
    assert len(list(place.glob("aspn/*/results.json"))) == 2
    assert (place / "comparison.md").is_file()
    for old in kept:  # gone on with, not begun again: events are there twice
        part = old.name.split("-")[0].replace("training", "train")
        assert len(list((old.parents[1] / part).glob("events*"))) == 2
