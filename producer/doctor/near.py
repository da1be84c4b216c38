"""Images that are nearly the same: near hashes, confirmed by the pixels."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from producer.doctor.candidates import near_hashes
from producer.doctor.stages import Stage, quiet
from producer.doctor.survey import Survey

DIFFERENCE = 0.06
"""Mean absolute difference of two pictures of 32 x 32, in standard deviations of their pixels."""
COLOUR_DIFFERENCE = 16.0
"""How much the mean of red, green or blue may differ, of 255."""
_STEP = 256


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
    survey: Survey, kept: NDArray[np.int64], *, stage: Stage = quiet
) -> NearDuplicates:
    """Find pairs of images that are nearly the same.

    Their perceptual hashes differ in at most ``HASH_DISTANCE`` bits, their mean colours by at most
    ``COLOUR_DIFFERENCE``, and shrunk to 32 x 32, by at most ``DIFFERENCE``. The hash alone would
    take different small pictures for one another. Images without any structure count as none.

    Args:
        survey: what was seen of the set.
        kept: int64, which of the measured images to compare, as places in ``survey.chosen``: one
            of each group of exact duplicates.
        stage: told how many pairs have been compared.
    """
    kept = kept[survey.measured("contrast")[kept] > 0]
    candidates = near_hashes(survey.hashes[kept])
    pairs, distances = kept[candidates.pairs], candidates.distances
    colours = np.abs(survey.colours[pairs[:, 0]] - survey.colours[pairs[:, 1]]).max(axis=1)
    alike = colours <= COLOUR_DIFFERENCE
    pairs, distances = pairs[alike], distances[alike]
    differences = _differences(survey.thumbnails, pairs, stage)
    near = np.flatnonzero(differences <= DIFFERENCE)
    near = near[np.argsort(differences[near], kind="stable")]
    return NearDuplicates(
        survey.chosen[pairs[near]], distances[near], differences[near], candidates.is_capped
    )


def _differences(
    thumbnails: NDArray[np.uint8], pairs: NDArray[np.int64], stage: Stage
) -> NDArray[np.float64]:
    """Differences of pairs of pictures beside their mean brightness, as parts of their contrast."""
    places = np.unique(pairs)
    means, contrasts = (np.zeros(len(thumbnails), np.float32) for _ in range(2))
    for start in range(0, len(places), _STEP):
        part = places[start : start + _STEP]
        means[part] = thumbnails[part].mean(axis=1)
        contrasts[part] = thumbnails[part].std(axis=1)
    found = np.empty(len(pairs))
    advance = stage("comparing pictures", len(pairs))
    for start in range(0, len(pairs), _STEP):
        left, right = pairs[start : start + _STEP].T
        away = thumbnails[left].astype(np.float32)
        away -= thumbnails[right]
        away -= (means[left] - means[right])[:, None]
        contrast = np.maximum((contrasts[left] + contrasts[right]) / 2, 1.0)
        found[start : start + _STEP] = np.abs(away, out=away).mean(axis=1) / contrast
        advance(len(left))
    return found


def _root(root: dict[int, int], index: int) -> int:
    """The smallest index that this one hangs together with, by a way that gets shorter."""
    root.setdefault(index, index)
    while root[index] != index:
        root[index] = root[root[index]]
        index = root[index]
    return index
