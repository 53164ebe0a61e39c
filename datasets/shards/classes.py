"""The file that tells of the classes: a line each, with their semantics."""

import typing

import numpy as np
import polars

from aspn_tf import files
from aspn_tf.errors import InputError

CLASS, UNSEEN = "class", "unseen"
SAID = {"yes": True, "true": True, "1": True}
SAID |= {"no": False, "false": False, "0": False, "": False}
LARGEST = 1 << 30  # bytes of a file


class Classes(typing.NamedTuple):
    """What the file tells.

    Attributes:
      names: C distinct names, in the order of the lines.
      attributes: q names of the other columns.
      semantics: (C, q) float32.
      unseen: sorted ids of those without examples to train on.
    """

    names: tuple
    attributes: tuple
    semantics: np.ndarray
    unseen: np.ndarray

    def ids(self):
        """From what a label may be, as text, to the id of its class.

        That is the class's name; and, where no name is a number, also the
        number of its line, the first class's being 0.
        """
        found = {name: label for label, name in enumerate(self.names)}
        if not any(name.isdecimal() for name in self.names):
            found |= {str(label): label for label in found.values()}
        return found


def read(path):
    """Reads a CSV file with a header: `class`, `unseen`, and numbers.

    Args:
      path: of the file, UTF-8. `unseen` has yes, true or 1, or no, false, 0
        or nothing.

    Raises:
      InputError: it cannot be used.
    """
    files.check(path, LARGEST)
    try:
        table = polars.read_csv(
            path, schema_overrides={CLASS: polars.String, UNSEEN: polars.String}
        )
        names = table[CLASS].to_list()
        said = table[UNSEEN].fill_null("").str.to_lowercase().to_list()
        table = table.drop(CLASS, UNSEEN)
        semantics = table.cast(polars.Float32).to_numpy()
        unseen = np.flatnonzero([SAID[word] for word in said])
    except (polars.exceptions.PolarsError, KeyError, ValueError) as error:
        reason = str(error).partition("\n")[0][:200]
        raise _refused(
            path, "have a header with `class`, `unseen` and numbers", reason
        ) from error
    if len(set(names)) != len(names) or None in names:
        raise _refused(path, "name every class, each once", "another")
    if not semantics.size or not np.isfinite(semantics).all():
        raise _refused(path, "hold finite numbers on every class", "others")
    if len(names) - len(unseen) < 2:
        raise _refused(path, "hold two classes that are not unseen", "less")
    return Classes(tuple(names), tuple(table.columns), semantics, unseen)


def _refused(path, must, received):
    return InputError(f"`{path}` must {must}. Received: {received}")
