"""One file to one array of pixels, or a sentence why not."""

import contextlib
import io

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from aspn_tf import files
from aspn_tf.errors import InputError

# Others of Pillow's start programs, or are no pictures.
FORMATS = ("BMP", "GIF", "JPEG", "PNG", "PPM", "TIFF", "WEBP")
LARGEST = 100_000_000  # pixels of a picture, whatever its file claims
DEEP = ("I;16", "I;16B", "I;16L", "I")  # of 16 bits a pixel
GROUND = (255, 255, 255)  # what shows through


def pixels(path, size, mode):
    """The whole picture of a file, upright and of one size.

    Nothing is cut off, as for the published features ("no preprocessing such
    as cropping"); what is transparent is white; of an animation the first
    picture counts.

    Args:
      path: of the file, or a file object.
      size: (height, width).
      mode: "RGB" or "L", which is grey.

    Returns:
      uint8 (height, width, channels).

    Raises:
      InputError: it is not a whole picture of one of `FORMATS`, or has more
        than `LARGEST` pixels.
    """
    height, width = size
    _check(path)
    with _sentences(path):
        flat = _upright(path, (2 * width, 2 * height), mode)
        if flat.size != (width, height):
            flat = flat.resize((width, height), Image.Resampling.BILINEAR)
    return np.asarray(flat, np.uint8).reshape(height, width, -1)


def thumbnail(path, side):
    """The whole picture of a file, small, as the bytes of a PNG.

    Args:
      path: of the file.
      side: pixels of its longer side, at most.

    Raises:
      InputError: as `pixels`.
    """
    _check(path)
    with _sentences(path):
        flat = _upright(path, (2 * side, 2 * side), "RGB")
        flat.thumbnail((side, side))
        buffer = io.BytesIO()
        flat.save(buffer, "PNG")
    return buffer.getvalue()


def refused(name, reason):
    """The `InputError` about a file."""
    reason = " ".join(str(reason).split())[:200] or type(reason).__name__
    return InputError(
        f"{name} must be a whole picture ({', '.join(FORMATS)}). Received: "
        f"{reason}"
    )


def _check(path):
    if not hasattr(path, "read"):
        files.check(path)


@contextlib.contextmanager
def _sentences(path):
    """What Pillow raises of a file within becomes an `InputError`.

    What its readers raise of damaged files is not one family.
    """
    name = "The picture" if hasattr(path, "read") else path
    try:
        yield
    except UnidentifiedImageError:
        raise refused(name, "something else, or nothing") from None
    except (OSError, SyntaxError, ValueError, TypeError, EOFError) as error:
        raise refused(name, error) from None
    except (IndexError, KeyError, OverflowError, MemoryError) as error:
        raise refused(name, error) from None
    except Image.DecompressionBombError as error:
        raise refused(name, error) from None


def _upright(path, enough, mode):
    """The picture of a file in one mode; a JPEG's no larger than need be."""
    with Image.open(path, formats=FORMATS) as opened:
        width, height = opened.size
        if width * height > LARGEST:
            raise Image.DecompressionBombError(
                f"{width} x {height} pixels, where {LARGEST} are the most"
            )
        opened.draft(mode, enough)
        return _flat(ImageOps.exif_transpose(opened), mode)


def _flat(picture, mode):
    """Of one mode, on white where it is transparent."""
    if picture.mode in DEEP:
        deep = np.asarray(picture)
        return Image.fromarray((deep >> 8).astype(np.uint8)).convert(mode)
    if picture.has_transparency_data:
        over = picture.convert("RGBA")
        picture = Image.new("RGB", over.size, GROUND)
        picture.paste(over, mask=over.getchannel("A"))
    return picture.convert(mode)
