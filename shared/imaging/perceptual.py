"""Perceptual hash: similar pictures have hashes that differ in few bits."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from shared.imaging.measures import luma

HASH_BITS = 64
_SIDE = 32
_LOW = 8
_MIDDLE = (HASH_BITS // 2 - 1, HASH_BITS // 2)


def perceptual_hash(image: NDArray[np.uint8]) -> int:
    """The DCT hash (pHash) of an image.

    Its luma is shrunk to 32 x 32; of the discrete cosine transform the 8 x 8 lowest frequencies
    count, each as one bit: whether it is above their median. So size, compression and small
    changes of brightness hardly matter, and an image without any structure has hash 0.

    Args:
        image: uint8, (H, W), or (H, W, C) in RGB(A) order with C in {1, 3, 4}; not empty.

    Returns:
        64 bits, the lowest frequency in the highest bit.

    Source:
        C. Zauner, "Implementation and Benchmarking of Perceptual Image Hash Functions", 2010.
    """
    gray = np.ascontiguousarray(luma(image))
    small = cv2.resize(gray, (_SIDE, _SIDE), interpolation=cv2.INTER_AREA)
    low = np.asarray(cv2.dct(small.astype(np.float32)))[:_LOW, :_LOW].ravel().copy()
    # The mean brightness is no structure; and what is left of rounding must not become bits.
    low[0] = 0.0
    low[np.abs(low) < 1e-3 * _SIDE] = 0.0
    # As numpy.median has it, at half of its cost.
    below, above = np.partition(low, _MIDDLE)[_MIDDLE[0] : _MIDDLE[1] + 1].tolist()
    bits = np.packbits(low > max(0.0, (below + above) / 2))
    return int.from_bytes(bits.tobytes(), "big")


def hamming_distance(left: int, right: int) -> int:
    """In how many bits two hashes differ, 0..64."""
    return (left ^ right).bit_count()
