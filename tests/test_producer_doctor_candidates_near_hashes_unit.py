"""near_hashes: all pairs within the distance, unless a limit says so."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from producer.doctor.candidates import HASH_DISTANCE, Candidates, near_hashes
from shared.imaging.perceptual import hamming_distance


def by_hand(hashes: list[int]) -> dict[tuple[int, int], int]:
    """Every pair against every other."""
    found = {}
    for left, one in enumerate(hashes):
        for right in range(left + 1, len(hashes)):
            distance = hamming_distance(one, hashes[right])
            if distance <= HASH_DISTANCE:
                found[left, right] = distance
    return found


def as_dict(found: Candidates) -> dict[tuple[int, int], int]:
    """Pairs with their distances."""
    pairs = (tuple(pair) for pair in found.pairs.tolist())
    return dict(zip(pairs, found.distances.tolist(), strict=True))


def words(hashes: list[int]) -> NDArray[np.uint64]:
    """The hashes as an array."""
    return np.array(hashes, np.uint64)


# Flipping few bits of few hashes makes many pairs at and around the distance.
_NEAR = st.lists(
    st.tuples(
        st.sampled_from([0, 2**64 - 1, 0x0123456789ABCDEF]),
        st.lists(st.integers(0, 63), max_size=5),
    ),
    max_size=12,
)


@given(_NEAR)
def test_the_pairs_are_those_of_comparing_each_with_every_other(
    flips: list[tuple[int, list[int]]],
) -> None:
    hashes = []
    for start, bits in flips:
        for bit in bits:
            start ^= 1 << bit
        hashes.append(start)
    found = near_hashes(words(hashes))
    assert as_dict(found) == by_hand(hashes)
    assert not found.is_capped


def test_the_nearest_pairs_come_first() -> None:
    found = near_hashes(words([0b111, 0, 0b1, 2**63]))
    assert found.distances.tolist() == sorted(found.distances.tolist())
    assert found.pairs[0].tolist() == [1, 2]


@pytest.mark.parametrize(
    ("limits", "most"), [({"max_comparisons": 40}, 10), ({"max_candidates": 7}, 7)]
)
def test_a_limit_that_is_reached_is_told(limits: dict[str, int], most: int) -> None:
    found = near_hashes(words([5] * 10), **limits)
    assert found.is_capped
    assert 0 < len(found.pairs) <= most


def test_limits_that_are_just_not_reached_change_nothing() -> None:
    found = near_hashes(words([5] * 10), max_comparisons=4 * 45, max_candidates=45)
    assert len(found.pairs) == 45 and not found.is_capped
