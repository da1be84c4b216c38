"""ClassSets: sets of classes as bits say what the same sets as tuples say."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.sets import ClassSets

some_sets = st.lists(st.sets(st.integers(0, 999), max_size=20), min_size=1, max_size=12)


def _ints(*values: int) -> np.ndarray[tuple[int], np.dtype[np.int16]]:
    return np.array(values, np.int16)


@pytest.mark.parametrize(
    ("sets", "stored"),
    [
        ([], b""),
        ([()], b"\x00"),
        ([(0,), (), (7,)], b"\x01\x00\x80"),
        ([(0, 9), (3,)], b"\x01\x02\x08\x00"),
        ([(999,)], bytes(124) + b"\x80"),
    ],
)
def test_they_are_stored_as_bits_no_wider_than_the_greatest_class(
    sets: list[tuple[int, ...]], stored: bytes
) -> None:
    found = ClassSets.of(sets)
    assert (found.stored, len(found)) == (stored, len(sets))


@given(sets=some_sets)
def test_what_was_stored_is_read_back(sets: list[set[int]]) -> None:
    read = ClassSets.read(ClassSets.of(sets).stored, len(sets))
    assert read.members() == [tuple(sorted(members)) for members in sets]
    assert read.sizes().tolist() == [len(members) for members in sets]


@given(sets=some_sets, asked=st.lists(st.integers(-1, 1100), min_size=12, max_size=12))
def test_they_hold_their_classes_and_no_others(sets: list[set[int]], asked: list[int]) -> None:
    wanted = asked[: len(sets)]
    held = ClassSets.of(sets).hold(_ints(*wanted))
    assert held.tolist() == [one in members for one, members in zip(wanted, sets)]


@given(parts=st.lists(some_sets, min_size=1, max_size=4))
def test_joined_parts_keep_their_order_whatever_their_widths(parts: list[list[set[int]]]) -> None:
    joined = ClassSets.joined([ClassSets.of(part) for part in parts])
    whole = [tuple(sorted(members)) for part in parts for members in part]
    assert joined.members() == whole
    assert joined.part(1, 3).members() == whole[1:3]


def test_no_bytes_are_no_sets() -> None:
    assert ClassSets.read(b"", 0).members() == []


@pytest.mark.parametrize("stored", [b"", b"12345"])
def test_bytes_that_are_not_as_many_for_each_set_are_refused(stored: bytes) -> None:
    with pytest.raises(ValueError, match="cannot reshape"):
        ClassSets.read(stored, 2)
