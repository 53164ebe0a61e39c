"""Names from files, where they are shown: they steer and compute nothing.

Not for names that are looked up, compared or written as JSON: those stay as
they are.
"""

import re

JOINERS = "\u200c\u200d"  # words and emoji are written with them
INSTEAD = "\ufffd"
FORMULAS = tuple("=+-@\t\r")
_MARKUP = re.compile(r"[\\`*\[\]|]|(?<!\w)_|_(?!\w)")
_ENTITIES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})


def line(text):
    """A line for a terminal or a picture, without what would steer it.

    Control characters, and those that turn the direction of writing, are
    replaced; ends of lines and tabs become spaces.
    """
    return "".join(map(_shown, str(text)))


def markdown(text):
    """A line that is no markup in Markdown, nor in the HTML made of it."""
    return _MARKUP.sub(r"\\\g<0>", line(text)).translate(_ENTITIES)


def cells(names):
    """The names, with `'` before what a spreadsheet would compute, a list."""
    return [f"'{name}" if name.startswith(FORMULAS) else name for name in names]


def _shown(letter):
    if letter.isprintable() or letter in JOINERS:
        return letter
    return " " if letter.isspace() else INSTEAD
