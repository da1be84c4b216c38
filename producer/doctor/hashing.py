"""Perceptual hashes of many pictures at once."""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

THUMBNAIL = 32
"""Rows and columns of the picture from which the perceptual hash is made."""
_LOW = 8


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
