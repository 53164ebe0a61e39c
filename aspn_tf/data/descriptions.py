"""Class semantics as users have them in Python: dicts, tables, or none."""

import dataclasses

import numpy as np

from aspn_tf.errors import InputError


@dataclasses.dataclass(frozen=True, eq=False)
class Descriptions:
    """Every class and what is told of it.

    Attributes:
      classes: (C,) sorted labels, those of examples among them.
      semantics: (C, q) float32, a row a class.
      attribute_names: q names, or ().
    """

    classes: np.ndarray
    semantics: np.ndarray
    attribute_names: tuple


def read(semantics, labels):
    """The `Descriptions` of all classes.

    Args:
      semantics: a dict of label to vector (q,); a pandas DataFrame with labels
        as its index; a polars DataFrame with labels in its first column; or
        None, where each class is described by itself alone, one-hot.
      labels: sorted labels of the classes that have examples.

    Raises:
      InputError: it is of another form, a class has no row, or a row is not of
        finite numbers of the common width.
    """
    if semantics is None:
        return Descriptions(labels, np.eye(len(labels), dtype=np.float32), ())
    names, rows, columns = _parts(semantics)
    kinds = [_kind(np.asarray(part)) for part in (names, labels)]
    if len(set(kinds)) > 1:
        raise InputError(
            "The classes of `semantics` must be of the type of the others. "
            f"Received: {kinds[0]}s such as {names[0]}, where they are "
            f"{kinds[1]}s"
        )
    classes, first = np.unique(np.asarray(names), return_index=True)
    if len(classes) < len(names):
        raise InputError(
            f"`semantics` must have one row a class. Received: {len(names)} "
            f"rows of {len(classes)} classes"
        )
    missing = np.setdiff1d(labels, classes)
    if len(missing):
        raise InputError(
            "`semantics` must hold every class of `y`. Received: none of "
            f"{missing[0]}, nor of {len(missing) - 1} others"
        )
    return Descriptions(classes, _matrix(rows, names)[first], columns)


def _parts(semantics):
    """Labels, rows and names of columns."""
    if isinstance(semantics, dict):
        return list(semantics), list(semantics.values()), ()
    if hasattr(semantics, "iloc"):  # pandas
        columns = tuple(map(str, semantics.columns))
        return list(semantics.index), semantics.to_numpy(), columns
    if hasattr(semantics, "get_columns"):  # polars
        names, *rest = semantics.get_columns()
        rows = np.stack([one.to_numpy() for one in rest], 1) if rest else []
        return names.to_list(), rows, tuple(one.name for one in rest)
    raise InputError(
        "`semantics` must be a dict of class to vector, a pandas DataFrame "
        "with the classes as its index, or a polars DataFrame with the "
        f"classes in its first column. Received: {type(semantics).__name__}"
    )


def _matrix(rows, names):
    """Float32 (C, q)."""
    try:
        matrix = np.asarray(rows, np.float64)
    except (TypeError, ValueError) as error:
        raise InputError(
            "`semantics` must be numbers, as many for every class. Received: "
            f"{' '.join(str(error).split())}"
        ) from error
    if matrix.ndim != 2 or not matrix.size:
        raise InputError(
            "`semantics` must be one vector a class, of one number or more. "
            f"Received: the shape {matrix.shape}"
        )
    with np.errstate(over="ignore"):
        matrix = matrix.astype(np.float32)
    bad = np.flatnonzero(~np.isfinite(matrix).all(axis=1))
    if len(bad):
        raise InputError(
            "`semantics` must be finite numbers. Received: NaN or infinity "
            f"(beyond float32) for {names[bad[0]]}"
        )
    return matrix


def _kind(values):
    """Whether labels are numbers or words."""
    return "number" if values.dtype.kind in "biuf" else "word"
