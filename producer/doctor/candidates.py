"""Pairs of near hashes, found without comparing each with every other."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

HASH_DISTANCE = 3
"""Hashes that differ in at most so many of their 64 bits are near."""
MAX_COMPARISONS = 100_000_000
MAX_CANDIDATES = 250_000
_BANDS = HASH_DISTANCE + 1
_BAND_BITS = 64 // _BANDS
_ONE, _TWO, _FOUR, _TOP = (np.uint64(shift) for shift in (1, 2, 4, 56))
_PAIRS, _NIBBLES = np.uint64(0x5555555555555555), np.uint64(0x3333333333333333)
_BYTES, _SUM = np.uint64(0x0F0F0F0F0F0F0F0F), np.uint64(0x0101010101010101)


@dataclass(frozen=True, slots=True, eq=False)
class Candidates:
    """Pairs of images with near hashes.

    Args:
        pairs: int64, (P, 2): places in the hashes, the smaller one first; nearest pairs first.
        distances: int64, (P,): in how many bits their hashes differ.
        is_capped: whether there may be more, because the work has a limit.
    """

    pairs: NDArray[np.int64]
    distances: NDArray[np.int64]
    is_capped: bool


def near_hashes(
    hashes: NDArray[np.uint64],
    *,
    max_comparisons: int = MAX_COMPARISONS,
    max_candidates: int = MAX_CANDIDATES,
) -> Candidates:
    """Find the pairs of hashes that differ in at most ``HASH_DISTANCE`` bits.

    Two such hashes are equal in at least one of four bands of 16 bits, so only those that share a
    band are compared; all pairs are found unless a limit is reached.

    Args:
        hashes: uint64, (N,).
        max_comparisons: of two hashes; each band may use a quarter.
        max_candidates: pairs to give back at most, the nearest ones.

    Source:
        G. S. Manku et al., "Detecting Near-Duplicates for Web Crawling", WWW 2007.
    """
    found, is_capped = [], False
    for band in range(_BANDS):
        pairs, is_whole = _band_pairs(hashes, band, max_comparisons // _BANDS, max_candidates)
        found.append(pairs)
        is_capped |= not is_whole
    # As one number each, pairs are sorted ten times as fast as by rows.
    left, right = np.concatenate(found).T
    numbers = np.unique(left * len(hashes) + right)
    pairs = np.stack(np.divmod(numbers, max(1, len(hashes))), axis=1)
    distances = _different_bits(hashes[pairs[:, 0]], hashes[pairs[:, 1]])
    nearest = np.argsort(distances, kind="stable")[:max_candidates]
    return Candidates(pairs[nearest], distances[nearest], is_capped or len(nearest) < len(pairs))


def _band_pairs(
    hashes: NDArray[np.uint64], band: int, comparisons: int, room: int
) -> tuple[NDArray[np.int64], bool]:
    """The near pairs that are equal in one band, and whether these are all."""
    keys = (hashes >> np.uint64(band * _BAND_BITS)) & np.uint64(2**_BAND_BITS - 1)
    # By hash within a band: where a limit is reached, the neighbours have been compared.
    order = np.lexsort((hashes, keys))
    keys, ordered = keys[order], hashes[order]
    found = [np.empty((0, 2), np.int64)]
    left = np.arange(len(order) - 1)
    step = 1
    while len(left := left[keys[left] == keys[left + step]]):
        comparisons -= len(left)
        if comparisons < 0 or room < 0:
            break
        near = left[_different_bits(ordered[left], ordered[left + step]) <= HASH_DISTANCE]
        found.append(np.stack((order[near], order[near + step]), axis=1))
        room -= len(near)
        step += 1
        left = left[left + step < len(order)]
    return np.sort(np.concatenate(found), axis=1), left.size == 0


def _different_bits(left: NDArray[np.uint64], right: NDArray[np.uint64]) -> NDArray[np.int64]:
    """In how many bits two hashes differ, for each place; all bits of a word are counted at once.

    Source:
        H. S. Warren, "Hacker's Delight", 2nd edition, section 5-1.
    """
    bits = left ^ right
    bits = bits - ((bits >> _ONE) & _PAIRS)
    bits = (bits & _NIBBLES) + ((bits >> _TWO) & _NIBBLES)
    bits = (bits + (bits >> _FOUR)) & _BYTES
    return ((bits * _SUM) >> _TOP).astype(np.int64)
