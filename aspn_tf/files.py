"""What is opened: a file, and no device, pipe or directory."""

import os
import stat

from aspn_tf.errors import InputError

KINDS = {
    stat.S_IFBLK: "a device",
    stat.S_IFCHR: "a device",
    stat.S_IFDIR: "a directory",
    stat.S_IFIFO: "a pipe",
    stat.S_IFSOCK: "a socket",
}


def check(path):
    """Refuses what is not a file, which to open could wait without end.

    A link to a file is one.

    Raises:
      InputError: it is something else, or is not there.
    """
    try:
        kind = stat.S_IFMT(os.stat(path).st_mode)
        reason = KINDS.get(kind, "something else")
    except OSError as error:
        kind, reason = None, error.strerror
    except ValueError as error:  # of a name that no file can have
        kind, reason = None, error
    if kind != stat.S_IFREG:
        raise InputError(f"{path!s} must be a file. Received: {reason}")
