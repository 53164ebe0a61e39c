"""Run directories, and how a file gets into one: whole or not at all."""

import json
import os
import pathlib
import time

from aspn_tf.errors import InputError

FLAGS = "config.flags"


def refuse_taken(config):
    """Checks that what a run is to write does not exist; writes nothing.

    Raises:
      InputError: the run directory, or the place to export to, exists.
    """
    if config.run_dir and pathlib.Path(config.run_dir).exists():
        raise InputError(
            "`--run_dir` must name a directory that does not exist yet. "
            f"Received: {config.run_dir}"
        )
    taken = pathlib.Path(config.export).exists()
    if config.export and (config.seeds > 1 or taken):
        raise InputError(
            "`--export` must name a place that does not exist yet, with "
            f"--seeds=1. Received: {config.export}, --seeds={config.seeds}"
        )


def make(config):
    """Makes the directory of one run and puts config.flags into it.

    Raises:
      InputError: it exists already or cannot be made; nothing is ever
        overwritten.
    """
    stamp = time.strftime("%Y%m%d-%H%M%S")
    name = f"runs/{config.name or config.dataset}-{stamp}"
    return _new(pathlib.Path(config.run_dir or name), config, config.method)


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
    part.write_bytes(data)
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
