"""Files that are whole or absent, and what a disk says that is full."""

import contextlib
import errno
import os
import pathlib
import re
import shutil

from aspn_tf.errors import InputError

# What is no value of the user's: no space, no quota, too large, broken.
NUMBERS = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO)
WORDS = re.compile(
    "|".join([*map(os.strerror, NUMBERS), r"\d+ requested and \d+ written"])
)
EXIT = 3  # the exit code of a command that it has failed
LONGEST = 200  # of what a library says
PART = ".part-"  # in the name of what is not full yet


def write_bytes(path, data):
    """Writes a file whole or not at all; what was there stays till then.

    Raises:
      OSError: it cannot be written.
    """
    with written(path) as file:
        file.write(data)


@contextlib.contextmanager
def written(path):
    """A file to write to, which stands under its name once it is whole.

    Args:
      path: of the file; what was there stays till then.

    Yields:
      A binary file.

    Raises:
      OSError: it cannot be written.
    """
    path = pathlib.Path(path)
    part = path.with_name(path.name + ".part")
    try:
        with part.open("wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.replace(part, path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise


def sync(directory):
    """Has the disk take what was written to the files of a directory."""
    for path in pathlib.Path(directory).rglob("*"):
        if path.is_file():
            with path.open("rb") as file:
                os.fsync(file.fileno())


def sweep(directory):
    """Removes what dead processes have left of directories half full.

    Args:
      directory: in which, at any depth; no other process may work there.
    """
    for left in pathlib.Path(directory).rglob(f"{PART}*"):
        shutil.rmtree(left, ignore_errors=True)


def failed(error):
    """Whether an error, or what has caused it, is of a disk.

    Libraries raise errors of their own for it; these are known by the words
    of the system within.
    """
    while error is not None:
        number = getattr(error, "errno", None)
        if number in NUMBERS or WORDS.search(str(error)):
            return True
        error = error.__cause__ or error.__context__
    return False


@contextlib.contextmanager
def refusing(must, received):
    """What the system refuses within is the user's value, unless a disk fails.

    Args:
      must: what must hold, a sentence.
      received: the value.

    Raises:
      InputError: an `OSError` that is not of a disk, with its reason.
      OSError: one that is.
    """
    try:
        yield
    except OSError as error:
        if failed(error):
            raise
        reason = error.strerror or error
        raise InputError(f"{must} Received: {received} ({reason})") from error


def sentence(error):
    """What the user is told of an error of a disk."""
    words = " ".join(str(error).split())
    if found := WORDS.search(words):
        words = found[0]
    elif isinstance(error, OSError) and error.strerror:
        words = error.strerror
    if getattr(error, "filename", None):
        words += f" at {os.fsdecode(error.filename)}"
    return (
        "The disk must have space and do what it is asked. Received: "
        f"{words[:LONGEST]}; nothing is left half written, and the same "
        "command goes on once the disk can."
    )
