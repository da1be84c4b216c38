"""How good each image of a batch is: the measures of single images, of many at once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from consumer.pipeline.records import FrameMeasures
from shared.imaging.stacks import measure_stack
from shared.quality import MEASURES

Image = NDArray[np.uint8]
Rows = NDArray[np.float64]

SIDE = 64
"""So many pixels a side are looked at."""
_CHUNK_PIXELS = 65_536
_CHUNK_IMAGES = 256
_CONTRAST = MEASURES.index("contrast")
_SHARPNESS = MEASURES.index("sharpness")


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
        values[places] = _measured(alike)
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


def _measured(images: Sequence[Image]) -> Rows:
    """Measures (n, m) of images of one shape, of what is looked at: all over, and in the middle."""
    if max(images[0].shape[:2]) <= SIDE:
        values = measure_stack(_stack(images))
    else:
        middle = _stack([_middle(image) for image in images])
        values = measure_stack(_stack([_sampled(image) for image in images]), middle=middle)
    values[:, _SHARPNESS] = np.log2(1 + values[:, _SHARPNESS])
    return values


def _stack(images: Sequence[Image]) -> Image:
    """Images of one shape as one array: (n, h, w), or (n, h, w, C)."""
    # Twice as fast as numpy's own stack.
    return np.concatenate(images).reshape(len(images), *images[0].shape)


def _sampled(image: Image) -> Image:
    height, width = (min(SIDE, length) for length in image.shape[:2])
    nearest = cv2.INTER_NEAREST
    sampled = cv2.resize(np.ascontiguousarray(image), (width, height), interpolation=nearest)
    return np.asarray(sampled, np.uint8).reshape(height, width, *image.shape[2:])


def _middle(image: Image) -> Image:
    top, left = (max(0, (length - SIDE) // 2) for length in image.shape[:2])
    return image[top : top + SIDE, left : left + SIDE]
