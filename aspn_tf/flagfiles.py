"""Words of a command line, with those of the files that it names.

As absl has it: a line is a flag, `#` and `//` begin a comment, and a line
`--flagfile=FILE` stands for the lines of that file. Unlike absl's, this reader
opens nothing but small files, and ends.
"""

import os

from aspn_tf import files
from aspn_tf.errors import InputError

NAMES = ("--flagfile", "-flagfile")
COMMENTS = ("#", "//")
MOST = 10_000  # words
LONGEST = 100  # letters of a flag's name


def expanded(words):
    """The words, none of which names a flagfile.

    Args:
      words: those of a command line, without the command.

    Returns:
      A list.

    Raises:
      InputError: a flagfile cannot be read, or there is no end of them; or a
        flag has a name that none can have.
    """
    found, rest = [], list(words)
    while rest:
        word = rest.pop(0)
        if word == "--":
            return [*found, word, *rest]
        if word in NAMES:
            if not rest:
                raise InputError("`--flagfile` must name a file. Received: ''")
            found += _lines(os.path.expanduser(rest.pop(0)), ())
        elif (name := _named(word)) is not None:
            found += _lines(name, ())
        else:
            found.append(word)
        _bounded(found)
    for word in found:
        name = word.partition("=")[0]
        if word.startswith("-") and len(name) > LONGEST:
            raise InputError(
                f"a flag must have at most {LONGEST} letters. Received: "
                f"{name[:40]}..."
            )
    return found


def beside(words):
    """The words of a command line that are no part of naming a flagfile."""
    found, rest = [], list(words)
    while rest:
        word = rest.pop(0)
        if word in NAMES:
            rest[:1] = []
        elif _named(word) is None:
            found.append(word)
    return found


def _named(word):
    """The file that a word `--flagfile=FILE` names; None of any other."""
    name, equals, value = word.partition("=")
    if name in NAMES and equals:
        return os.path.expanduser(value.strip())
    return None


def _lines(name, above):
    """The flags of a file; `above` are the files that have led to it."""
    if not name:  # as absl has it
        return []
    place = os.path.realpath(name)
    if place in above:
        raise InputError(
            f"`--flagfile` must not lead back to itself. Received: {name}"
        )
    found = []
    try:
        lines = files.text(name).split("\n")
    except InputError as error:
        raise InputError(f"`--flagfile`: {error}") from error
    for line in map(str.strip, lines):
        if not line or line.startswith(COMMENTS):
            continue
        inner = _named(line)
        if line in NAMES:
            raise InputError(
                f"`--flagfile` must stand before = in {name}. Received: {line}"
            )
        found += [line] if inner is None else _lines(inner, (*above, place))
        _bounded(found)
    return found


def _bounded(words):
    if len(words) > MOST:
        raise InputError(
            f"`--flagfile` must make at most {MOST} flags. Received: more"
        )
