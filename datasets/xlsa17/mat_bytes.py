"""Bytes of a MAT file of versions 4 to 7: no more than it has, or might have.

An element is a tag (type, bytes) and its data, up to a multiple of 8 bytes; a
small one has its data in the place of the second half of the tag.
"""

import struct
import zlib

import numpy as np

TYPES = {1: "i1", 2: "u1", 3: "i2", 4: "u2", 5: "i4", 6: "u4", 7: "f4"}
TYPES |= {9: "f8", 12: "i8", 13: "u8"}
MATRIX = 14
BLOCK = 1 << 20  # bytes
# What is not in the file itself may take so much memory, or so many times the
# bytes that are there for it.
SMALL, TIMES = 1 << 28, 100


def refuse_to_swell(size, stored):
    """Refuses what would take far more memory than the file has bytes for it.

    Raises:
      ValueError: so it is.
    """
    if size > max(SMALL, TIMES * stored):
        raise ValueError(f"{size} bytes of numbers in {stored} of the file")


class Part:
    """So many bytes, of a file or of a stream within.

    Args:
      fill: callable; fills a memoryview with the next bytes.
      left: how many there are.
      order: of bytes in numbers, "<" or ">".
    """

    def __init__(self, fill, left, order):
        self._fill, self.left, self.order = fill, left, order

    def take(self, count):
        """The next bytes, as a bytearray."""
        if not 0 <= count <= self.left:
            raise ValueError(f"{count} bytes where {self.left} are left")
        data = bytearray(count)
        self._fill(memoryview(data))
        self.left -= count
        return data

    def element(self):
        """Type and data of the next element."""
        first = self.take(4)
        kind, size = struct.unpack(self.order + "HH", first)
        if self.order == ">":
            kind, size = size, kind
        if size > 4:
            raise ValueError(f"{size} bytes where 4 are left")
        if size:  # a small one: its data stands where others' size does
            return kind, self.take(4)[:size]
        (size,) = struct.unpack(self.order + "I", self.take(4))
        data = self.take(size)
        self.take(min(-size % 8, self.left))
        return kind, data

    def numbers(self, kinds=TYPES):
        """The next element as an array of numbers."""
        kind, data = self.element()
        if kind not in kinds:
            raise ValueError(f"an element of type {kind}")
        return np.frombuffer(data, self.order + TYPES[kind])


def filler(file):
    """A `fill` of `Part` that reads a file from where it stands."""

    def fill(view):
        if file.readinto(view) != len(view):
            raise EOFError("an end within the numbers")

    return fill


def inflated(file, length, order):
    """The matrix in zlib's stream, and a check that this is whole.

    Args:
      file: open, where the stream begins.
      length: of the stream, in bytes.
      order: of bytes in numbers, "<" or ">".

    Returns:
      Its `Part`, and a callable for the end.

    Raises:
      ValueError: it is no matrix, or swells.
      EOFError: the stream is not whole.
      zlib.error: so too.
    """
    stream, left = zlib.decompressobj(), length

    def more():
        nonlocal left
        data = stream.unconsumed_tail
        if not data:
            data = file.read(min(left, BLOCK))
            left -= len(data)
        return data

    def fill(view):
        at = 0
        while at < len(view):
            data = more()
            if not data and stream.eof:
                raise EOFError("an end within a compressed variable")
            found = stream.decompress(data, min(len(view) - at, BLOCK))
            if not data and not found:
                raise EOFError("an end within a compressed variable")
            view[at : at + len(found)] = found
            at += len(found)

    def end():
        part.take(part.left)
        while not stream.eof:
            data = more()
            if stream.decompress(data, 1) or not data:
                raise ValueError("a compressed variable without its end")

    part = Part(fill, 8, order)
    kind, size = struct.unpack(order + "II", part.take(8))
    if kind != MATRIX:
        raise ValueError(f"a compressed element of type {kind}")
    refuse_to_swell(size, length)
    part.left = size
    return part, end
