"""Run directories that a long command goes on with where it was stopped."""

import pathlib

from aspn_tf import report
from aspn_tf.errors import InputError


def open_directory(config, name, free):
    """Makes the run directory, or opens the one to go on with.

    Args:
      config: the `Config`; `run_dir` empty stands for `runs/<name>`.
      name: of the default directory.
      free: names of the flags that may differ from those it began with.

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
    if directory.exists():
        agree(directory, config, free)
        return directory
    try:
        directory.mkdir(parents=True)
    except OSError as error:
        raise InputError(
            "`--run_dir` must name a directory that can be made. Received: "
            f"{directory} ({error.strerror})"
        ) from error
    keep(directory, config)
    return directory


def keep(directory, config):
    """Writes config.flags."""
    lines = config.replace(run_dir="").flag_lines()
    report.write_text(directory / "config.flags", "\n".join(lines) + "\n")


def agree(directory, config, free):
    """Checks that config.flags says what the config says.

    Args:
      directory: a path.
      config: the `Config` given now.
      free: names of the flags that may differ; `run_dir` always may.

    Raises:
      InputError: there is no config.flags; or a flag differs, the first of
        which is named.
    """
    path = directory / "config.flags"
    if not path.is_file():
        raise InputError(
            "`--run_dir` must be new, or that of the same command to go on "
            f"with. Received: {directory}, which has no config.flags"
        )
    kept, given = (
        dict(line.removeprefix("--").split("=", 1) for line in lines)
        for lines in (path.read_text().splitlines(), config.flag_lines())
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
