"""Measures and perceptual hashes of many pictures at once."""

from __future__ import annotations

from functools import cache

import cv2
import numpy as np
from numpy.typing import NDArray

from shared.imaging.measures import luma

THUMBNAIL = 32
"""Rows and columns of the picture from which the perceptual hash is made."""
_LOW = 8
_LEVELS = np.arange(256)
# A histogram times this is the sum of all levels, and that of their squares.
_MOMENTS = np.stack([_LEVELS, _LEVELS**2], axis=1).astype(np.float64)


def measure_stack(stack: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Measure n images of one size, as ``shared.imaging.measures.measure`` does with one.

    Args:
        stack: uint8, (n, H, W), or (n, H, W, C) in RGB(A) order with C in {1, 3, 4}; small enough
            that 16 bytes for each pixel fit into memory.

    Returns:
        (n, 7): the fields of ``Measures`` in their order.
    """
    # Below each other, the images of a stack are one image.
    gray = luma(stack.reshape(-1, *stack.shape[2:])).reshape(stack.shape[:3])
    count, pixels = len(gray), gray[0].size
    bins = gray.reshape(count, -1) + 256 * np.arange(count)[:, None]
    found = np.bincount(bins.ravel(), minlength=256 * count).reshape(count, 256)
    sums, squares = (found @ _MOMENTS).T
    logarithms = (found * np.log2(np.maximum(found, 1))).sum(axis=1)
    return np.stack(
        [
            sums / pixels,
            np.sqrt(pixels * squares - sums**2) / pixels,
            _sharpness(gray),
            np.maximum(0, np.log2(pixels) - logarithms / pixels),
            _saturation(stack),
            found[:, 0] / pixels,
            found[:, -1] / pixels,
        ],
        axis=1,
    )


def hash_thumbnails(thumbnails: NDArray[np.uint8]) -> NDArray[np.uint64]:
    """Perceptual hashes, as ``shared.imaging.perceptual.perceptual_hash`` has them.

    Args:
        thumbnails: uint8, (n, 32 * 32): luma of the pictures, shrunk.
    """
    pictures = thumbnails.reshape(-1, THUMBNAIL, THUMBNAIL)
    low = (_cosines() @ pictures @ _cosines().T).reshape(len(pictures), -1)
    low[:, 0] = 0.0
    low[np.abs(low) < 1e-3 * THUMBNAIL] = 0.0
    middle = np.maximum(0.0, np.median(low, axis=1, keepdims=True))
    return np.packbits(low > middle, axis=1).view(">u8").ravel().astype(np.uint64)


@cache
def _cosines() -> NDArray[np.float64]:
    """The 8 lowest frequencies of the discrete cosine transform of 32 values, (8, 32)."""
    angles = np.outer(np.arange(_LOW), np.arange(THUMBNAIL) + 0.5) * np.pi / THUMBNAIL
    scale = np.full((_LOW, 1), np.sqrt(2 / THUMBNAIL))
    scale[0] = np.sqrt(1 / THUMBNAIL)
    return np.asarray(scale * np.cos(angles), np.float64)


def _sharpness(gray: NDArray[np.uint8]) -> NDArray[np.float64]:
    row = np.pad(gray.astype(np.int16), ((0, 0), (1, 1), (1, 1)), mode="reflect")
    edges = row[:, :-2, 1:-1] + row[:, 2:, 1:-1] + row[:, 1:-1, :-2] + row[:, 1:-1, 2:]
    edges -= 4 * row[:, 1:-1, 1:-1]
    return np.asarray(edges.reshape(len(gray), -1).var(axis=1, dtype=np.float64))


def _saturation(stack: NDArray[np.uint8]) -> NDArray[np.float64]:
    count = len(stack)
    if stack.ndim == 3 or stack.shape[3] == 1:
        return np.zeros(count)
    colours = np.ascontiguousarray(stack[..., :3]).reshape(-1, stack.shape[2], 3)
    plane = cv2.extractChannel(cv2.cvtColor(colours, cv2.COLOR_RGB2HSV), 1)
    return np.asarray(np.asarray(plane).reshape(count, -1).mean(axis=1, dtype=np.float64) / 255)
