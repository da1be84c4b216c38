"""Images that are there more than once, pixel for pixel."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def duplicate_groups(digests: NDArray[np.uint8]) -> list[tuple[int, ...]]:
    """Group the images that have the same digest.

    Args:
        digests: uint8, (N, 16).

    Returns:
        The groups of two and more, each in ascending order; the largest first, then by first image.
    """
    words = np.ascontiguousarray(digests).view(np.uint64)
    order = np.lexsort(words.T)
    is_new = np.ones(len(order), bool)
    is_new[1:] = (words[order[1:]] != words[order[:-1]]).any(axis=1)
    starts = np.flatnonzero(is_new)
    ends = np.append(starts[1:], len(order))
    several = np.flatnonzero(ends - starts > 1)
    groups = [tuple(sorted(order[starts[k] : ends[k]].tolist())) for k in several]
    return sorted(groups, key=lambda group: (-len(group), group))


def spare_images(groups: list[tuple[int, ...]]) -> NDArray[np.int64]:
    """All but the first image of each group: those that could be dropped, in ascending order."""
    return np.array(sorted(index for group in groups for index in group[1:]), np.int64)
