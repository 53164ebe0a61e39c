"""What --help prints: the shared flags, and those of the method chosen."""

import dataclasses
import pathlib
import textwrap

from aspn_tf.config import Config
from aspn_tf.methods import registry
from aspn_tf.methods.settings import text

GROUPS = ("data", "run")
ENDING = """\
--flagfile=FILE reads flags from a file, one a line. A data set's own recipe
(flags/<dataset>.flags) comes first; what is typed wins. --help with
--method=NAME, or with --methods=NAMES, tells the settings of these."""


def help_text(argv, extra, configured, about=""):
    """The text of --help.

    Args:
      argv: what was typed, the program first.
      extra: (name, default, text) of the command's own flags.
      configured: whether the command takes the flags of a `Config`.
      about: the docstring of the command, whose examples are shown.
    """
    command = pathlib.Path(argv[0]).stem
    lines = [f"python -m aspn_tf.{command} [flags]", ""]
    examples = [line for line in about.splitlines() if line[:4] == "    "]
    if examples:
        lines += ["examples:", *(line[2:] for line in examples)]
    if configured:
        fields = dataclasses.fields(Config)
        for group in GROUPS:
            of_group = [f for f in fields if f.metadata.get("group") == group]
            lines += [f"{group}:", *_of_fields(of_group)]
    if extra:
        lines.append(f"{command}:")
        for name, default, words in extra:
            lines += _of_flag(name, default, words)
    if configured:
        for method in _methods(argv[1:]):
            kind = registry.settings_class(method)
            readings = [name for name in kind.READINGS if name != "default"]
            lines.append(f"{method}:")
            if readings:
                lines.append(
                    f"  (--reading={'|'.join(['default', *readings])})"
                )
            fields = [f for f in dataclasses.fields(kind) if f.metadata]
            lines += _of_fields(fields, f"{method}.")
        lines += ENDING.splitlines()
    return "\n".join(lines)


def _methods(words):
    """Those typed after --method and --methods; else the default."""
    found = []
    for word in words:
        name, _, value = word.lstrip("-").partition("=")
        if name in ("method", "methods"):
            found += [
                one for one in value.split(",") if one in registry.METHODS
            ]
    return list(dict.fromkeys(found)) or [registry.DEFAULT]


def _of_fields(fields, prefix=""):
    lines = []
    for field in fields:
        lines += _of_flag(
            prefix + field.name,
            field.default,
            field.metadata["help"],
            field.metadata["choices"],
        )
    return lines


def _of_flag(name, default, words, choices=None):
    return [
        *_head(f"  --{name}={text(default)}", choices),
        *textwrap.wrap(
            words, 78, initial_indent="      ", subsequent_indent="      "
        ),
    ]


def _head(flag, choices):
    """A flag with its choices, on lines of their own where they are many."""
    if not choices:
        return [flag]
    listed = f"[{'|'.join(choice for choice in choices if choice)}]"
    if len(flag) + len(listed) <= 78:
        return [f"{flag}  {listed}"]
    parts = textwrap.wrap(listed.replace("|", "| "), 72)
    return [flag, *("      " + part.replace("| ", "|") for part in parts)]
