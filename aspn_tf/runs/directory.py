"""Run directories, and how a file gets into one: whole or not at all."""

import contextlib
import json
import os
import pathlib
import sys
import time

from aspn_tf import locking
from aspn_tf.errors import InputError, Stopped

FLAGS, RESULTS, LOCK = "config.flags", "results.json", ".lock"


def check(config):
    """Checks that a run may have its directory; writes nothing.

    Args:
      config: the `Config`; `run_dir` empty stands for a new one.

    Raises:
      InputError: the directory holds something else, or a run that has ended
        or was begun with other flags; or the place to export to exists.
    """
    if config.export and config.seeds > 1:
        raise InputError(
            "`--export` must come with --seeds=1. Received: "
            f"{config.export}, --seeds={config.seeds}"
        )
    directory = config.run_dir and pathlib.Path(config.run_dir)
    if directory and directory.exists():
        if (directory / RESULTS).exists():
            raise InputError(
                "`--run_dir` must be new, or that of a run that was stopped. "
                f"Received: {directory}, whose run has ended"
            )
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
    if not (config.run_dir and directory.exists()):
        _new(directory, config, config.method)
    with alone(directory):
        yield directory


@contextlib.contextmanager
def alone(directory):
    """Keeps every other process from a run directory.

    Where it is left with `Stopped`, a line says how to go on.

    Raises:
      InputError: another one is at it.
    """
    try:
        with locking.locked(directory / LOCK, wait=False):
            yield
    except Stopped:
        print(
            "aspn_tf: stopped; the same command goes on with "
            f"--run_dir={directory}",
            file=sys.stderr,
        )
        raise
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
        with other flags; or a model is to be exported.
    """
    if config.export:
        raise InputError(
            "`--export` must be empty where many models are trained. "
            f"Received: {config.export}"
        )
    directory = pathlib.Path(config.run_dir or f"runs/{name}")
    if not directory.exists():
        return _new(directory, config, *(methods or [config.method]))
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
        dict(line.removeprefix("--").split("=", 1) for line in lines)
        for lines in (
            path.read_text().splitlines(),
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
    path = pathlib.Path(path)
    part = path.with_name(path.name + ".part")
    with part.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    os.replace(part, path)


def _new(directory, config, *methods):
    try:
        directory.mkdir(parents=True)
    except OSError as error:
        raise InputError(
            "`--run_dir` must name a directory that can be made and does not "
            f"exist yet. Received: {directory} ({error.strerror})"
        ) from error
    keep(directory, config, methods)
    return directory
