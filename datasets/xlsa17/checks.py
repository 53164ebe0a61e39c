"""Checks of single variables of a MAT file, each with its one sentence.

Every function takes the path and the key for the sentence, and the variables
of that file.
"""

import numpy as np

from aspn_tf.errors import InputError


def refuse(path, key, must, received, advice=""):
    """Raises the `InputError` about a variable of a file."""
    advice = f"; {advice}" if advice else ""
    raise InputError(
        f"`{key}` in {path} must {must}. Received: {received}{advice}."
    )


def _numbers(path, key, variables, empty=False):
    """Returns a numeric variable, which is there and, mostly, not empty."""
    if key not in variables:
        refuse(path, key, "be there", "a file without it", "add this variable")
    value = variables[key]
    if value.dtype.kind not in "biuf":
        refuse(path, key, "hold real numbers", f"dtype={value.dtype}")
    if not value.size and not empty:
        refuse(path, key, "not be empty", f"shape={value.shape}")
    return value


def matrix(path, key, variables, column, count=None):
    """Returns a matrix with one row per `column` of the file.

    Args:
      path: the file.
      key: the variable.
      variables: those of the file.
      column: what a column describes, "image" or "class".
      count: how many columns there must be; None for any number.

    Returns:
      (columns, rows) float32, finite.
    """
    value = _numbers(path, key, variables)
    if value.ndim != 2:
        refuse(path, key, "be a matrix", f"shape={value.shape}")
    if count is not None and value.shape[1] != count:
        advice = "transpose it" if value.shape[0] == count else ""
        must = f"have one column per {column}, so {count}"
        refuse(path, key, must, f"shape={value.shape}", advice)
    # A float64 beyond the range of float32 becomes infinite: refused below.
    with np.errstate(over="ignore"):
        result = np.ascontiguousarray(value.T, np.float32)
    wrong = ~np.isfinite(result)
    if wrong.any():
        at, row = np.argwhere(wrong)[0]
        received = f"{value[row, at]} in row {row + 1} of {column} {at + 1}"
        total = f"{wrong.sum()} such values in all"
        refuse(path, key, "be finite in float32", f"{received}, {total}")
    return result


def ids(path, key, variables, last, what, empty=False):
    """Returns a list of `what` numbers, 1..last in the file, from 0.

    Args:
      path: the file.
      key: the variable.
      variables: those of the file.
      last: the largest number.
      what: "image" or "class".
      empty: whether there may be none.

    Returns:
      (n,) int64 in 0..last-1.
    """
    value = _numbers(path, key, variables, empty)
    if value.size and value.size != max(value.shape, default=1):
        refuse(path, key, "be one row or one column", f"shape={value.shape}")
    flat = value.ravel()
    wrong = ~((flat >= 1) & (flat <= last) & (flat == np.floor(flat)))
    if wrong.any():
        at = np.flatnonzero(wrong)[0]
        received = f"{flat[at]} at position {at + 1}"
        total = f"{wrong.sum()} such values in all"
        advice = "count from 1" if flat[at] == 0 else ""
        must = f"hold {what} numbers, whole and in 1..{last}"
        refuse(path, key, must, f"{received}, {total}", advice)
    return flat.astype(np.int64) - 1


def distinct(path, key, images):
    """Checks that a list of images repeats none."""
    values, counts = np.unique(images, return_counts=True)
    if (counts > 1).any():
        twice = f"image {values[counts > 1][0] + 1} twice"
        refuse(path, key, "name no image twice", twice)


def disjoint(path, key, images, other_key, others):
    """Checks that two lists share no image."""
    shared = np.intersect1d(images, others)
    if len(shared):
        received = f"image {shared[0] + 1} in both, {len(shared)} in all"
        refuse(path, key, f"share no image with `{other_key}`", received)


def names(path, key, variables, count, what):
    """Returns `count` distinct names of `what`."""
    value = variables[key].ravel()
    if not all(isinstance(name, str) for name in value):
        refuse(path, key, "be a cell array of text", f"dtype={value.dtype}")
    if len(value) != count:
        must = f"hold one name per {what}, so {count}"
        refuse(path, key, must, f"{len(value)} names")
    values, counts = np.unique(value.astype(str), return_counts=True)
    if (counts > 1).any():
        twice = f'"{values[counts > 1][0]}" more than once'
        refuse(path, key, "hold distinct names", twice)
    return tuple(value)
