"""One look at the images of a set: what all further analysis is made of."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, fields
from operator import attrgetter

import cv2
import numpy as np
from numpy.typing import NDArray

from producer.doctor.digests import digest_images
from producer.doctor.hashing import THUMBNAIL, hash_thumbnails
from producer.doctor.stages import Stage, quiet
from shared.imaging.measures import Measures, luma, measure
from shared.imaging.stacks import measure_stack
from shared.intake.imageset import ImageSet

MEASURES = tuple(field.name for field in fields(Measures))
MAX_MEASURED = 70_000
"""So many images are measured at most, evenly spaced."""
MAX_PIXELS = 3 * 2**26
"""So many pixels are measured at most of all images together, but ``LEAST_PIXELS`` of each."""
LEAST_PIXELS = 2**10
MOST_PIXELS = 2**20
"""Of an image with more pixels only every k-th row and column is looked at beyond its digest."""
# Not dataclasses.astuple, which copies deeply and takes as long as the measures themselves.
_values_of = attrgetter(*MEASURES)
_STEP = 256
_STACK_PIXELS = 2**16
_STACKED_FROM = 4


@dataclass(frozen=True, slots=True, eq=False)
class Survey:
    """What was seen of all N images, and more of M of them.

    Args:
        digests: uint8, (N, 16): equal only where shapes and pixels are.
        extremes: uint8, (N, 2): least and greatest value of each image.
        chosen: int64, (M,): indices of the images that were measured, ascending.
        thumbnails: uint8, (M, 1024): luma, shrunk to 32 x 32.
        hashes: uint64, (M,): perceptual hashes.
        measures: float32, (M, 7): the fields of ``Measures`` in their order.
        colours: float32, (M, 3): mean of red, green and blue, 0..255; of gray, three times that.
        is_thinned: bool, (M,): whether only every k-th row and column was measured.
    """

    digests: NDArray[np.uint8]
    extremes: NDArray[np.uint8]
    chosen: NDArray[np.int64]
    thumbnails: NDArray[np.uint8]
    hashes: NDArray[np.uint64]
    measures: NDArray[np.float32]
    colours: NDArray[np.float32]
    is_thinned: NDArray[np.bool_]

    def measured(self, name: str) -> NDArray[np.float32]:
        """One measure of the chosen images, (M,), by its name in ``Measures``."""
        return self.measures[:, MEASURES.index(name)]


def survey(
    images: ImageSet,
    *,
    stage: Stage = quiet,
    max_measured: int = MAX_MEASURED,
    max_pixels: int = MAX_PIXELS,
) -> Survey:
    """Take the digests of all images, and measure as many as the limits allow.

    Args:
        images: the set; its pixels may be larger than the memory.
        stage: told how many images have been seen.
        max_measured: images to measure at most; of more, every (N / M)-th.
        max_pixels: to measure at most of all of them; of larger images every k-th row and column
            counts, so that each has its share, though at least ``LEAST_PIXELS``.
    """
    most = min(len(images), max_measured)
    found = Survey(
        *digest_images(images, stage=stage),
        np.arange(most) * len(images) // most,
        np.empty((most, THUMBNAIL**2), np.uint8),
        np.empty(most, np.uint64),
        np.empty((most, len(MEASURES)), np.float32),
        np.empty((most, 3), np.float32),
        np.empty(most, np.bool_),
    )
    share = min(MOST_PIXELS, max(LEAST_PIXELS, max_pixels // most))
    advance = stage("measuring", most)
    for start in range(0, most, _STEP):
        stop = min(start + _STEP, most)
        views = [_look(found, place, images, share) for place in range(start, stop)]
        found.hashes[start:stop] = hash_thumbnails(found.thumbnails[start:stop])
        _measure(found.measures[start:stop], views)
        advance(stop - start)
    return found


def _look(found: Survey, place: int, images: ImageSet, share: int) -> NDArray[np.uint8]:
    """What is seen of one image by itself; gives what is to be measured of it."""
    image = images.image(int(found.chosen[place]))
    gray = luma(_thinned(image, MOST_PIXELS))
    small = cv2.resize(gray, (THUMBNAIL, THUMBNAIL), interpolation=cv2.INTER_AREA)
    found.thumbnails[place] = small.ravel()
    view = _thinned(image, share)
    found.is_thinned[place] = view.size < image.size
    mean = cv2.mean(view)
    is_gray = view.ndim == 2 or view.shape[2] == 1
    found.colours[place] = mean[:1] * 3 if is_gray else mean[:3]
    return view


def _measure(measures: NDArray[np.float32], views: Sequence[NDArray[np.uint8]]) -> None:
    for places in _alike(views):
        if len(places) < _STACKED_FROM:
            measures[places] = [_values_of(measure(views[place])) for place in places]
        else:
            stack = np.stack([views[place] for place in places])
            measures[places] = measure_stack(stack)[:, : len(MEASURES)]


def _thinned(image: NDArray[np.uint8], pixels: int) -> NDArray[np.uint8]:
    """Every k-th row and column, with the least k that leaves about so many pixels or fewer."""
    step = math.ceil(math.sqrt(image.shape[0] * image.shape[1] / pixels))
    return np.ascontiguousarray(image[::step, ::step])


def _alike(views: Sequence[NDArray[np.uint8]]) -> list[list[int]]:
    """Places of pictures of one shape, few enough to stay in the processor's cache."""
    groups: defaultdict[tuple[int, ...], list[int]] = defaultdict(list)
    for place, view in enumerate(views):
        groups[view.shape].append(place)
    return [
        places[start : start + step]
        for (height, width, *_), places in groups.items()
        for step in (max(1, _STACK_PIXELS // (height * width)),)
        for start in range(0, len(places), step)
    ]
