"""Images that are there more than once, pixel for pixel."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from producer.doctor.finding import EXAMPLES


@dataclass(frozen=True, slots=True, eq=False)
class Groups:
    """G groups of images, the largest first, then by their first image.

    Args:
        members: int64, (K,): indices of images, group after group, ascending in each.
        starts: int64, (G,): where in ``members`` each group begins.
    """

    members: NDArray[np.int64]
    starts: NDArray[np.int64]

    def __len__(self) -> int:
        """Number of groups."""
        return len(self.starts)

    @property
    def spare(self) -> NDArray[np.int64]:
        """All but the first image of each group: those that could be dropped, ascending."""
        return np.sort(np.delete(self.members, self.starts))

    @property
    def examples(self) -> tuple[tuple[int, ...], ...]:
        """The first ``EXAMPLES`` groups, of each the first ``EXAMPLES`` images."""
        bounds = np.append(self.starts, len(self.members))[: EXAMPLES + 1].tolist()
        return tuple(
            tuple(self.members[start : min(end, start + EXAMPLES)].tolist())
            for start, end in pairwise(bounds)
        )

    def split(self, labels: NDArray[np.int64]) -> Groups:
        """Those groups whose images do not all have the same label.

        Args:
            labels: int64, (N,), of all images.
        """
        if len(self) == 0:
            return self
        found = labels[self.members]
        is_split = np.minimum.reduceat(found, self.starts) != np.maximum.reduceat(
            found, self.starts
        )
        sizes = np.diff(self.starts, append=len(self.members))
        chosen = sizes[is_split]
        return Groups(self.members[np.repeat(is_split, sizes)], np.cumsum(chosen) - chosen)


def duplicate_groups(digests: NDArray[np.uint8]) -> Groups:
    """Group the images that have the same digest; those of their own are in no group.

    Args:
        digests: uint8, (N, 16).
    """
    words = np.ascontiguousarray(digests).view(np.uint64)
    # The sort is stable: within a group the images keep their order.
    order = np.lexsort(words.T)
    is_new = np.ones(len(order), bool)
    is_new[1:] = (words[order[1:]] != words[order[:-1]]).any(axis=1)
    starts = np.flatnonzero(is_new)
    sizes = np.diff(starts, append=len(order))
    several = np.flatnonzero(sizes > 1)
    several = several[np.lexsort((order[starts[several]], -sizes[several]))]
    sizes = sizes[several]
    ends = np.cumsum(sizes)
    places = np.arange(sizes.sum()) + np.repeat(starts[several] - (ends - sizes), sizes)
    return Groups(order[places], ends - sizes)
