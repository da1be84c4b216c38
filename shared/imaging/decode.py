"""From the bytes of an image file to pixels, checked before anything is decoded."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from shared.errors import DataError
from shared.imaging.formats import ImageFormat
from shared.imaging.header import (
    SAVE_AGAIN,
    SCALE_DOWN,
    opened_header,
    recognised,
    stored_exif,
    stored_orientation,
    stored_size,
)
from shared.imaging.quiet import caught_messages
from shared.intake.limits import MAX_SIDE

_TURNED_WHEN_DECODED = ("TIFF",)
# libjpeg goes on after each of these with gray in place of the pixels that it could not read.
_DAMAGE = re.compile(
    r"premature end|corrupt JPEG data: (?!\d+ extraneous)|libpng error", re.IGNORECASE
)


@dataclass(frozen=True, slots=True, eq=False)
class DecodedImage:
    """The pixels of a file as OpenCV decodes them.

    Args:
        pixels: uint8 or uint16, (H, W) or (H, W, C) in OpenCV's order, BGR(A); upright.
        remarks: what the decoder said and what does no harm.
    """

    pixels: NDArray[np.uint8] | NDArray[np.uint16]
    remarks: tuple[str, ...]


def decode_image(data: bytes, *, where: str) -> NDArray[np.uint8]:
    """Decode one image as it is streamed: 8 bits, upright, gray, RGB or RGBA.

    Size and format are read from the header first, and nothing is decoded where they are not
    taken. Turned as its EXIF orientation says. 16 bits keep their upper 8. Of an animation the
    first picture counts. A palette becomes colours; CMYK becomes RGB. What decoders say on
    standard error is not shown.

    Args:
        data: the whole file.
        where: what to call it in an error.

    Returns:
        uint8, (H, W) for gray, (H, W, 3) RGB or (H, W, 4) RGBA; sides of 1 to 4,096 pixels.

    Raises:
        DataError: no image of a known format, damaged or cut, or too large.
    """
    kind = recognised(data, where=where)
    with opened_header(data, kind, where=where) as header:
        orientation = stored_orientation(stored_exif(header, data))
        width, height = stored_size(header, orientation)
    if not all(1 <= side <= MAX_SIDE for side in (width, height)):
        expected = f"sides of 1 to {MAX_SIDE} pixels"
        raise DataError(
            "image too large",
            where=where,
            expected=expected,
            got=f"{width} x {height}",
            hint=SCALE_DOWN,
        )
    decoded = decode_pixels(data, kind, orientation=orientation, where=where)
    return streamed_pixels(decoded.pixels)


def decode_pixels(data: bytes, kind: ImageFormat, *, orientation: int, where: str) -> DecodedImage:
    """Decode a file whose header was found good, with as many bits and channels as OpenCV gives.

    Args:
        data: the whole file.
        kind: its format.
        orientation: what its header says, 1 to 8.
        where: what to call it in an error.

    Raises:
        DataError: damaged, or pixels of other kinds than 8 or 16 bits.
    """
    refusal = ""
    image: Any = None
    with caught_messages() as messages:
        try:
            image = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
        except cv2.error as error:
            refusal = error.err
    damage = refusal or next((each for each in messages if _DAMAGE.search(each)), None)
    if image is None or damage:
        expected = f"a {kind.name} image that OpenCV decodes"
        raise DataError(
            "damaged or truncated image",
            where=where,
            expected=expected,
            got=damage,
            hint=SAVE_AGAIN,
        )
    if image.dtype not in (np.uint8, np.uint16):
        raise DataError(
            "wrong kind of image",
            where=where,
            expected="8 or 16 bits",
            got=image.dtype,
            hint="save it with 8 bits for each channel",
        )
    turned = image if kind.name in _TURNED_WHEN_DECODED else upright_image(image, orientation)
    return DecodedImage(np.ascontiguousarray(turned), tuple(messages))


def upright_image(image: NDArray[Any], orientation: int) -> NDArray[Any]:
    """Turn an image as its EXIF orientation says.

    Args:
        image: (H, W) or (H, W, C), as stored.
        orientation: 1 to 8; anything else counts as 1, upright.

    Source:
        EXIF 2.32, tag 0x0112.
    """
    axes = (1, 0, 2)[: image.ndim]
    turned = image.transpose(axes) if orientation in (5, 6, 7, 8) else image
    if orientation in (3, 4, 7, 8):
        turned = turned[::-1]
    if orientation in (2, 3, 6, 7):
        turned = turned[:, ::-1]
    return turned


def streamed_pixels(image: NDArray[np.uint8] | NDArray[np.uint16]) -> NDArray[np.uint8]:
    """From OpenCV's order and depth to those of frames: the upper 8 bits, gray or RGB(A).

    Args:
        image: uint8 or uint16, (H, W) or (H, W, C) in OpenCV's order.

    Returns:
        uint8 in C order, (H, W) or (H, W, C), RGB(A).
    """
    pixels = np.ascontiguousarray(image >> 8 if image.dtype == np.uint16 else image, np.uint8)
    if pixels.ndim == 2:
        return pixels
    code = cv2.COLOR_BGR2RGB if pixels.shape[2] == 3 else cv2.COLOR_BGRA2RGBA
    return np.asarray(cv2.cvtColor(pixels, code), np.uint8)
