"""array_of_numbers: nested lists, checked before anything is built of them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from shared.errors import DataError
from shared.intake.layouts.numbers import array_of_numbers


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ([0, 255], np.array([0, 255], np.uint8)),
        (([1, 2], (3, 4)), np.array([[1, 2], [3, 4]], np.uint8)),
        ([[[np.uint8(1)], [np.int64(2)]]], np.array([[[1], [2]]], np.uint8)),
        ([[0.5, 1]], np.array([[0.5, 1]])),
        ([np.float32(0.5)], np.array([0.5])),
        ([-1.5, 300], np.array([-1.5, 300.0])),
        ([True, np.False_], np.array([True, False])),
    ],
)
def test_numbers_become_an_array_of_the_least_dtype(value: Any, expected: Any) -> None:
    array = array_of_numbers(value, "image 3", "f")
    assert array.dtype == expected.dtype
    np.testing.assert_array_equal(array, expected)


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ([[1, 2], [3]], "image 3 has rows of several lengths in f: expected 2 numbers in each row"),
        ([[1, 2], 3], "image 3 has rows of several lengths in f"),
        ([[[[1]]]], "image 3 is nested too deeply in f: expected at most 3 axes"),
        ([[1, 2, 3], [4, 5, 6]], "too many numbers in lists in f: expected at most 5, got more"),
        ([1, 2, 3, 4, 5, 6], "too many numbers in lists in f: .* numpy.asarray"),
        ([1, -1], "image 3 has a number out of range in f: expected 0..255, got -1"),
        ([1, 10**400], "image 3 has a number out of range in f: .* got a larger number"),
        ([0.5, 10**400], "image 3 has a number out of range in f: .* got a larger number"),
        ([1, None], "image 3 holds something else than numbers in f: .* got NoneType"),
        ([1, True], "image 3 holds something else than numbers in f: .* got bool"),
        ([1, 1j], "image 3 holds something else than numbers in f: .* got complex"),
    ],
)
def test_other_lists_are_refused(value: Any, message: str) -> None:
    with pytest.raises(DataError, match=message):
        array_of_numbers(value, "image 3", "f", most=5)
