"""What is told of the classes: a CSV of attributes, or of descriptions."""

import csv
import dataclasses
import pathlib

import numpy as np

from aspn_tf import files
from aspn_tf.errors import InputError

CLASS, UNSEEN = "class", "unseen"
LARGEST = 1 << 28  # bytes of a file
YES = ("1", "yes", "true")
NO = ("", "0", "no", "false")


@dataclasses.dataclass(frozen=True)
class Told:
    """What a file tells.

    Attributes:
      names: C class names, in the file's order.
      attributes: names of the columns of numbers; () where words describe.
      semantics: (C, q) float64 of the attributes; None where words describe.
      descriptions: for every class a list of texts; () with attributes.
      unseen: names of the classes that are to be held out.
    """

    names: tuple
    attributes: tuple
    semantics: np.ndarray | None
    descriptions: tuple
    unseen: tuple


def read(path):
    """The `Told` of a CSV file.

    Its first line names the columns. `class` is there; `unseen` may be (yes,
    true or 1 for a class whose pictures are held out, to measure on). All
    others are numbers, each an attribute, or all are texts, each a description;
    a class may then have several rows too.

    Args:
      path: of the file, UTF-8.

    Raises:
      InputError: it cannot be used; the sentence names the line.
    """
    header, lines = _table(path)
    others = [
        at for at, name in enumerate(header) if name not in (CLASS, UNSEEN)
    ]
    cells = [line[at] for _, line in lines for at in others]
    if not others:
        raise _refused(path, "describe every class by a column", "none")
    if all(map(_is_number, cells)):
        return _of_numbers(path, header, lines, others)
    if any(_is_number(cell) for cell in cells):
        number = next(
            f"{cell!r} in line {row}"
            for row, line in lines
            for cell in (line[at] for at in others)
            if _is_number(cell)
        )
        word = next(cell for cell in cells if not _is_number(cell))
        raise _refused(
            path,
            "describe classes by numbers alone, or by words alone",
            f"{number} and {word!r}",
        )
    return _of_words(path, header, lines, others)


def _table(path):
    """The header, and (line number, cells) of every row that is not empty."""
    try:
        files.check(path, LARGEST)
        with pathlib.Path(path).open(encoding="utf-8-sig", newline="") as file:
            reader = csv.reader(file, strict=True)
            rows = [
                (reader.line_num, [cell.strip() for cell in line])
                for line in reader
                if any(cell.strip() for cell in line)
            ]
    except (OSError, InputError, UnicodeDecodeError, csv.Error) as error:
        raise InputError(
            "`--classes` must be a CSV file in UTF-8. Received: "
            f"{path} ({error})"
        ) from error
    if len(rows) < 2:
        raise _refused(path, "hold a header and a line a class", "less")
    (_, header), *lines = rows
    if header.count(CLASS) != 1 or header.count(UNSEEN) > 1:
        raise _refused(
            path, f"have one column `{CLASS}`", f"the columns {header[:5]}"
        )
    if len(set(header)) != len(header) or "" in header:
        raise _refused(path, "name its columns, each once", f"{header[:5]}")
    for row, line in lines:
        if len(line) != len(header):
            raise _refused(
                path,
                f"have {len(header)} cells in every line",
                f"{len(line)} in line {row}",
            )
        if not line[header.index(CLASS)]:
            raise _refused(path, "name every class", f"no name in line {row}")
    return header, lines


def _of_numbers(path, header, lines, others):
    names = {}
    for row, line in lines:
        name = line[header.index(CLASS)]
        if name in names:
            raise _refused(
                path,
                "describe every class once",
                f"{name} again in line {row}",
            )
        names[name] = row
    semantics = np.array(
        [[float(line[at]) for at in others] for _, line in lines]
    )
    wrong = np.argwhere(~np.isfinite(semantics))
    if len(wrong):
        at, column = wrong[0]
        raise _refused(
            path,
            "hold finite numbers",
            f"{semantics[at, column]} in line {lines[at][0]}",
        )
    attributes = tuple(header[at] for at in others)
    return Told(
        tuple(names), attributes, semantics, (), _unseen(path, header, lines)
    )


def _of_words(path, header, lines, others):
    descriptions = {}
    for _, line in lines:
        own = descriptions.setdefault(line[header.index(CLASS)], [])
        own += [line[at] for at in others if line[at]]
    for name, texts in descriptions.items():
        if not texts:
            raise _refused(path, "describe every class", f"no word on {name}")
    return Told(
        tuple(descriptions),
        (),
        None,
        tuple(descriptions.values()),
        _unseen(path, header, lines),
    )


def _unseen(path, header, lines):
    """Names of the classes whose column says so."""
    if UNSEEN not in header:
        return ()
    names = []
    for row, line in lines:
        word = line[header.index(UNSEEN)].lower()
        if word not in YES + NO:
            raise _refused(
                path,
                f"say yes or no in `{UNSEEN}`",
                f"{word!r} in line {row}",
            )
        if word in YES:
            names.append(line[header.index(CLASS)])
    return tuple(dict.fromkeys(names))


def _is_number(text):
    try:
        float(text)
    except ValueError:
        return False
    return True


def _refused(path, must, received):
    return InputError(
        f"`--classes` must {must}. Received: {path}, with {received}"
    )
