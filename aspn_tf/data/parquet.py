"""Rows of a Parquet file, read in a process of its own.

What polars makes of a damaged file is not bounded: it can panic, end its
process, or take all memory. Here that ends a child, which decodes while its
parent goes on; it takes about half a second to start.

A child writes one line of JSON, `rows`, `columns` and `numeric` or `error`, and
then the rows as float32.
"""

import contextlib
import json
import os
import resource
import subprocess
import sys

import numpy as np

PIECE = 1 << 25  # bytes of numbers that are decoded at once, or one batch
MEMORY = 1 << 31  # bytes that a child may take, beside 16 times the file's


def rows(path, size):
    """Shape, whether the elements are numbers, and batches of at most `size`.

    Raises:
      ValueError: the file is damaged, or the child has ended; also while the
        batches are read.
      OSError: no child could be started.
    """
    env = os.environ | {
        "PYTHONPATH": os.pathsep.join(at or os.getcwd() for at in sys.path),
        "POLARS_MAX_THREADS": str(min(8, os.cpu_count() or 1)),
    }
    words = [sys.executable, "-P", "-m", __name__, os.fspath(path)]
    child = subprocess.Popen(
        [*words, str(MEMORY), str(size), str(PIECE)],
        env=env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    batches = _batches(child, size)
    return *next(batches), batches


def _batches(child, size):
    """Yields what the child tells first, then the batches."""
    with _ended(child):
        line = child.stdout.readline(1 << 16)
        if not line.endswith(b"\n"):
            raise ValueError("a file that ends its reader")
        told = json.loads(line)
        if "error" in told:
            raise ValueError(told["error"])
        count, width = shape = told["rows"], told["columns"]
        yield shape, told["numeric"]
        for start in range(0, count, size):
            batch = np.empty((min(size, count - start), width), np.float32)
            if child.stdout.readinto(batch.data.cast("B")) != batch.nbytes:
                raise ValueError(f"a file that ends its reader at row {start}")
            yield batch


@contextlib.contextmanager
def _ended(child):
    """Leaves no child, wherever its reader stops."""
    with child:
        try:
            yield
        finally:
            child.kill()


def _tell(path, size, piece):
    """What the child does."""
    import polars

    def tell(**content):
        sys.stdout.buffer.write(json.dumps(content).encode() + b"\n")
        sys.stdout.buffer.flush()

    try:
        table = polars.scan_parquet(path, glob=False)
        kinds = table.collect_schema().dtypes()
        count = table.select(polars.len()).collect().item()
    except (Exception, polars.exceptions.PanicException) as error:
        return tell(error=str(error).partition("\n")[0][:300] or repr(error))
    numeric = all(kind.is_numeric() or kind == polars.Boolean for kind in kinds)
    tell(rows=count, columns=len(kinds), numeric=numeric)
    if not (numeric and kinds):
        return None
    # A group of rows is decoded from its first row for each piece of it.
    step = size * max(1, piece // (4 * len(kinds) * size))
    for start in range(0, count, step):
        part = table.slice(start, step).cast(polars.Float32).collect()
        numbers = np.ascontiguousarray(part.to_numpy(), np.float32)
        sys.stdout.buffer.write(numbers.data.cast("B"))
    return sys.stdout.buffer.flush()


def _bounded(path, most):
    """Bounds the memory of this process, more for a larger file."""
    most += 16 * os.stat(path).st_size
    _, hard = resource.getrlimit(resource.RLIMIT_DATA)
    if hard == resource.RLIM_INFINITY or hard > most:
        resource.setrlimit(resource.RLIMIT_DATA, (most, hard))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


if __name__ == "__main__":
    _bounded(sys.argv[1], int(sys.argv[2]))
    _tell(sys.argv[1], *map(int, sys.argv[3:]))
