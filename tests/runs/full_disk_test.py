"""A disk that is full: one sentence, nothing half written, and then on."""

import errno
import os
import subprocess
import sys

import forked
import pytest
import tensorflow as tf
from picture_folder import fill
from small_run import SMALL, numbers, words

from aspn_tf import command, disk
from aspn_tf.config import Config
from aspn_tf.errors import InputError
from aspn_tf.runs import cells, directory, events
from aspn_tf.runs.monitor import Monitor

FULL = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "some/file")


def wrapped(error):
    try:
        raise ValueError("in a library") from error
    except ValueError as outer:
        return outer


@pytest.mark.parametrize(
    "error, is_of_it",
    [
        (FULL, True),
        (OSError(errno.EFBIG, "a library's own words"), True),
        (OSError(errno.ENOENT, "No such file or directory"), False),
        (OSError("10000 requested and 496 written"), True),
        (OSError("another size"), False),
        (wrapped(FULL), True),
        (ValueError("a value"), False),
        (tf.errors.OutOfRangeError(None, None, "a/b; File too large"), True),
        (tf.errors.ResourceExhaustedError(None, None, "OOM"), False),
    ],
)
def test_what_is_of_the_disk(error, is_of_it):
    assert disk.failed(error) == is_of_it


def test_a_library_may_say_it_at_length():
    words = "{{node x}} a/b; File too large\n\tFailed to flush"
    error = tf.errors.OutOfRangeError(None, None, words)
    assert "Received: File too large; " in disk.sentence(error)
    assert "No space left on device at some/file;" in disk.sentence(FULL)


@pytest.mark.parametrize(
    "error, code",
    [
        (FULL, 3),
        (tf.errors.OutOfRangeError(None, None, "a; File too large"), 3),
        (InputError("A value must be one."), 2),
    ],
)
def test_it_has_an_exit_code_of_its_own(error, code, capfd, monkeypatch):
    from absl import flags

    monkeypatch.setattr(flags, "FLAGS", flags.FlagValues())
    monkeypatch.setattr(sys, "argv", ["it"])
    monkeypatch.setattr(command, "_drop_output", lambda: None)

    def fail():
        raise error

    def app_run(main, flags_parser):
        main(flags_parser(sys.argv))

    monkeypatch.setattr(command.app, "run", app_run)
    with pytest.raises(SystemExit) as stop:
        command.run(fail, configured=False)
    assert stop.value.code == code
    assert capfd.readouterr().err.count("\n") == 1


def test_a_file_that_could_not_be_written_leaves_no_part(tmp_path, monkeypatch):
    disk.write_bytes(tmp_path / "file", b"old")

    def full(_):
        raise FULL

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        disk.write_bytes(tmp_path / "file", b"new")
    assert [path.name for path in tmp_path.iterdir()] == ["file"]
    assert (tmp_path / "file").read_bytes() == b"old"


def test_events_that_are_cut_are_told(tmp_path):
    monitor = Monitor(tmp_path, Config())
    monitor.text("one", "words")
    monitor.flush()
    (path,) = tmp_path.glob(events.PATTERN)
    whole = path.stat().st_size
    assert events.check(path) == whole
    monitor.text("other", "words")
    monitor.flush()
    for cut in range(path.stat().st_size - 1, whole, -1):
        os.truncate(path, cut)
        with pytest.raises(OSError, match="No space"):
            events.check(path, whole)
    for end in (monitor.flush, monitor.close):
        with pytest.raises(OSError, match="No space"):
            end()


def test_events_of_others_may_be_cut(tmp_path):
    (tmp_path / "events.out.tfevents.1.a").write_bytes(b"cut")
    with Monitor(tmp_path, Config()) as monitor:
        monitor.text("one", "words")
        monitor.flush()


def test_it_is_no_failure_of_a_cell(tmp_path, monkeypatch):
    def full(*_):
        raise tf.errors.OutOfRangeError(None, None, "a; File too large")

    monkeypatch.setattr(cells.run, "run_seed", full)
    with pytest.raises(tf.errors.OutOfRangeError):
        list(cells.in_turn({tmp_path / "seed0": Config()}, None))
    assert not (tmp_path / "seed0" / cells.FAILURE).exists()


def test_one_in_a_process_of_its_own_ends_the_study(tmp_path, monkeypatch):
    words = "import sys; print('aspn_tf: No space left on device'); sys.exit(3)"
    true = subprocess.Popen

    def start(arguments, **options):
        return true([sys.executable, "-c", words], **options)

    monkeypatch.setattr(cells.subprocess, "Popen", start)
    with pytest.raises(OSError, match="No space left on device") as error:
        list(cells.side_by_side({tmp_path / "seed0": Config()}, 1))
    assert disk.failed(error.value)


def test_a_directory_without_its_flags_is_begun_anew(tmp_path, monkeypatch):
    config = Config(run_dir=str(tmp_path / "run"))

    def full(*_):
        raise FULL

    for begin in (
        lambda: directory.opened(config).__enter__(),
        lambda: directory.make_or_open(config, "study", free=()),
    ):
        with monkeypatch.context() as patch:
            patch.setattr(disk, "write_bytes", full)
            with pytest.raises(OSError, match="No space"):
                begin()
    with directory.opened(config) as place:
        assert (place / "config.flags").is_file()


