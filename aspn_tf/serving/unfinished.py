"""A file that is written piece by piece, and goes on after a stop.

Until it is whole it is `.<name>.partial`, and beside it `.<name>.partial.json`
tells of what it is and how far it can be trusted: what was written after that
is dropped.
"""

import contextlib
import json
import os
import pathlib

from aspn_tf import disk, locking
from aspn_tf.errors import InputError


class Unfinished:
    """The file of `--output` before it has its name; a context manager.

    Attributes:
      position: what was kept last, a dict; {} where the file begins.

    Args:
      path: of the file; must not exist.
      of: what the file is of, a dict of names to what json can write.

    Raises:
      InputError: the path is taken, cannot be written, or was begun with
        something else; or another process writes it.
    """

    def __init__(self, path, of):
        self._path, self._of = pathlib.Path(path), of
        if self._path.exists():
            raise InputError(f"`--output` must not exist yet. Received: {path}")
        self._partial = self._path.with_name(f".{self._path.name}.partial")
        self._told = self._partial.with_name(f"{self._partial.name}.json")
        self._size = 0
        self._all = contextlib.ExitStack()
        must = "`--output` must name a file that can be written."
        with disk.refusing(must, path):
            try:
                held = locking.locked(self._partial, wait=False)
                self._all.enter_context(held)
            except BlockingIOError as error:
                raise InputError(
                    "`--output` must be free. Received: "
                    f"{path}, which another process writes"
                ) from error
            self._file = self._all.enter_context(self._partial.open("r+b"))
        try:
            self.position = self._kept()
        except InputError:
            self._all.close()
            raise

    def write(self, data):
        """Adds bytes; after an error, and a stop within, none of them."""
        self._file.seek(self._size)
        self._file.truncate()
        self._file.write(data)
        self._file.flush()
        self._size += len(data)

    def keep(self, position):
        """From here on a stop loses nothing of what was written.

        Args:
          position: a dict that json can write.
        """
        os.fsync(self._file.fileno())
        told = {"of": self._of, "size": self._size, "position": position}
        disk.write_bytes(self._told, json.dumps(told).encode())
        self.position = position

    def finish(self):
        """Gives the file its name."""
        self._file.truncate(self._size)
        os.fsync(self._file.fileno())
        os.rename(self._partial, self._path)
        self._told.unlink(missing_ok=True)
        self._all.close()

    def leave(self):
        """Leaves what was kept, to go on with; nothing if nothing was."""
        if not self.position:
            self.drop()
        self._all.close()

    def drop(self):
        """Leaves nothing."""
        self._partial.unlink(missing_ok=True)
        self._told.unlink(missing_ok=True)
        self._all.close()

    def _kept(self):
        """The position of what is there, which is cut to it."""
        told = {}
        with contextlib.suppress(OSError, ValueError):
            told = json.loads(self._told.read_bytes())
        there = self._partial.stat().st_size
        if not told or there < told["size"]:
            return {}
        for name in {**told["of"], **self._of}:
            if told["of"].get(name) != self._of.get(name):
                raise InputError(
                    "`--output` must be new, or go on as it was begun. "
                    f"Received: {self._path}, begun with other {name}; "
                    f"delete {self._partial} to begin anew, or give another "
                    "--output."
                )
        self._size = told["size"]
        return told["position"]
