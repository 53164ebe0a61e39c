"""What is opened: a file, and no device, pipe or directory; and not too large.

To open another could wait without end.
"""

import hashlib
import os
import pathlib
import stat
import struct
import tokenize
import zipfile
import zlib

from aspn_tf.errors import InputError

KINDS = {
    stat.S_IFBLK: "a device",
    stat.S_IFCHR: "a device",
    stat.S_IFDIR: "a directory",
    stat.S_IFIFO: "a pipe",
    stat.S_IFSOCK: "a socket",
}
SMALL = 1 << 20  # bytes
DAMAGED = (  # what NumPy and zipfile raise of damaged files
    *(OSError, ValueError, KeyError, EOFError, MemoryError, OverflowError),
    *(RuntimeError, SyntaxError, TypeError, zipfile.BadZipFile, zlib.error),
    *(struct.error, tokenize.TokenError),
)


def check(path, most=None):
    """Refuses what is not a file. A link to a file is one.

    Args:
      path: of the file.
      most: bytes that it may have; None for any number.

    Raises:
      InputError: it is something else, is larger, or is not there.
    """
    try:
        status = os.stat(path)
        kind = stat.S_IFMT(status.st_mode)
        reason = KINDS.get(kind, "something else")
    except OSError as error:
        kind, reason = None, error.strerror
    except ValueError as error:  # of a name that no file can have
        kind, reason = None, error
    if kind != stat.S_IFREG:
        raise InputError(f"{path!s} must be a file. Received: {reason}")
    if most is not None and status.st_size > most:
        raise InputError(
            f"{path!s} must be a file of at most {most} bytes. Received: "
            f"{status.st_size} bytes"
        )


def text(path, most=SMALL):
    """The text of a small file, UTF-8.

    Args:
      path: of the file.
      most: bytes that it may have.

    Raises:
      InputError: it is something else, or cannot be read.
    """
    check(path, most)
    try:
        return pathlib.Path(path).read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or error
        raise InputError(
            f"{path!s} must be a text file. Received: {reason}"
        ) from error


def sha256(path):
    """The SHA-256 of a file, as an object of hashlib.

    Raises:
      OSError: it cannot be read.
    """
    with pathlib.Path(path).open("rb") as file:
        return hashlib.file_digest(file, "sha256")
