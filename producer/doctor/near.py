"""Images that are nearly the same: near hashes, confirmed by the pixels."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from producer.doctor.candidates import near_hashes
from producer.doctor.stages import Stage, quiet
from producer.doctor.survey import Survey
from shared.imaging.measures import luma
from shared.intake.imageset import ImageSet
from shared.intake.ragged import RaggedImages

DIFFERENCE = 0.06
"""Mean absolute difference of two pictures of 32 x 32, in standard deviations of their pixels."""
COLOUR_DIFFERENCE = 16.0
"""How much the mean of red, green or blue may differ, of 255."""
MAX_THUMBNAILS = 200_000
MAX_READ_BYTES = 4 * 2**30
_SIDE = 32
_STEP = 4096


@dataclass(frozen=True, slots=True, eq=False)
class NearDuplicates:
    """Pairs of images that are nearly the same.

    Args:
        pairs: int64, (P, 2): indices of the images, the smaller one first; most alike first.
        distances: int64, (P,): in how many bits their perceptual hashes differ.
        differences: float64, (P,): as ``DIFFERENCE`` measures.
        is_capped: whether there may be more, because the work has a limit.
    """

    pairs: NDArray[np.int64]
    distances: NDArray[np.int64]
    differences: NDArray[np.float64]
    is_capped: bool

    def groups(self) -> list[tuple[int, ...]]:
        """The images that hang together by these pairs, largest group first."""
        root: dict[int, int] = {}
        for left, right in self.pairs.tolist():
            ends = _root(root, left), _root(root, right)
            root[max(ends)] = min(ends)
        groups: dict[int, list[int]] = {}
        for index in sorted(root):
            groups.setdefault(_root(root, index), []).append(index)
        return sorted(map(tuple, groups.values()), key=lambda group: (-len(group), group))


def near_duplicates(
    images: ImageSet,
    survey: Survey,
    kept: NDArray[np.int64],
    *,
    stage: Stage = quiet,
    max_thumbnails: int = MAX_THUMBNAILS,
) -> NearDuplicates:
    """Find pairs of images that are nearly the same.

    Their perceptual hashes differ in at most ``HASH_DISTANCE`` bits, their mean colours by at most
    ``COLOUR_DIFFERENCE``, and shrunk to 32 x 32, by at most ``DIFFERENCE``. The hash alone would
    take different small pictures for one another. Images without any structure count as none.

    Args:
        images: the set.
        survey: what was seen of it.
        kept: int64, indices of the images to compare: one of each group of exact duplicates.
        stage: told how many pairs have been compared.
        max_thumbnails: how many images are shrunk at most; fewer where they are large, so that at
            most 4 GiB of pixels are read a second time.
    """
    kept = kept[survey.measured("contrast")[kept] > 0]
    candidates = near_hashes(survey.hashes[kept])
    pairs, distances = kept[candidates.pairs], candidates.distances
    colours = np.abs(survey.colours[pairs[:, 0]] - survey.colours[pairs[:, 1]]).max(axis=1)
    alike = colours <= COLOUR_DIFFERENCE
    pairs, distances = pairs[alike], distances[alike]
    taken = _taken(pairs, _most_thumbnails(images, max_thumbnails))
    is_capped = candidates.is_capped or taken < len(pairs)
    pairs, distances = pairs[:taken], distances[:taken]
    differences = _differences(images, pairs, stage)
    near = np.flatnonzero(differences <= DIFFERENCE)
    near = near[np.argsort(differences[near], kind="stable")]
    return NearDuplicates(pairs[near], distances[near], differences[near], is_capped)


def _most_thumbnails(images: ImageSet, limit: int) -> int:
    pixels = images.images.pixels if isinstance(images.images, RaggedImages) else images.images
    return min(limit, MAX_READ_BYTES * len(images) // pixels.nbytes)


def _taken(pairs: NDArray[np.int64], most: int) -> int:
    """How many of the pairs, from the first on, have at most so many different images."""
    _, first = np.unique(pairs, return_index=True)
    return len(pairs) if len(first) <= most else int(np.sort(first)[most]) // 2


def _differences(images: ImageSet, pairs: NDArray[np.int64], stage: Stage) -> NDArray[np.float64]:
    if pairs.size == 0:
        return np.empty(0)
    needed, places = np.unique(pairs, return_inverse=True)
    places = places.reshape(pairs.shape)
    shrunk = np.empty((len(needed), _SIDE * _SIDE), np.uint8)
    advance = stage("comparing pictures", len(needed))
    for place, index in enumerate(needed.tolist()):
        gray = np.ascontiguousarray(luma(images.image(index)))
        shrunk[place] = cv2.resize(gray, (_SIDE, _SIDE), interpolation=cv2.INTER_AREA).ravel()
        advance(1)
    steps = range(0, len(pairs), _STEP)
    parts = [_compared(shrunk, places[start : start + _STEP]) for start in steps]
    return np.concatenate(parts)


def _compared(shrunk: NDArray[np.uint8], places: NDArray[np.int64]) -> NDArray[np.float64]:
    """Differences of pairs of pictures beside their mean brightness, as parts of their contrast."""
    left, right = (shrunk[places[:, side]].astype(np.float32) for side in (0, 1))
    contrast = np.maximum((left.std(axis=1) + right.std(axis=1)) / 2, 1.0)
    left -= left.mean(axis=1, keepdims=True)
    right -= right.mean(axis=1, keepdims=True)
    return np.asarray(np.abs(left - right).mean(axis=1) / contrast, np.float64)


def _root(root: dict[int, int], index: int) -> int:
    """The smallest index that this one hangs together with, by a way that gets shorter."""
    root.setdefault(index, index)
    while root[index] != index:
        root[index] = root[root[index]]
        index = root[index]
    return index
