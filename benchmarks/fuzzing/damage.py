"""Damage that any file can have: of its bytes, and of what stands there."""

import os
import socket
import struct

EDGES = (0, 1, 0x7F, 0x80, 0xFF, 0x7FFF, 0xFFFF, 2**31 - 1, 2**31, 2**32 - 1)
WIDE = (2**40, 2**63 - 1, 2**63, 2**64 - 1)
HUGE = 1 << 36  # bytes of a file that has none on the disk
NAMES = (
    "caf\u00e9 \u4e2d\u6587",
    "a\nb",
    "tab\t",
    "\x01\x1b[31m",
    "-rf",
    "  ",
    "\u202etxt",
    "x" * 200,
    "'\"`$(x)",
    "\udcff",
)


def of_bytes(random, data):
    """Bytes with one to four faults."""
    data = bytearray(data)
    for _ in range(random.choice((1, 1, 1, 2, 4))):
        data = bytearray(random.choice(FAULTS)(random, data))
    return bytes(data)


def _cut(random, data):
    return data[: random.randrange(len(data) + 1)]


def _near_the_end(random, data):
    return data[: -random.randint(1, 64)]


def _flip(random, data):
    for _ in range(random.choice((1, 1, 2, 8, 64)) if data else 0):
        data[random.randrange(len(data))] ^= 1 << random.randrange(8)
    return data


def _flip_early(random, data):
    for _ in range(random.choice((1, 2, 4)) if data else 0):
        data[random.randrange(min(len(data), 256))] ^= 1 << random.randrange(8)
    return data


def _flip_late(random, data):
    for _ in range(random.choice((1, 2, 4)) if data else 0):
        data[-random.randint(1, min(len(data), 256))] ^= 1 << random.randrange(
            8
        )
    return data


def _fill(random, data):
    start, size = random.randrange(len(data) + 1), random.randint(1, 64)
    size = min(size, len(data) - start)
    value = random.choice((b"\0", b"\xff", b"\x80", random.randbytes(1)))
    data[start : start + size] = value * size
    return data


def _noise(random, data):
    start, size = random.randrange(len(data) + 1), random.randint(1, 64)
    size = min(size, len(data) - start)
    data[start : start + size] = random.randbytes(size)
    return data


def _insert(random, data):
    at = random.randrange(len(data) + 1)
    return data[:at] + random.randbytes(random.randint(1, 32)) + data[at:]


def _delete(random, data):
    at = random.randrange(len(data) + 1)
    return data[:at] + data[at + random.randint(1, 32) :]


def _again(random, data):
    start = random.randrange(len(data) + 1)
    part = data[start : start + random.randint(1, 256)]
    return data[:start] + part * random.choice((2, 2, 50)) + data[start:]


def _number(random, data):
    form = random.choice(("<H", ">H", "<I", ">I", "<Q", ">Q"))
    size = struct.calcsize(form)
    if len(data) < size:
        return data
    at = random.randrange(len(data) - size + 1)
    at -= random.choice((0, at % 4))
    value = random.choice(EDGES + WIDE) % 2 ** (8 * size)
    data[at : at + size] = struct.pack(form, value)
    return data


def _swap_bytes(random, data):
    width = random.choice((2, 4, 8))
    start = random.randrange(len(data) + 1) // width * width
    stop = min(len(data), start + width * random.randint(1, 16))
    for at in range(start, stop - width + 1, width):
        data[at : at + width] = data[at : at + width][::-1]
    return data


def _more(random, data):
    return data + random.randbytes(random.randint(1, 4096))


def _noise_alone(random, data):
    return bytearray(random.randbytes(random.choice((0, 1, 100, 5000))))


FAULTS = (
    *(_cut, _near_the_end, _flip, _flip, _flip_early, _flip_late, _fill),
    *(_noise, _insert, _delete, _again, _number, _number, _number),
    *(_swap_bytes, _more, _noise_alone),
)


def in_place(random, path, data, outside):
    """Puts something other than a file, or a file elsewhere, at a path.

    Args:
      random: a `random.Random`.
      path: where a file is looked for.
      data: what a file would hold.
      outside: a folder outside that of the case.
    """
    random.choice(PLACES)(path, data, outside)


def _directory(path, data, outside):
    path.mkdir()


def _pipe(path, data, outside):
    os.mkfifo(path)


def _socket(path, data, outside):
    with socket.socket(socket.AF_UNIX) as one:
        here = os.getcwd()
        os.chdir(path.parent)
        try:
            one.bind("s")  # a longer name can be had, but not bound
            os.rename("s", path.name)
        finally:
            os.chdir(here)


def _loop(path, data, outside):
    path.symlink_to(path.name)


def _dangling(path, data, outside):
    path.symlink_to(outside / "nothing")


def _device(path, data, outside):
    path.symlink_to("/dev/zero")


def _elsewhere(path, data, outside):
    (outside / "file").write_bytes(data)
    path.symlink_to(outside / "file")


def _nothing(path, data, outside):
    pass


def _hole(path, data, outside):
    path.write_bytes(data)
    os.truncate(path, HUGE)


def _zeros(path, data, outside):
    path.write_bytes(b"")
    os.truncate(path, HUGE)


PLACES = (
    *(_directory, _pipe, _socket, _loop, _dangling, _device, _elsewhere),
    *(_nothing, _hole, _zeros),
)
