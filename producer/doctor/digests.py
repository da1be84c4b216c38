"""What is taken of every image of a set: a digest, and its least and greatest value."""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import blake2b
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from producer.doctor.stages import Stage, quiet
from shared.intake.imageset import ImageSet
from shared.intake.ragged import RaggedImages

_DIGEST_BYTES = 16
_BLOCK_BYTES = 2**22


def digest_images(
    images: ImageSet, *, stage: Stage = quiet
) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Look at the bytes of every image, some megabytes at a time.

    Args:
        images: the set; its pixels may be larger than the memory.
        stage: told how many images have been seen.

    Returns:
        uint8, (N, 16): BLAKE2b-128 of the pixels of each image, mixed with its shape; and uint8,
        (N, 2): least and greatest value of each.
    """
    count = len(images)
    digests = np.empty((count, _DIGEST_BYTES), np.uint8)
    extremes = np.empty((count, 2), np.uint8)
    advance = stage("looking at the images", count)
    for start, flat, bounds in _blocks(images):
        part = slice(start, start + len(bounds) - 1)
        digests[part] = _digests(flat, bounds)
        extremes[part, 0] = np.minimum.reduceat(flat, bounds[:-1])
        extremes[part, 1] = np.maximum.reduceat(flat, bounds[:-1])
        advance(len(bounds) - 1)
    if isinstance(images.images, RaggedImages):
        # Sides and channels have 16 bits each: different shapes change a digest differently.
        height, width, channels = images.images.shapes.astype(np.uint64).T
        shape = (height << np.uint64(32)) | (width << np.uint64(16)) | channels
        digests.view(np.uint64)[:, 0] ^= shape
    return digests, extremes


def _digests(flat: NDArray[np.uint8], bounds: NDArray[np.int64]) -> NDArray[np.uint8]:
    data = flat.data
    found = [
        blake2b(data[low:high], digest_size=_DIGEST_BYTES).digest()
        for low, high in pairwise(bounds.tolist())
    ]
    return np.frombuffer(b"".join(found), np.uint8).reshape(-1, _DIGEST_BYTES)


def _blocks(images: ImageSet) -> Iterator[tuple[int, NDArray[np.uint8], NDArray[np.int64]]]:
    """Of some images: the index of the first, their bytes, and the bounds of each in these."""
    pixels = images.images
    if isinstance(pixels, RaggedImages):
        ends = np.cumsum(pixels.shapes.prod(axis=1))
        start, begin = 0, 0
        while start < len(ends):
            stop = max(start + 1, int(np.searchsorted(ends, begin + _BLOCK_BYTES, "right")))
            bounds = np.concatenate(([begin], ends[start:stop])) - begin
            yield start, pixels.pixels[begin : int(ends[stop - 1])], bounds
            start, begin = stop, int(ends[stop - 1])
        return
    size = pixels[0].size
    step = max(1, _BLOCK_BYTES // size)
    for start in range(0, len(pixels), step):
        block = np.ascontiguousarray(pixels[start : start + step])
        yield start, block.reshape(-1), np.arange(0, block.size + 1, size)
