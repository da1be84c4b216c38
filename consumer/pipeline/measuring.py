"""How good each image of a batch is: the measures of single images, of many at once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from functools import cache

import cv2
import numpy as np
from numpy.typing import NDArray

from consumer.pipeline.records import FrameMeasures
from shared.quality import MEASURES

Image = NDArray[np.uint8]
Rows = NDArray[np.float64]

SIDE = 64
"""So many pixels a side are looked at."""
_CHUNK_PIXELS = 65_536
_CHUNK_IMAGES = 256
_LEVELS = np.arange(256, dtype=np.uint16)
# A histogram times this is the sum of all levels, and that of their squares.
_MOMENTS = np.stack([_LEVELS, np.square(_LEVELS, dtype=np.float64)], axis=1)
_CONTRAST = MEASURES.index("contrast")
_TO_GRAY = {3: cv2.COLOR_RGB2GRAY, 4: cv2.COLOR_RGBA2GRAY}


def measure_frames(images: Sequence[Image | None]) -> FrameMeasures:
    """Measure n images, those of one shape together; what else is in the batch changes nothing.

    Of an image with more than 64 rows or columns 64 evenly spaced ones are looked at, and for its
    sharpness the 64 in the middle: what a photo costs is bounded.

    Args:
        images: uint8, (H, W), or (H, W, C) in RGB(A) order with C in {1, 3, 4}; not empty. None
            stands for one that is not to be measured.

    Returns:
        Brightness, contrast, entropy, saturation and clipped shares as ``shared.imaging.measures``
        has them; sharpness as log2(1 + variance of the Laplacian); the least luma of any pixel.
    """
    values = np.full((len(images), len(MEASURES)), np.nan)
    for places in _by_shape(images):
        alike = [image for place in places if (image := images[place]) is not None]
        values[places] = _measured(*_looked_at(alike))
    blank = np.zeros(len(images), np.bool_)
    for place in np.flatnonzero(values[:, _CONTRAST] == 0).tolist():
        # Colours can be equally bright, and what was left out may differ.
        image = images[place]
        blank[place] = image is not None and _is_blank(image)
    return FrameMeasures(values, blank)


def _is_blank(image: Image) -> bool:
    """Whether all pixels are the same: up to the first rows that differ, at the memory's speed."""
    first = image[0]
    step = max(1, _CHUNK_PIXELS // first.size)
    return bool((first == first[0]).all()) and all(
        (image[start : start + step] == first).all() for start in range(0, len(image), step)
    )


def _by_shape(images: Sequence[Image | None]) -> list[list[int]]:
    """Places of images that have one shape, few enough to stay in the processor's cache."""
    groups: defaultdict[tuple[int, ...], list[int]] = defaultdict(list)
    for place, image in enumerate(images):
        if image is not None:
            groups[image.shape].append(place)
    return [
        places[start : start + step]
        for (height, width, *_), places in groups.items()
        for step in (min(_CHUNK_IMAGES, _CHUNK_PIXELS // (min(height, SIDE) * min(width, SIDE))),)
        for start in range(0, len(places), step)
    ]


def _looked_at(images: Sequence[Image]) -> tuple[Image, Image]:
    """What is looked at of images of one shape: all over, and in the middle."""
    if max(images[0].shape[:2]) <= SIDE:
        stack = _stack(images)
        return stack, stack
    return _stack([_sampled(image) for image in images]), _stack([_middle(im) for im in images])


def _stack(images: Sequence[Image]) -> Image:
    """Images of one shape as one array: (n, h, w), or (n, h, w, C) of RGB(A)."""
    # Twice as fast as numpy's own stack.
    stack = np.concatenate(images).reshape(len(images), *images[0].shape)
    return stack if stack.ndim == 3 or stack.shape[3] in _TO_GRAY else stack[..., 0]


def _sampled(image: Image) -> Image:
    height, width = (min(SIDE, length) for length in image.shape[:2])
    nearest = cv2.INTER_NEAREST
    sampled = cv2.resize(np.ascontiguousarray(image), (width, height), interpolation=nearest)
    return np.asarray(sampled, np.uint8).reshape(height, width, *image.shape[2:])


def _middle(image: Image) -> Image:
    top, left = (max(0, (length - SIDE) // 2) for length in image.shape[:2])
    return image[top : top + SIDE, left : left + SIDE]


def _measured(sampled: Image, middle: Image) -> Rows:
    """Measures (n, m) of images of one shape, uint8 (n, h, w) or (n, h, w, C).

    Every sum is one of integers below 2**53, so it is exact in whatever order it is taken.
    """
    gray = _gray(sampled)
    count, pixels = len(gray), gray[0].size
    # Each image has 256 bins of its own.
    bins = gray.reshape(count, -1) + (256 * _LEVELS[:count])[:, None]
    found = np.bincount(bins.ravel(), minlength=256 * count).reshape(count, 256)
    sums, squares = (found @ _MOMENTS).T
    return np.stack(
        [
            sums / pixels,
            np.sqrt(pixels * squares - sums**2) / pixels,
            np.log2(1 + _edges(gray if middle is sampled else _gray(middle))),
            np.maximum(0, np.log2(pixels) - _weights()[found].sum(axis=1) / pixels),
            _saturation(sampled),
            found[:, 0] / pixels,
            found[:, -1] / pixels,
            (found > 0).argmax(axis=1),
        ],
        axis=1,
    )


@cache
def _weights() -> Rows:
    """The number c log2(c) for each c up to the most pixels that are looked at; 0 for 0."""
    counts = np.arange(SIDE * SIDE + 1, dtype=np.float64)
    return counts * np.log2(np.maximum(counts, 1))


def _gray(stack: Image) -> Image:
    if stack.ndim == 3:
        return stack
    gray = cv2.cvtColor(_tall(stack), _TO_GRAY[stack.shape[3]])
    return np.asarray(gray, np.uint8).reshape(stack.shape[:3])


def _saturation(stack: Image) -> Rows:
    count = len(stack)
    if stack.ndim == 3:
        return np.zeros(count)
    colours = np.ascontiguousarray(stack[..., :3])
    hsv = cv2.cvtColor(_tall(colours), cv2.COLOR_RGB2HSV)
    plane = np.asarray(cv2.extractChannel(hsv, 1)).reshape(count, -1)
    return np.asarray(plane.sum(axis=1, dtype=np.uint32) / plane.shape[1] / 255)


def _tall(stack: Image) -> Image:
    """All images of a stack below each other."""
    return stack.reshape(-1, *stack.shape[2:])


def _edges(gray: Image) -> Rows:
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
