"""test.npz: what a run keeps of its test rows beside its measures.

Which rows it had right, and its seen-unseen curve.
"""

import io

import numpy as np

from aspn_tf import files
from aspn_tf.errors import InputError
from aspn_tf.runs.directory import write_bytes

FILE = "test.npz"
RATES = ("T", "u", "s")


def keep(directory, measured):
    """Writes the file: a bit a test row for each of T, u and s; the curve.

    Args:
      directory: the run directory, a path.
      measured: the calibrated `Report`.
    """
    arrays = {name: np.packbits(measured.right[name]) for name in RATES}
    curve = measured.curve
    points = np.float32([curve.u, curve.s])
    buffer = io.BytesIO()
    np.savez(buffer, **arrays, curve=points)
    write_bytes(directory / FILE, buffer.getvalue())


def right(directory, benchmark):
    """Which test rows it had right, like `right` of a `Report`.

    Args:
      directory: the run directory, a path.
      benchmark: the `Benchmark` that was measured on.
    """
    unseen, seen = (
        len(split.labels)
        for split in (benchmark.test_unseen, benchmark.test_seen)
    )
    arrays = _read(directory)
    return {
        name: np.unpackbits(arrays[name], count=count).astype(bool)
        for name, count in zip(RATES, (unseen, unseen, seen), strict=True)
    }


def curve(directory):
    """U and s over all calibrations in percent, two arrays of one length."""
    return _read(directory)["curve"]


def _read(directory):
    """The arrays of the file, by name."""
    path = directory / FILE
    files.check(path)
    try:
        with np.load(path, allow_pickle=False) as arrays:
            found = {name: arrays[name] for name in (*RATES, "curve")}
        if not all(isinstance(one, np.ndarray) for one in found.values()):
            raise ValueError("other than arrays")
        return found
    except files.DAMAGED as error:
        raise InputError(
            f"{path} must be as it was written. Received: {error}; delete "
            f"{directory}, and the same command makes it again."
        ) from error
