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
    found, parts = [], _parted(words)
    for word, name in parts:
        if word == "--":
            return [*found, word, *(word for word, _ in parts)]
        found += [word] if name is None else _lines(name, ())
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
    return [word for word, name in _parted(words) if name is None]


def _parted(words):
    """(word, None) of each word; (None, name) of those that name a flagfile."""
    rest = iter(words)
    for word in rest:
        name = _named(word)
        if word in NAMES:
            name = next(rest, None)
            if name is None:
                raise InputError("`--flagfile` must name a file. Received: ''")
            name = os.path.expanduser(name)
        yield (word, None) if name is None else (None, name)
        if word == "--":
            yield from ((word, None) for word in rest)


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
