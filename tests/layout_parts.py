"""Values for tests of layouts: small images, labels, and image files that a fake decodes."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

PNG = b"\x89PNG\r\n\x1a\n"

GRAY = np.arange(2 * 5 * 5, dtype=np.uint8).reshape(2, 5, 5)
"""Two gray images of 5 x 5 pixels."""

COLOUR = np.arange(2 * 5 * 6 * 3, dtype=np.uint8).reshape(2, 5, 6, 3)
"""Two colour images of 5 x 6 pixels."""

SQUARE = np.arange(2 * 5 * 5 * 3, dtype=np.uint8).reshape(2, 5, 5, 3)
"""Two square colour images."""

LABELS = np.array([1, 0], dtype=np.uint8)


def planes(images: NDArray[Any]) -> NDArray[Any]:
    """Images with the channels first, as an array of its own."""
    return np.ascontiguousarray(np.moveaxis(images, -1, 1))


def image_file(image: NDArray[np.uint8]) -> bytes:
    """What ``decode`` makes an image of; by its start it is a PNG file."""
    return PNG + bytes((*image.shape, 0, 0, 0)[:4]) + bytes(32) + image.tobytes()


def decode(data: bytes, _where: str) -> NDArray[np.uint8]:
    """A decoder of such files."""
    start = len(PNG)
    shape = tuple(side for side in data[start : start + 4] if side)
    return np.frombuffer(data[start + 36 :], np.uint8).reshape(shape)
