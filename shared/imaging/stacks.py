"""Measures of many images of one size at once."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from shared.imaging.measures import luma

_LEVELS = np.arange(256)
# A histogram times this is the sum of all levels, and that of their squares.
_MOMENTS = np.stack([_LEVELS, _LEVELS**2], axis=1).astype(np.float64)


def measure_stack(
    stack: NDArray[np.uint8], *, middle: NDArray[np.uint8] | None = None
) -> NDArray[np.float64]:
    """Measure n images of one size, as ``shared.imaging.measures.measure`` does with one.

    Every sum is one of integers below 2**53, so it is exact in whatever order it is taken, and an
    image's measures do not depend on those beside it.

    Args:
        stack: uint8, (n, H, W), or (n, H, W, C) in RGB(A) order with C in {1, 3, 4}; small enough
            that 16 bytes for each pixel fit into memory.
        middle: the same of a part of each, whose sharpness counts in place of the whole's.

    Returns:
        (n, 8): the fields of ``Measures`` in their order, and the least luma of any pixel.
    """
    gray = _luma(stack)
    count, pixels = len(gray), gray[0].size
    # Each image has 256 bins of its own.
    bins = gray.reshape(count, -1) + 256 * np.arange(count, dtype=np.uint32)[:, None]
    found = np.bincount(bins.ravel(), minlength=256 * count).reshape(count, 256)
    sums, squares = (found @ _MOMENTS).T
    logarithms = (found * np.log2(np.maximum(found, 1))).sum(axis=1)
    return np.stack(
        [
            sums / pixels,
            np.sqrt(pixels * squares - sums**2) / pixels,
            _sharpness(gray if middle is None else _luma(middle)),
            np.maximum(0, np.log2(pixels) - logarithms / pixels),
            _saturation(stack),
            found[:, 0] / pixels,
            found[:, -1] / pixels,
            (found > 0).argmax(axis=1),
        ],
        axis=1,
    )


def _tall(stack: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """All images of a stack below each other: to OpenCV, one image."""
    return stack.reshape(-1, *stack.shape[2:])


def _luma(stack: NDArray[np.uint8]) -> NDArray[np.uint8]:
    return luma(_tall(stack)).reshape(stack.shape[:3])


def _saturation(stack: NDArray[np.uint8]) -> NDArray[np.float64]:
    count = len(stack)
    if stack.ndim == 3 or stack.shape[3] == 1:
        return np.zeros(count)
    hsv = cv2.cvtColor(_tall(np.ascontiguousarray(stack[..., :3])), cv2.COLOR_RGB2HSV)
    plane = np.asarray(cv2.extractChannel(hsv, 1)).reshape(count, -1)
    return np.asarray(plane.sum(axis=1, dtype=np.uint64) / plane.shape[1] / 255)


def _sharpness(gray: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Variance of the Laplacian of each image (n, H, W), borders reflected."""
    count, height, width = gray.shape
    padded = np.empty((count, height + 2, width + 2), np.int16)
    padded[:, 1:-1, 1:-1] = gray
    # Where there is one row or column only, it is its own reflection.
    padded[:, 0], padded[:, -1] = padded[:, min(2, height)], padded[:, max(height - 1, 1)]
    padded[..., 0], padded[..., -1] = padded[..., min(2, width)], padded[..., max(width - 1, 1)]
    # All in one row, neighbours are a fixed step apart; what comes of the borders is left out.
    row, step = padded.ravel(), width + 2
    edges = -4 * row
    edges[1:] += row[:-1]
    edges[:-1] += row[1:]
    edges[step:] += row[:-step]
    edges[:-step] += row[step:]
    inner = edges.reshape(padded.shape)[:, 1:-1, 1:-1].astype(np.float64)
    sums, squares = inner.sum(axis=(1, 2)), np.einsum("ijk,ijk->i", inner, inner)
    pixels = height * width
    return np.asarray((pixels * squares - sums**2) / pixels**2)
