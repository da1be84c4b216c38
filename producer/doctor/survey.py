"""One look at each image of a set: what all further analysis is made of."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, fields
from operator import attrgetter

import cv2
import numpy as np
from numpy.typing import NDArray

from producer.doctor.stages import Stage, quiet
from shared.imaging.measures import Measures, measure
from shared.imaging.perceptual import perceptual_hash
from shared.intake.imageset import ImageSet

MEASURES = tuple(field.name for field in fields(Measures))
# Not dataclasses.astuple, which copies deeply and takes as long as the measures themselves.
_values_of = attrgetter(*MEASURES)
_DIGEST_BYTES = 16
_STEP = 64


@dataclass(frozen=True, slots=True, eq=False)
class Survey:
    """What was seen of N images, about 70 bytes each.

    Args:
        digests: uint8, (N, 16): BLAKE2b-128 of each image's shape and pixels.
        hashes: uint64, (N,): perceptual hashes.
        measures: float32, (N, 7): the fields of ``Measures`` in their order.
        extremes: uint8, (N, 2): least and greatest value of each image.
        colours: float32, (N, 3): mean of red, green and blue, 0..255; of gray, three times that.
    """

    digests: NDArray[np.uint8]
    hashes: NDArray[np.uint64]
    measures: NDArray[np.float32]
    extremes: NDArray[np.uint8]
    colours: NDArray[np.float32]

    def measured(self, name: str) -> NDArray[np.float32]:
        """One measure of all images, (N,), by its name in ``Measures``."""
        return self.measures[:, MEASURES.index(name)]


def survey(images: ImageSet, *, stage: Stage = quiet) -> Survey:
    """Look at every image once, one after the other.

    Args:
        images: the set; its pixels may be larger than the memory.
        stage: told how many images have been seen.
    """
    count = len(images)
    found = Survey(
        np.empty((count, _DIGEST_BYTES), np.uint8),
        np.empty(count, np.uint64),
        np.empty((count, len(MEASURES)), np.float32),
        np.empty((count, 2), np.uint8),
        np.empty((count, 3), np.float32),
    )
    advance = stage("looking at the images", count)
    for start in range(0, count, _STEP):
        stop = min(start + _STEP, count)
        for index in range(start, stop):
            _look(found, index, np.ascontiguousarray(images.image(index)))
        advance(stop - start)
    return found


def _look(found: Survey, index: int, image: NDArray[np.uint8]) -> None:
    digest = hashlib.blake2b(repr(image.shape).encode(), digest_size=_DIGEST_BYTES)
    digest.update(image.data)
    found.digests[index] = np.frombuffer(digest.digest(), np.uint8)
    found.hashes[index] = perceptual_hash(image)
    found.measures[index] = _values_of(measure(image))
    found.extremes[index] = image.min(), image.max()
    mean = cv2.mean(image)
    is_gray = image.ndim == 2 or image.shape[2] == 1
    found.colours[index] = mean[:1] * 3 if is_gray else mean[:3]
