"""Features that stay in a file, whose rows are read when they are asked for."""

import numpy as np


class Stored:
    """The rows of a .npy file, or some of them; indexed as an array is by rows.

    Nothing of the file is mapped or held: a row that is asked for is read,
    neighbours in one go. It can be pickled.

    Attributes:
      shape: (n, d).

    Args:
      path: of a float32 array (rows, d), in C order.
      rows: int64 (n,), which of them; None for all.

    Example:
      >>> import numpy as np
      >>> np.save("rows.npy", np.eye(3, dtype=np.float32))
      >>> stored = Stored("rows.npy").take([2, 0])
      >>> stored[1:]
      array([[1., 0., 0.]], dtype=float32)
    """

    def __init__(self, path, rows=None):
        self._path, self._rows = path, rows
        mapped = np.load(path, mmap_mode="r", allow_pickle=False)
        if mapped.dtype != np.float32 or mapped.ndim != 2:
            raise ValueError(
                "`path` must hold float32 rows. Received: "
                f"{mapped.dtype} of shape {mapped.shape}"
            )
        self._offset = mapped.offset
        count, width = mapped.shape
        self.shape = (count if rows is None else len(rows)), width

    def __len__(self):
        """How many rows there are."""
        return self.shape[0]

    def __getitem__(self, rows):
        """Reads the rows of a slice, an index or a mask, float32 (k, d)."""
        wanted = self._wanted(rows)
        found = np.empty((len(wanted), self.shape[1]), np.float32)
        breaks = np.flatnonzero(np.diff(wanted) != 1) + 1
        starts = [0, *breaks.tolist()] if len(wanted) else []
        ends = [*breaks.tolist(), len(wanted)]
        size = found.itemsize * self.shape[1]
        with open(self._path, "rb", buffering=0) as file:
            for start, end in zip(starts, ends, strict=False):
                file.seek(self._offset + size * int(wanted[start]))
                room = memoryview(found[start:end]).cast("B")
                while room:
                    read = file.readinto(room)
                    if not read:
                        raise OSError(f"{self._path} ends before its rows do")
                    room = room[read:]
        return found

    def take(self, rows):
        """The same with the rows of a slice, an index or a mask; reads none."""
        return Stored(self._path, self._wanted(rows))

    def _wanted(self, rows):
        """Rows of the file, int64 (k,)."""
        rows = np.arange(len(self))[rows]
        return rows if self._rows is None else self._rows[rows]
