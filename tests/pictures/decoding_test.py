"""Files to pixels, whole ones and what else lies in a folder."""

import io
import os
import struct
import zlib

import numpy as np
import pytest
from picture_folder import picture
from PIL import Image

from aspn_tf.errors import InputError
from aspn_tf.pictures import decoding

HALVES = np.array([[0, 255]], np.uint8)  # dark on the left


def saved(place, image, name="one.png", **options):
    image.save(place / name, **options)
    return place / name


@pytest.mark.parametrize("suffix", ["png", "bmp", "tiff", "ppm", "gif"])
def test_pixels_come_as_they_are(suffix, tmp_path):
    path = saved(tmp_path, Image.fromarray(HALVES), f"one.{suffix}")
    np.testing.assert_array_equal(
        decoding.pixels(path, (1, 2), "L"), HALVES[..., None]
    )
    rgb = np.repeat(HALVES[..., None], 3, axis=2)
    np.testing.assert_array_equal(decoding.pixels(path, (1, 2), "RGB"), rgb)


@pytest.mark.parametrize("suffix", ["jpg", "webp"])
def test_what_loses_something_comes_close(suffix, tmp_path):
    path = saved(tmp_path, picture(200, size=32), f"one.{suffix}")
    found = decoding.pixels(path, (32, 32), "RGB").astype(int)
    assert np.abs(found - np.asarray(picture(200, size=32))).mean() < 20


def test_the_whole_picture_is_squeezed_and_nothing_cut_off(tmp_path):
    wide = np.zeros((10, 100), np.uint8)
    wide[:, 50:] = 255
    path = saved(tmp_path, Image.fromarray(wide))
    found = decoding.pixels(path, (4, 4), "L")[..., 0]
    assert found.shape == (4, 4)
    assert (found[:, 0] == 0).all() and (found[:, 3] == 255).all()


@pytest.mark.parametrize(
    ("orientation", "expected"), [(1, [0, 255]), (3, [255, 0]), (6, [0, 255])]
)
def test_it_stands_upright(orientation, expected, tmp_path):
    exif = Image.Exif()
    exif[0x0112] = orientation
    image = Image.fromarray(np.repeat(HALVES, 2, axis=0).repeat(2, axis=1))
    path = saved(tmp_path, image, exif=exif)
    found = decoding.pixels(path, (4, 4), "L")[..., 0]
    line = found[:, 0] if orientation == 6 else found[0]
    assert line[[0, 3]].tolist() == expected


def test_what_is_transparent_is_white(tmp_path):
    clear = np.zeros((2, 2, 4), np.uint8)
    clear[0, 0] = [255, 0, 0, 255]
    path = saved(tmp_path, Image.fromarray(clear))
    found = decoding.pixels(path, (2, 2), "RGB")
    assert found[0, 0].tolist() == [255, 0, 0]
    assert found[1, 1].tolist() == [255, 255, 255]
    palette = Image.fromarray(clear).convert("P")
    palette.info["transparency"] = palette.getpixel((1, 1))
    found = decoding.pixels(
        saved(
            tmp_path, palette, "p.png", transparency=palette.getpixel((1, 1))
        ),
        (2, 2),
        "RGB",
    )
    assert found[1, 1].tolist() == [255, 255, 255]


def test_sixteen_bits_keep_their_upper_half(tmp_path):
    deep = np.array([[0, 0x8000], [0xFF00, 0xFFFF]], np.uint16)
    path = saved(tmp_path, Image.fromarray(deep))
    found = decoding.pixels(path, (2, 2), "L")[..., 0]
    assert found.tolist() == [[0, 0x80], [0xFF, 0xFF]]


def test_what_is_no_file_is_refused_and_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "one.png")
    for read in (decoding.pixels, decoding.thumbnail):
        rest = ((4, 4), "RGB") if read is decoding.pixels else (4,)
        with pytest.raises(InputError, match="a pipe"):
            read(tmp_path / "one.png", *rest)


def bomb():
    """A PNG whose header claims 2^30 pixels, in a few bytes."""

    def chunk(kind, content):
        body = kind + content
        return (
            struct.pack(">I", len(content))
            + body
            + struct.pack(">I", zlib.crc32(body))
        )

    head = struct.pack(">IIBBBBB", 1 << 15, 1 << 15, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(bytes(100)))
        + chunk(b"IEND", b"")
    )


def whole(format="PNG"):
    buffer = io.BytesIO()
    picture(100, 20.0, size=32).save(buffer, format)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "something else"),
        (b"hello\n" * 99, "something else"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "something"),
        (whole()[:200], "whole picture"),
        (whole("JPEG")[:300], "whole picture"),
        (whole("TIFF")[:60], "whole picture"),
        (bomb(), "pixels"),
    ],
    ids=["empty", "text", "script", "png", "jpeg", "tiff", "bomb"],
)
def test_what_is_no_whole_picture_gets_a_sentence(content, reason, tmp_path):
    path = tmp_path / "one.png"
    path.write_bytes(content)
    with pytest.raises(InputError, match=reason) as refused:
        decoding.pixels(path, (4, 4), "RGB")
    assert str(path) in str(refused.value)


@pytest.mark.parametrize(
    "format", ["PNG", "JPEG", "GIF", "TIFF", "WEBP", "BMP"]
)
def test_flipped_bytes_give_a_picture_or_a_sentence(format, tmp_path):
    content, stream = whole(format), np.random.default_rng(0)
    path = tmp_path / "one"
    for _ in range(150):
        damaged = bytearray(content)
        for at in stream.integers(0, len(content), 3):
            damaged[at] ^= stream.integers(1, 256)
        path.write_bytes(bytes(damaged))
        try:
            assert decoding.pixels(path, (4, 4), "RGB").shape == (4, 4, 3)
        except InputError as error:
            assert "one" in str(error)
