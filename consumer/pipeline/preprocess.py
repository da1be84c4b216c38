"""From a frame as received to the gray image that the model expects."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

_TO_GRAY = {3: cv2.COLOR_RGB2GRAY, 4: cv2.COLOR_RGBA2GRAY}


def preprocess(image: NDArray[np.uint8], size: tuple[int, int]) -> NDArray[np.uint8]:
    """Convert an image to gray and resize it where it differs from the model's input.

    Shrinking averages over pixel areas, enlarging interpolates linearly, each side by itself. An
    image that already fits is returned as it is, not copied.

    Args:
        image: uint8, (H, W), or (H, W, C) in RGB(A) order with C in {1, 3, 4}.
        size: height and width of the result, in pixels.

    Returns:
        uint8, shape ``size``.
    """
    if image.ndim == 3:
        code = _TO_GRAY.get(image.shape[2])
        image = image[..., 0] if code is None else _as_uint8(cv2.cvtColor(image, code))
    height, width = size
    # One side may shrink while the other grows, and OpenCV averages only where both shrink.
    shrunk = (min(height, image.shape[0]), min(width, image.shape[1]))
    return _resized(_resized(image, shrunk, cv2.INTER_AREA), size, cv2.INTER_LINEAR)


def _resized(
    image: NDArray[np.uint8], size: tuple[int, int], interpolation: int
) -> NDArray[np.uint8]:
    if image.shape == size:
        return image
    contiguous = np.ascontiguousarray(image)
    return _as_uint8(cv2.resize(contiguous, size[::-1], interpolation=interpolation))


def _as_uint8(image: object) -> NDArray[np.uint8]:
    return np.asarray(image, np.uint8)
