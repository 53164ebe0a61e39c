"""Run directories, and how a file gets into one: whole or not at all."""

import contextlib
import json
import pathlib
import time

from aspn_tf import contradictions, disk, files, locking
from aspn_tf.errors import InputError, Stopped

LARGEST = 1 << 28  # bytes of results
FLAGS, RESULTS, LOCK = "config.flags", "results.json", ".lock"


def check(config):
    """Checks that a run may have its directory; writes nothing.

    Args:
      config: the `Config`; `run_dir` empty stands for a new one.

    Raises:
      InputError: flags contradict each other; the directory holds something
        else, or a run that has ended or was begun with other flags; or the
        place to export to exists.
    """
    contradictions.refuse(config)
    directory = config.run_dir and pathlib.Path(config.run_dir)
    if directory and directory.exists():
        if (directory / RESULTS).exists():
            raise InputError(
                "`--run_dir` must be new, or that of a run that was stopped. "
                f"Received: {directory}, whose run has ended"
            )
        if not _fresh(directory):
            agree(directory, config, free=())
    elif config.export and pathlib.Path(config.export).exists():
        raise InputError(
            "`--export` must name a place that does not exist yet. Received: "
            f"{config.export}"
        )


@contextlib.contextmanager
def opened(config):
    """The directory of one run, new or to go on with, for this process alone.

    Args:
      config: the `Config`; `run_dir` empty stands for `runs/<name>-<time>`.

    Yields:
      Its path.

    Raises:
      InputError: as `check`; it cannot be made; or another process is at it.
        Nothing that was there is touched.
    """
    check(config)
    stamp = time.strftime("%Y%m%d-%H%M%S")
    name = f"runs/{config.name or config.dataset}-{stamp}"
    directory = pathlib.Path(config.run_dir or name)
    _make(directory)
    with alone(directory):
        check(config.replace(run_dir=str(directory)))  # no other came first
        if _fresh(directory):
            keep(directory, config)
        yield directory


@contextlib.contextmanager
def alone(directory):
    """Keeps every other process from a run directory.

    Raises:
      InputError: another one is at it.
      Stopped: as within, and it says how to go on.
    """
    try:
        with locking.locked(directory / LOCK, wait=False):
            disk.sweep(directory)
            yield
    except Stopped as stopped:
        way = f"the same command goes on with --run_dir={directory}"
        raise Stopped(stopped.signal, way) from stopped
    except BlockingIOError as error:
        raise InputError(
            "`--run_dir` must be free. Received: "
            f"{directory}, at which another process works; wait for it, or "
            "give another --run_dir."
        ) from error


def make_or_open(config, name, free, methods=None):
    """Makes the directory of a long command, or opens the one to go on with.

    Args:
      config: the `Config`; `run_dir` empty stands for `runs/<name>`.
      name: of the default directory.
      free: names of the flags that may differ from those it began with.
      methods: whose settings count; None: the chosen one's.

    Returns:
      Its path.

    Raises:
      InputError: it cannot be made, or holds something else, or was begun
        with other flags.
    """
    directory = pathlib.Path(config.run_dir or f"runs/{name}")
    _make(directory)
    if _fresh(directory):
        keep(directory, config, methods)
    agree(directory, config, free, methods)
    return directory


def keep(directory, config, methods=None):
    """Writes config.flags."""
    lines = config.replace(run_dir="").flag_lines(methods)
    write_text(directory / FLAGS, "\n".join(lines) + "\n")


def agree(directory, config, free, methods=None):
    """Checks that config.flags says what the config says.

    Args:
      directory: a path.
      config: the `Config` given now.
      free: names of the flags that may differ; `run_dir` always may.
      methods: whose settings count; None: the chosen one's.

    Raises:
      InputError: there is no config.flags; or a flag differs, the first of
        which is named.
    """
    path = directory / FLAGS
    if not path.is_file():
        raise InputError(
            "`--run_dir` must be new, or that of the same command to go on "
            f"with. Received: {directory}, which has no {FLAGS}"
        )
    kept, given = (
        {
            name.removeprefix("--"): value if equals else None
            for name, equals, value in (line.partition("=") for line in lines)
            if name
        }
        for lines in (
            files.text(path).split("\n"),
            config.flag_lines(methods),
        )
    )
    for name in {**given, **kept}:
        if name in ("run_dir", *free):
            continue
        if kept.get(name) != given.get(name):
            raise InputError(
                "To go on with a run directory the flags must stay as they "
                f"were. Received: --{name}={given.get(name)}, but {path} has "
                f"{kept.get(name)}; give that value or another --run_dir."
            )


def same_data(directory, kept, given):
    """Checks that what was begun is gone on with on the same data.

    Args:
      directory: a path, for the sentence.
      kept: fingerprint of the data it was begun on.
      given: of those there are now.

    Raises:
      InputError: they differ.
    """
    if kept != given:
        raise InputError(
            "To go on with a run directory its data must stay as they were. "
            f"Received: other files than those of {directory}; give another "
            "--run_dir."
        )


def results(directory):
    """The content of results.json; None where there is none.

    Args:
      directory: of a run, a path.

    Raises:
      InputError: it is damaged.
    """
    path = directory / RESULTS
    if not path.is_file():
        return None
    try:
        content = json.loads(files.text(path, LARGEST))
        if not isinstance(content, dict):
            raise ValueError("no object")
        return content
    except (ValueError, RecursionError) as error:
        raise InputError(
            f"{path} must be as it was written. Received: {error}; delete it, "
            "and the same command makes it again."
        ) from error


def cell_of(directory, slug, seed):
    """Where a study keeps one seed of one row."""
    return directory / slug / f"seed{seed}"


def write_json(path, content):
    """Writes a JSON file whole or not at all."""
    write_text(path, json.dumps(content, indent=2) + "\n")


def write_text(path, text):
    """Writes a text file whole or not at all."""
    write_bytes(path, text.encode())


def write_bytes(path, data):
    """Writes a file whole or not at all."""
    disk.write_bytes(path, data)


def _fresh(directory):
    """Whether nothing is there, or only what a begin that was cut has left."""
    there = {path.name for path in directory.iterdir()}
    return there <= {LOCK, f"{FLAGS}.part"}


def _make(directory):
    must = "`--run_dir` must name a directory that is there or can be made."
    with disk.refusing(must, directory):
        directory.mkdir(parents=True, exist_ok=True)
