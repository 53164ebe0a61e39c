"""Pictures, flagfiles and cards, whole and made to harm."""

import functools
import io
import json
import struct
import zlib

import numpy as np
from PIL import Image

from fuzzing import damage

FORMATS = ("BMP", "GIF", "JPEG", "PNG", "PPM", "TIFF", "WEBP")


def _picture(form, mode="RGB", **options):
    values = np.random.default_rng(0).integers(0, 255, (24, 20, 3), np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(values).convert(mode).save(buffer, form, **options)
    return buffer.getvalue()


@functools.cache
def pictures():
    """Whole pictures of every format that is read."""
    found = [_picture(form) for form in FORMATS]
    found += [_picture("PNG", mode) for mode in ("1", "L", "LA", "P", "RGBA")]
    found += [_picture("PNG", "I;16"), _picture("TIFF", "F")]
    for kind in ("tiff_lzw", "tiff_deflate", "jpeg", "packbits", "group4"):
        mode = "1" if kind == "group4" else "RGB"
        found.append(_picture("TIFF", mode, compression=kind))
    found += [_picture("TIFF", "CMYK"), _picture("JPEG", "CMYK")]
    found.append(_picture("JPEG", progressive=True))
    exif = Image.Exif()
    exif[0x0112] = 6
    found.append(_picture("JPEG", exif=exif))
    found.append(_picture("WEBP", lossless=True))
    frames = [Image.new("RGB", (9, 9), (i, 0, 0)) for i in range(5)]
    for form in ("GIF", "WEBP", "PNG", "TIFF"):
        buffer = io.BytesIO()
        frames[0].save(buffer, form, save_all=True, append_images=frames[1:])
        found.append(buffer.getvalue())
    return found


def _chunk(name, data):
    sum_ = struct.pack(">I", zlib.crc32(name + data))
    return struct.pack(">I", len(data)) + name + data + sum_


@functools.cache
def _large(side, channels, real):
    """A PNG of one colour; its pixels are there, or only told."""
    packer = zlib.compressobj(1)
    line = bytes(1 + side * channels if real else 999)
    data = b"".join(packer.compress(line) for _ in range(side if real else 9))
    kind = {1: 0, 3: 2, 4: 6}[channels]
    head = struct.pack(">IIBBBBB", side, side, 8, kind, 0, 0, 0)
    parts = (b"IHDR", head), (b"IDAT", data + packer.flush()), (b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(*part) for part in parts)


def picture(random):
    """A picture that swells, lies, has odd chunks, or is of another kind."""
    kind = random.random()
    if kind < 0.04:
        channels = random.choice((1, 3, 4))
        return _large(random.choice((9990, 20_000)), channels, True)
    if kind < 0.2:
        return _large(random.choice((9990, 65_535, 2**31 - 1)), 3, False)
    if kind < 0.4:
        whole = _picture("PNG")
        name = random.choice((b"zTXt", b"iTXt", b"iCCP", b"tRNS", b"PLTE"))
        name = random.choice((name, b"eXIf", b"acTL", b"fcTL", b"gAMA"))
        data = random.choice(
            (
                b"k\0\0" + zlib.compress(bytes(80 << 20), 1),
                random.randbytes(random.randint(0, 40)),
                b"Exif\0\0MM\0*\0\0\0\x08" + b"\xff" * 30,
            )
        )
        return whole[:33] + _chunk(name, data) + whole[33:]
    if kind < 0.6:
        return random.choice(
            (
                b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n" * 9,
                b"<svg xmlns='http://www.w3.org/2000/svg'/>",
                b"P6 99999999 99999999 255\n" + bytes(300),
                b"P5 " + b"9" * 5000 + b" 9 255\n",
                b"P1 9 9\n" + b"2" * 81,
                b"BM" + bytes(300),
                b"II*\0\x08\0\0\0" + b"\xff" * 400,
                b"II*\0\x08\0\0\0\0\0\x08\0\0\0" + bytes(300),
                b"MM\0+\0\x08\0\0" + b"\xff" * 400,
                b"GIF89a\xff\xff\xff\xff\xf7\0\0" + bytes(900),
                b"RIFF\xff\xff\xff\xffWEBPVP8X" + b"\xff" * 300,
                b"\xff\xd8\xff\xe1\xff\xff" + b"Exif\0\0" + b"II*\0" * 99,
            )
        )
    data = bytearray(random.choice(pictures()))
    for _ in range(random.randint(1, 6)):  # of the header: sizes, types, tags
        data[random.randrange(min(64, len(data)))] = random.choice(
            (0, 1, 0x7F, 0x80, 0xFF, random.randrange(256))
        )
    return bytes(data)


@functools.cache
def flagfiles():
    """Whole flagfiles."""
    return [
        b"--dataset=digit_pairs\n--seeds=2\n# a word\n--budget=1.5\n",
        b"--method=eszsl\n\n--reading=standard\n--nomonitor\n",
    ]


def flagfile(random, path):
    """A flagfile of odd lines; some name other files, or itself."""
    names = ("dataset", "method", "seeds", "budget", "reading", "run_dir")
    names += ("flagfile", "undefok", "helpfull", "aspn.epochs", "x" * 5000)
    names += ("batch_size", "name", "selection", "manual_dir", "precision")
    values = ("", "1", "-1", "1e999", "nan", "9" * 4999, "a" * 300, "../../x")
    values += ("\0", "true", ",", "=", str(path), str(path.parent), "/dev/zero")
    values += (str(path.parent / "pipe"), *damage.NAMES[:-1], "--flagfile")
    lines = [
        f"{random.choice(('--', '--', '--no', '-', ''))}"
        f"{random.choice((*names, *damage.NAMES[:-1]))}"
        f"{random.choice(('=', '=', ' ', ''))}{random.choice(values)}"
        for _ in range(random.choice((1, 1, 2, 5)))
    ]
    lines += random.choice(
        ([], ["--seeds=1"], ["--"], ["--flagfile"], [f"--flagfile {path}"])
    )
    text = random.choice(("\n", "\n", "\r\n", "\r")).join(lines)
    return text.encode(random.choice(("utf-8", "utf-8", "utf-16", "utf-8-sig")))


@functools.cache
def cards():
    """Whole card.json files."""
    content = {
        "pictures": {"backbone": "grey_pixels", "size": [8, 8]},
        "descriptions": {"model": "words"},
        "examples": {"ant": "a.png"},
    }
    return [json.dumps(content, indent=1).encode()]


def card(random):
    """A card.json of other types, or deep, or of very large numbers."""
    value = random.choice(
        (
            *(None, [], {}, "", 1, -1, 1e308, [[]], "\ud800", True),
            *([1, 2, 3], ["8", "8"], [1e400, 1], [2**70, 2**70], {"a": {}}),
        )
    )
    content = json.loads(cards()[0])
    part = random.choice(list(content))
    content[part] = random.choice((value, content[part] | {"size": value}))
    text = json.dumps(random.choice((content, content, value)))
    if random.random() < 0.2:
        text = random.choice(("[" * 100_000, '{"a":' * 100_000, "9" * 99_999))
    return text.encode()
