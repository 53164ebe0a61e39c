"""Whether files of events are whole, which TensorFlow's writer does not say.

A record is its length (8 bytes), a checksum of it (4), so many bytes, and a
checksum of these (4). On a full disk the writer drops what it cannot write,
and only logs it; the last record is cut then.
"""

import errno
import os
import struct

PATTERN = "events.out.tfevents.*"
LENGTH = struct.Struct("<Q")
CHECKSUM = 4


def check(path, start=0):
    """Goes through the records of a file.

    Args:
      path: the file.
      start: where a record begins, in bytes.

    Returns:
      Where the last one ends.

    Raises:
      OSError: a record is cut.
    """
    size = path.stat().st_size
    with path.open("rb") as file:
        while start < size:
            file.seek(start)
            head = file.read(LENGTH.size).ljust(LENGTH.size, b"\xff")
            start += LENGTH.size + LENGTH.unpack(head)[0] + 2 * CHECKSUM
    if start > size:
        number = errno.ENOSPC
        raise OSError(number, os.strerror(number), str(path))
    return start
