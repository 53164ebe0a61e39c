"""From a command line to a Config, and from an error to an exit code."""

import contextlib
import dataclasses
import importlib
import os
import pathlib
import sys
import textwrap

from absl import app, flags, logging

from aspn_tf import config
from aspn_tf.errors import InputError

RECIPES = pathlib.Path(__file__).parent / "flags"
HELP = ("--help", "-help", "-h", "-?")
GROUPS = ("data", "run", "training", "objective", "reading")


def run(main, extra=(), configured=True):
    """Runs `main(config, **extra)` with the flags of this process.

    Or `main(**extra)`, for a command that does not train.

    Exits with 0, with 2 after one sentence for a mistake of the user's, or
    with 130 when interrupted. Never returns.

    Args:
      main: callable; gets the Config, and each extra flag by name.
      extra: names, defaults and helps, (name, default, text), of flags
        that are this command's own.
      configured: whether the fields of the Config are flags of it too.
    """
    for field in dataclasses.fields(config.Config) if configured else ():
        _define(field.name, field.default, field.metadata["help"])
    for name, default, text in extra:
        _define(name, default, text)

    def parsed(argv):
        try:
            return _parse(argv, extra, configured)
        except (flags.Error, InputError) as error:
            _fail(error)

    def body(_):
        values = {name: flags.FLAGS[name].value for name, *_ in extra}
        with _muted():
            importlib.import_module("tensorflow")
        logging.set_verbosity(logging.ERROR)
        try:
            main(*([config_of_flags()] if configured else []), **values)
        except InputError as error:
            _fail(error)
        except KeyboardInterrupt:
            print("aspn_tf: interrupted", file=sys.stderr)
            sys.exit(130)

    app.run(body, flags_parser=parsed)


def config_of_flags():
    """The Config that the parsed flags stand for."""
    names = [field.name for field in dataclasses.fields(config.Config)]
    return config.Config(**{name: flags.FLAGS[name].value for name in names})


def _define(name, default, text):
    define = {
        bool: flags.DEFINE_boolean,
        int: flags.DEFINE_integer,
        float: flags.DEFINE_float,
        str: flags.DEFINE_string,
    }[type(default)]
    define(name, default, text)


def _parse(argv, extra, configured):
    if any(word.startswith(HELP) for word in argv[1:]):
        print(_help(argv[0], extra, configured))
        sys.exit(0)
    try:
        typed = flags.FLAGS.read_flags_from_files(argv[1:], force_gnu=True)
    except UnicodeDecodeError as error:
        files = " ".join(word for word in argv[1:] if "flagfile" in word)
        raise InputError(
            f"`--flagfile` must name a text file. Received: {files}"
        ) from error
    rest = flags.FLAGS(argv[:1] + typed)
    if len(rest) > 1:
        raise InputError(
            "every argument must be a flag, such as --dataset=cub. "
            f"Received: {rest[1]}"
        )
    if not configured:
        return rest
    first = config_of_flags()
    recipe = RECIPES / f"{first.dataset}.flags"
    below = []
    if recipe.exists():
        below = [f"--flagfile={recipe}"]
    if first.reading == "literal":
        below += [
            f"--{name}={config.text(value)}"
            for name, value in config.LITERAL.items()
        ]
    rest = flags.FLAGS(argv[:1] + below + typed)
    config_of_flags()
    return rest


def _help(program, extra, configured):
    command = pathlib.Path(program).stem
    lines = [f"python -m aspn_tf.{command} [flags]", ""]
    fields = dataclasses.fields(config.Config)
    for group in GROUPS if configured else ():
        lines.append(f"{group}:")
        for field in fields:
            if field.metadata["group"] == group:
                lines += _help_of(
                    field.name,
                    field.default,
                    field.metadata["help"],
                    field.metadata["choices"],
                )
    if extra:
        lines.append(f"{command}:")
        for name, default, text in extra:
            lines += _help_of(name, default, text, None)
    if not configured:
        return "\n".join(lines)
    lines += [
        "--flagfile=FILE reads flags from a file, one a line. A data set's own",
        "recipe (flags/<dataset>.flags) comes first; what is typed wins.",
    ]
    return "\n".join(lines)


def _help_of(name, default, text, choices):
    value = config.text(default)
    if choices:
        value += f"  [{'|'.join(choice for choice in choices if choice)}]"
    return [
        f"  --{name}={value}",
        *textwrap.wrap(
            text, 78, initial_indent="      ", subsequent_indent="      "
        ),
    ]


@contextlib.contextmanager
def _muted():
    """Drops stderr, where TensorFlow's C++ speaks before it can be told."""
    kept = os.dup(2)
    with open(os.devnull, "w") as nowhere:
        os.dup2(nowhere.fileno(), 2)
    try:
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)


def _fail(error):
    sentence = " ".join(str(error).split())
    print(f"aspn_tf: {sentence}", file=sys.stderr)
    sys.exit(2)
