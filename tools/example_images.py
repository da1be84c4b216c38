"""Three very different images, and one that is cut: made here, byte for byte the same each time."""

from __future__ import annotations

import io

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from producer.datasets.builtin import builtin_frames

_MAKE, _MODEL, _ORIENTATION = 0x010F, 0x0110, 0x0112
_EXIF, _GPS = 0x8769, 0x8825


def gray_frame() -> bytes:
    """The first built-in frame, 28 x 28 gray, as PNG."""
    return _png(builtin_frames(10, seed=0).images[0])


def turned_photograph() -> bytes:
    """A CMYK JPEG that was taken with the camera held upright, with what the camera says."""
    exif = Image.Exif()
    exif[_MAKE], exif[_MODEL], exif[_ORIENTATION] = "Catwalk", "Example 1", 6
    exif.get_ifd(_EXIF).update({0x9003: "2024:05:17 14:03:22", 0x829A: 0.004, 0x829D: 2.8})
    exif.get_ifd(_EXIF).update({0x8827: 200, 0x920A: 35.0})
    exif.get_ifd(_GPS).update({1: "N", 2: (52.0, 31.0, 12.0), 3: "E", 4: (13.0, 24.0, 18.0)})
    pixels = _waves(120, 160)
    file = io.BytesIO()
    Image.fromarray(pixels).convert("CMYK").save(file, "JPEG", quality=90, exif=exif)
    return file.getvalue()


def deep_scan() -> bytes:
    """A 16-bit RGBA PNG, dark and transparent at its edge."""
    pixels = np.zeros((96, 96, 4), np.uint16)
    pixels[8:-8, 8:-8, :3] = _waves(80, 80).astype(np.uint16) * 40
    pixels[8:-8, 8:-8, 3] = 65535
    return _png(pixels)


def cut_download() -> bytes:
    """The first half of the photograph."""
    whole = turned_photograph()
    return whole[: len(whole) // 2]


def _waves(height: int, width: int) -> NDArray[np.uint8]:
    """Colours that change smoothly: (height, width, 3), RGB."""
    rows, columns = np.mgrid[:height, :width]
    channels = [rows * 255 // height, columns * 255 // width, (rows + columns) * 255 // 300]
    return np.stack(channels, axis=2).astype(np.uint8)


def _png(pixels: NDArray[np.uint8] | NDArray[np.uint16]) -> bytes:
    return cv2.imencode(".png", pixels)[1].tobytes()
