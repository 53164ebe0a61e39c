"""One file to one array of pixels, or a sentence why not."""

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

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
    name = "The picture" if hasattr(path, "read") else path
    try:
        with Image.open(path, formats=FORMATS) as opened:
            _refuse_a_bomb(opened.size, name)
            opened.draft(mode, (2 * width, 2 * height))  # JPEG alone, quicker
            upright = ImageOps.exif_transpose(opened)
            flat = _flat(upright, mode)
            if flat.size != (width, height):
                flat = flat.resize((width, height), Image.Resampling.BILINEAR)
    except UnidentifiedImageError:
        raise refused(name, "something else, or nothing") from None
    except Image.DecompressionBombError as error:
        raise refused(name, error) from None
    # What Pillow's readers raise of damaged files is not one family.
    except (OSError, SyntaxError, ValueError, TypeError, EOFError) as error:
        raise refused(name, error) from None
    except (IndexError, KeyError, OverflowError, MemoryError) as error:
        raise refused(name, error) from None
    return np.asarray(flat, np.uint8).reshape(height, width, -1)


def refused(name, reason):
    """The `InputError` about a file."""
    reason = " ".join(str(reason).split())[:200] or type(reason).__name__
    return InputError(
        f"{name} must be a whole picture ({', '.join(FORMATS)}). Received: "
        f"{reason}"
    )


def _refuse_a_bomb(size, name):
    width, height = size
    if width * height > LARGEST:
        raise InputError(
            f"{name} must have at most {LARGEST} pixels. Received: "
            f"{width} x {height}"
        )


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
