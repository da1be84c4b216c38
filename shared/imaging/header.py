"""The header of an image file, read without decoding a pixel."""

from __future__ import annotations

import io
import logging
import struct
import warnings
import zlib
from collections.abc import Iterator
from contextlib import contextmanager

import PIL
from PIL import Image

from shared.errors import DataError
from shared.imaging.formats import (
    LOOKED_AT,
    NAMES,
    ImageFormat,
    describe_start,
    is_cut,
    png_chunks,
    recognise,
)

SAVE_AGAIN = "write or fetch the file again"
"""What to do about a file that is damaged, or not all there."""
SCALE_DOWN = "scale it down, or cut it into several"
"""What to do about an image of too many pixels."""
UPRIGHT = 1
ORIENTATIONS = range(1, 9)
_ORIENTATION = 0x0112
_STANDING = (5, 6, 7, 8)
_PILLOW = logging.getLogger("PIL")
# What Pillow raises on files that were made to make it raise.
READING_ERRORS = (
    OSError,
    EOFError,
    AssertionError,
    ValueError,
    SyntaxError,
    LookupError,
    ArithmeticError,
    MemoryError,
    RuntimeError,
    TypeError,
    AttributeError,
    struct.error,
    zlib.error,
)


def recognised(data: bytes, *, where: str) -> ImageFormat:
    """Tell the format of a file by its content, and that the file is all there.

    Raises:
        DataError: no image of a format that is read, or one that ends too early.
    """
    found = recognise(data[:LOOKED_AT])
    if found is None:
        expected = " or ".join(NAMES)
        raise DataError(
            "not an image",
            where=where,
            expected=expected,
            got=describe_start(data[:LOOKED_AT]),
            hint="save it in one of these formats, or leave it out",
        )
    if is_cut(data, found.name):
        raise DataError(
            "truncated image",
            where=where,
            expected=f"a whole {found.name} file",
            got=f"its first {len(data):,} bytes",
            hint=SAVE_AGAIN,
        )
    return found


@contextmanager
def opened_header(data: bytes, kind: ImageFormat, *, where: str) -> Iterator[Image.Image]:
    """Open a file with Pillow to read its header; whatever Pillow raises meanwhile is one error.

    Args:
        data: the whole file.
        kind: its format, as recognised.
        where: what to call it in an error.

    Raises:
        DataError: the header is damaged, or says a size that nobody decodes.
    """
    # Without any handler what Pillow logs would be shown.
    if not _PILLOW.handlers:
        _PILLOW.addHandler(logging.NullHandler())
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(io.BytesIO(data), formats=[kind.name]) as header:
                yield header
    except PIL.UnidentifiedImageError:
        expected = f"a readable {kind.name} header"
        raise DataError("damaged image", where=where, expected=expected, hint=SAVE_AGAIN) from None
    except Image.DecompressionBombError as error:
        pixels = str(error).partition("(")[2].partition(" ")[0]
        limit = f"at most {2 * (Image.MAX_IMAGE_PIXELS or 0):,} pixels"
        got = f"{int(pixels):,} pixels" if pixels.isdecimal() else error
        raise DataError(
            "image too large", where=where, expected=limit, got=got, hint=SCALE_DOWN
        ) from error
    except READING_ERRORS as error:
        # Pillow names its own constants there.
        words = "too much text in it" if "MAX_TEXT" in str(error) else str(error)
        raise DataError("damaged image", where=where, got=words, hint=SAVE_AGAIN) from error


def stored_exif(header: Image.Image, data: bytes) -> Image.Exif:
    """The EXIF of an opened image; empty where it has none.

    Args:
        header: the image.
        data: the whole file.
    """
    if header.format != "PNG":
        return header.getexif()
    # Pillow would decode the whole picture in search of it.
    exif = Image.Exif()
    exif.load(next(png_chunks(data, b"eXIf"), b""))
    return exif


def stored_orientation(exif: Image.Exif) -> int:
    """Which orientation the EXIF says, 1 to 8; 1, upright, where it says none or nonsense.

    Source:
        EXIF 2.32, tag 0x0112.
    """
    said = exif.get(_ORIENTATION, UPRIGHT)
    return said if isinstance(said, int) and said in ORIENTATIONS else UPRIGHT


def stored_size(header: Image.Image, orientation: int) -> tuple[int, int]:
    """Width and height as stored, before the orientation is followed.

    Pillow says them of a TIFF after that.
    """
    width, height = header.size
    turned = header.format == "TIFF" and orientation in _STANDING
    return (height, width) if turned else (width, height)


def upright_size(width: int, height: int, orientation: int) -> tuple[int, int]:
    """Width and height of what is seen when the orientation is followed."""
    return (height, width) if orientation in _STANDING else (width, height)
