"""Words for errors: short and harmless, whatever a file holds."""

from __future__ import annotations

import numpy as np
import pytest

from shared.errors import DataError
from shared.intake.layouts.telling import fail, kind_of, shown, shown_keys, path_hint


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (np.zeros((2, 3), np.uint8), "an array (2, 3) uint8"),
        ({}, "an empty dict"),
        ({"a": 1, b"b": 2, 3: 4}, "a dict with the keys 'a', b'b', 3"),
        ([], "an empty list"),
        ((), "an empty tuple"),
        ([1, "a", 2], "a list of int, str"),
        (b"abc", "3 bytes"),
        (memoryview(b"abcd"), "4 bytes"),
        ("abc", "text"),
        (None, "NoneType"),
        (10**4000, "int"),
    ],
)
def test_a_value_is_called_by_its_kind(value: object, words: str) -> None:
    assert kind_of(value) == words


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("a\x1b" + "b" * 99, r"'a\x1b" + "b" * 38 + "'"),
        (b"\xff", r"b'\xff'"),
        (-7, "-7"),
        (np.uint64(2**64 - 1), "a larger number"),
        (-(10**4000), "a larger number"),
        (0.5, "0.5"),
        (np.float32(2), "2"),
        ((1, 2), "a tuple of int"),
    ],
)
def test_a_value_is_shown_escaped_and_cut(value: object, words: str) -> None:
    assert shown(value) == words


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        ([], "none"),
        (["a"], "'a'"),
        (range(10), "0, 1, 2, 3, 4, 5, 6, 7, 8, 9"),
        (range(11), "0, 1, 2, 3, 4, 5, 6, 7, 8, 9, ..."),
    ],
)
def test_ten_keys_are_shown(keys: list[object], words: str) -> None:
    assert shown_keys(keys) == words


def test_a_refusal_says_all() -> None:
    with pytest.raises(DataError) as refusal:
        fail("what", "f", "this", "that", hint="do so")
    assert str(refusal.value) == "what in f: expected this, got that; do so"


@pytest.mark.parametrize("value", ["a.png", ["a.png"], (["a.png"], [1]), [("a.png", 1)]])
def test_text_in_place_of_images_gets_the_hint_of_paths(value: object) -> None:
    assert str(path_hint(value)).startswith("paths are not followed")


@pytest.mark.parametrize("value", [3, [], [[["a.png"]]], [b"a"]])
def test_other_values_get_no_hint_of_paths(value: object) -> None:
    assert path_hint(value) is None


@pytest.mark.parametrize(
    ("what", "hint"),
    [
        ("wrong number of images", "give one image or more"),
        ("wrong label 3", "give each image one label"),
        ("image 3 is incomplete", "give each image what the first has"),
        ("wrong number of classes", "give at most 1,000 short"),
        ("no images found", "save images as numpy arrays"),
    ],
)
def test_an_error_without_a_hint_has_that_of_its_class(what: str, hint: str) -> None:
    with pytest.raises(DataError, match=f"{what} in f: expected x; {hint}"):
        fail(what, "f", "x")
