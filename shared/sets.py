"""Prediction sets: the classes that a frame may show, as tuples, as arrays and as bits."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

Members = tuple[int, ...]

_SIZES = np.array([byte.bit_count() for byte in range(256)], np.uint8)
_AT_ONCE = 2**16


@dataclass(frozen=True, slots=True, eq=False)
class ClassSets:
    """n sets of classes, as they are stored: ten classes cost two bytes a set, 1,000 cost 125.

    Args:
        bits: uint8 (n, w), w >= 1; class k is bit k % 8, from the least, of byte k // 8. The set of
            a frame that has none is empty.
    """

    bits: NDArray[np.uint8]

    @classmethod
    def of(cls, sets: Sequence[Iterable[int]]) -> ClassSets:
        """Those of classes 0 and up, no wider than their greatest class needs."""
        masks = [sum(1 << member for member in members) for members in sets]
        width = max(1, *(-(-mask.bit_length() // 8) for mask in masks)) if masks else 1
        return cls.read(b"".join(mask.to_bytes(width, "little") for mask in masks), len(masks))

    @classmethod
    def read(cls, stored: bytes, count: int) -> ClassSets:
        """``count`` sets, at least one, of what ``stored`` gave.

        Raises:
            ValueError: the bytes are not as many for each set.
        """
        width = max(1, len(stored) // count) if count else 1
        return cls(np.frombuffer(stored, np.uint8).reshape(count, width))

    @classmethod
    def joined(cls, parts: Sequence[ClassSets]) -> ClassSets:
        """The sets of all parts in order, as wide as the widest; at least one part."""
        bits = np.zeros((sum(map(len, parts)), max(part.bits.shape[1] for part in parts)), np.uint8)
        first = 0
        for part in parts:
            bits[first : first + len(part), : part.bits.shape[1]] = part.bits
            first += len(part)
        return cls(bits)

    @property
    def stored(self) -> bytes:
        """The bits of one set after the other."""
        return self.bits.tobytes()

    def __len__(self) -> int:
        """Number of sets."""
        return len(self.bits)

    def part(self, start: int, stop: int) -> ClassSets:
        """The sets ``start`` to ``stop`` - 1."""
        return ClassSets(self.bits[start:stop])

    def sizes(self) -> NDArray[np.int64]:
        """How many classes each set has, (n,)."""
        sizes = np.empty(len(self), np.int64)
        # Part by part: a session may have millions of them.
        for first in range(0, len(self), _AT_ONCE):
            part = slice(first, first + _AT_ONCE)
            sizes[part] = _SIZES[self.bits[part]].sum(1, dtype=np.int64)
        return sizes

    def hold(self, classes: NDArray[np.integer]) -> NDArray[np.bool_]:
        """Whether each set has its class of ``classes`` (n,); nothing has one below zero."""
        known = (classes >= 0) & (classes < 8 * self.bits.shape[1])
        asked = np.where(known, classes, 0).astype(np.int64)
        held = self.bits[np.arange(len(self)), asked >> 3] >> (asked & 7) & 1
        return np.asarray(known & (held == 1), np.bool_)

    def members(self) -> list[Members]:
        """The classes of each set, in ascending order."""
        return members_of(np.unpackbits(self.bits, axis=1, bitorder="little"))


def members_of(sets: NDArray[np.bool_] | NDArray[np.uint8]) -> list[Members]:
    """The classes of each of n sets, in ascending order.

    Args:
        sets: bool or 0 and 1, (n, classes).
    """
    rows, classes = np.nonzero(sets)
    ends = np.searchsorted(rows, np.arange(len(sets)), "right").tolist()
    told = classes.tolist()
    return [tuple(told[start:end]) for start, end in zip([0, *ends], ends)]


def check_sets(labels: Sequence[int], sets: Sequence[Members]) -> None:
    """Check prediction sets against their frames' labels.

    Args:
        labels: of n frames, -1 for one without.
        sets: n times the classes in ascending order, the label among them; none without a label.

    Raises:
        ValueError: they are not so.
    """
    if len(sets) != len(labels):
        raise ValueError(f"expected as many sets as labels ({len(labels)}), got {len(sets)}")
    for place, (label, members) in enumerate(zip(labels, sets)):
        # Most sets are of this kind, and every frame of every session comes by here.
        if members == (label,):
            continue
        if label < 0:
            if members:
                raise ValueError(f"expected no set for label -1 at {place}, got {len(members)}")
        elif label not in members or any(one >= other for one, other in pairwise(members)):
            raise ValueError(
                f"expected ascending classes with the label in set {place}, got other ones"
            )
