"""A lock between processes, which a dead one does not keep."""

import contextlib
import fcntl
import pathlib


@contextlib.contextmanager
def locked(path, wait=True):
    """Holds a file's lock; the file is made, and stays.

    Args:
      path: of the file, in a directory that exists.
      wait: whether to wait for whoever holds it.

    Raises:
      BlockingIOError: another process holds it, and nobody is to wait.
      OSError: the file cannot be made.
    """
    kind = fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB
    with pathlib.Path(path).open("a") as file:
        fcntl.flock(file, kind)
        yield
