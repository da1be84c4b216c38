"""duplicate_groups: the same pixels more than once."""

from __future__ import annotations

import numpy as np
import pytest

from producer.doctor.duplicates import duplicate_groups


def digests(text: str) -> np.ndarray[tuple[int, int], np.dtype[np.uint8]]:
    """One digest a letter, equal for equal letters, and different in one place only."""
    found = np.zeros((len(text), 16), np.uint8)
    found[:, 9] = [ord(letter) for letter in text]
    return found


@pytest.mark.parametrize(
    ("text", "groups", "spare"),
    [
        ("a", [], []),
        ("abcd", [], []),
        ("abca", [(0, 3)], [3]),
        ("baab", [(0, 3), (1, 2)], [2, 3]),
        ("abbcbcd", [(1, 2, 4), (3, 5)], [2, 4, 5]),
        ("aaaa", [(0, 1, 2, 3)], [1, 2, 3]),
    ],
)
def test_images_are_grouped_by_their_digests(
    text: str, groups: list[tuple[int, ...]], spare: list[int]
) -> None:
    found = duplicate_groups(digests(text))
    assert found.examples == tuple(groups)
    assert len(found) == len(groups)
    assert found.spare.tolist() == spare


def test_digests_that_share_a_half_are_different() -> None:
    found = np.zeros((3, 16), np.uint8)
    found[1, 0], found[2, 15] = 1, 1
    assert len(duplicate_groups(found)) == 0
