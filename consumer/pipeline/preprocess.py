"""From a frame as received to the image that the model expects."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

_TO_GRAY = {3: cv2.COLOR_RGB2GRAY, 4: cv2.COLOR_RGBA2GRAY}
_TO_RGB = {1: cv2.COLOR_GRAY2RGB, 4: cv2.COLOR_RGBA2RGB}


def preprocess(
    image: NDArray[np.uint8], size: tuple[int, int], channels: int = 1
) -> NDArray[np.uint8]:
    """Convert an image to gray or RGB and resize it where it differs from the model's input.

    Shrinking averages over pixel areas, enlarging interpolates linearly, each side by itself.
    Transparency is dropped. An image that already fits is returned as it is, not copied.

    Args:
        image: uint8, (H, W), or (H, W, C) in RGB(A) order with C in {1, 3, 4}.
        size: height and width of the result, in pixels.
        channels: 1 for gray, 3 for RGB.

    Returns:
        uint8, shape ``size`` for gray, (*size, 3) for RGB.
    """
    image = _coloured(image) if channels == 3 else _gray(image)
    height, width = size
    # One side may shrink while the other grows, and OpenCV averages only where both shrink.
    shrunk = (min(height, image.shape[0]), min(width, image.shape[1]))
    return _resized(_resized(image, shrunk, cv2.INTER_AREA), size, cv2.INTER_LINEAR)


def _gray(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    if image.ndim == 2:
        return image
    code = _TO_GRAY.get(image.shape[2])
    return image[..., 0] if code is None else _as_uint8(cv2.cvtColor(image, code))


def _coloured(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    code = _TO_RGB.get(1 if image.ndim == 2 else image.shape[2])
    return image if code is None else _as_uint8(cv2.cvtColor(image, code))


def _resized(
    image: NDArray[np.uint8], size: tuple[int, int], interpolation: int
) -> NDArray[np.uint8]:
    if image.shape[:2] == size:
        return image
    contiguous = np.ascontiguousarray(image)
    return _as_uint8(cv2.resize(contiguous, size[::-1], interpolation=interpolation))


def _as_uint8(image: object) -> NDArray[np.uint8]:
    return np.asarray(image, np.uint8)