RUN = (*SMALL, "--partitions=1", "--aspn.epochs=2")


def go(limit, module, *flags):
    """Runs a command whose files may not grow beyond a limit; 0: any may."""
    return forked.run(words(module, *flags), limit=limit or None)


def refused(done):
    """Checks that a command ended with its one sentence."""
    assert done.returncode == 3, done.stderr
    (said,) = forked.own_lines(done.stderr)
    assert said.startswith("aspn_tf: The disk must have space")


def tree(place):
    """Files of a run by name; those of events are not counted."""
    return {
        path.relative_to(place).as_posix()
        for path in place.rglob("*")
        if path.is_file() and "tfevents" not in path.name
    }


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """A run with all the space it wants, and its data directory."""
    home = tmp_path_factory.mktemp("whole")
    flags = (f"--data_dir={home / 'data'}", f"--run_dir={home / 'run'}")
    done = go(0, "main", *RUN, *flags)
    assert done.returncode == 0, done.stderr
    return home


@pytest.mark.slow
@pytest.mark.parametrize(
    "limit", [3000, pytest.param(500_000, marks=pytest.mark.long)]
)
def test_a_run_goes_on_when_there_is_space(whole, tmp_path, limit):
    data, run = f"--data_dir={whole / 'data'}", f"--run_dir={tmp_path / 'run'}"
    refused(go(limit, "main", *RUN, data, run))
    left = tree(tmp_path / "run")
    assert "results.json" not in left and "report.html" not in left
    assert not any(".part" in name or ".export" in name for name in left)
    done = go(0, "main", *RUN, data, run)
    assert done.returncode == 0, done.stderr
    assert numbers(tmp_path / "run") == numbers(whole / "run")
    assert tree(tmp_path / "run") == tree(whole / "run")


@pytest.mark.slow
@pytest.mark.parametrize("limit", [300_000])
def test_data_are_prepared_whole_or_not(tmp_path, limit):
    flags = [
        *(*SMALL, "--partitions=1", "--method=eszsl"),
        *(f"--data_dir={tmp_path / 'data'}", f"--run_dir={tmp_path / 'run'}"),
    ]
    refused(go(limit, "main", *flags))
    assert tree(tmp_path / "data") == {".digit_pairs.lock"}
    done = go(0, "main", *flags)
    assert done.returncode == 0, done.stderr


@pytest.mark.slow
@pytest.mark.long
@pytest.mark.parametrize("jobs", [1, 2])
def test_a_study_ends_and_goes_on(whole, tmp_path, jobs):
    if jobs > (os.cpu_count() or 1):
        pytest.skip("needs two cores")
    flags = [
        *(*RUN, "--methods=aspn", f"--jobs={jobs}"),
        f"--data_dir={whole / 'data'}",
        f"--run_dir={tmp_path / 'study'}",
    ]
    refused(go(4000, "compare", *flags))
    assert not list((tmp_path / "study").rglob("failure.txt"))
    assert not (tmp_path / "study/comparison.md").exists()
    done = go(0, "compare", *flags)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "study/comparison.md").exists()


@pytest.mark.slow
@pytest.mark.long
def test_a_small_disk(whole, tmp_path):
    place = tmp_path / "disk"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=700k", "none", str(place)]
    try:
        done = subprocess.run(mount, capture_output=True)
    except OSError:
        pytest.skip("there is no mount")
    if done.returncode:
        pytest.skip("nothing may be mounted here")
    flags = [f"--data_dir={whole / 'data'}", f"--run_dir={place / 'run'}"]
    try:
        refused(go(0, "main", *RUN, *flags))
        more = ["mount", "-o", "remount,size=100m", str(place)]
        subprocess.run(more, check=True)
        done = go(0, "main", *RUN, *flags)
        assert done.returncode == 0, done.stderr
        assert numbers(place / "run") == numbers(whole / "run")
    finally:
        subprocess.run(["umount", str(place)], check=True)


@pytest.mark.slow
@pytest.mark.parametrize("limit", [2000])
def test_pictures_are_prepared_whole_or_not(tmp_path, limit):
    fill(tmp_path / "in", {name: 25 * k for k, name in enumerate("abcd")}, 5)
    rows = [f"{name},{k}" for k, name in enumerate("abcd")]
    (tmp_path / "c.csv").write_text("\n".join(["class,tone", *rows]) + "\n")
    flags = [
        *(f"--images={tmp_path / 'in'}", f"--classes={tmp_path / 'c.csv'}"),
        *(f"--output={tmp_path / 'X'}", "--backbone=pixels"),
        *("--image_size=6,6", "--unseen=d"),
    ]
    refused(go(limit, "prepare", *flags))
    left = tree(tmp_path / "X")
    assert not [name for name in left if not name.startswith(".features/")]
    assert not any("part" in name for name in left)
    done = go(0, "prepare", *flags)
    assert done.returncode == 0, done.stderr
    assert {"res101.mat", "att_splits.mat", "card.json"} <= tree(tmp_path / "X")
