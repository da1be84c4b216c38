"""natural_key: numbers count as numbers."""

from __future__ import annotations

from producer.intake.listing import natural_key


def test_two_comes_before_ten() -> None:
    names = ["b1", "a10", "a2", "A3", "a", "10", "9"]
    assert sorted(names, key=natural_key) == ["9", "10", "a", "a2", "A3", "a10", "b1"]


def test_names_that_differ_in_zeros_or_case_alone_have_one_order() -> None:
    names = ["a01", "A1", "a1"]
    assert sorted(names, key=natural_key) == sorted(reversed(names), key=natural_key)
