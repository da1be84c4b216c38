"""Class names as files hold them."""

from __future__ import annotations

import numpy as np
import pytest

from shared.errors import DataError
from shared.intake.layouts.classes import check_names, read_classes, repeated, text_of


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (["cat", "dog"], ("cat", "dog")),
        (("cat", b"Katze \xc3\xa4", b"\xe4"), ("cat", "Katze ä", "ä")),
        (np.array(["cat", "dog"]), ("cat", "dog")),
        (np.array([b"cat"]), ("cat",)),
        (np.arange(3), ("0", "1", "2")),
        ([7, np.int8(3)], ("7", "3")),
        ({0: "cat", 2: "dog"}, ("cat", "1", "dog")),
        ({"1": "cat", b"0": "dog"}, ("dog", "cat")),
        ({"cat": 1, "dog": 0}, ("dog", "cat")),
        (["a" * 200], ("a" * 200,)),
        ([""], ("",)),
        (["cat", "cat"], ("cat", "cat")),
    ],
)
def test_names_are_read_in_the_order_of_the_labels(
    value: object, expected: tuple[str, ...]
) -> None:
    assert read_classes(value, "f") == expected


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("cat", "wrong class names in f: expected a list of text, .* got text; name the classes"),
        (np.array([["a"]]), "wrong class names in f: .* got an array"),
        (np.array([1.5]), "wrong class names in f: .* got an array"),
        ([], "wrong number of classes in f: expected 1 to 1,000, got 0"),
        ({}, "wrong number of classes in f: expected 1 to 1,000, got 0"),
        (["a"] * 5000, "wrong number of classes in f: expected 1 to 1,000, got more"),
        (["a", 1.5], "wrong class name 1 in f: expected printable text .* got float; name the"),
        (["a\x1b"], r"wrong class name 0 in f: .* got 'a\\x1b'"),
        (["\ud800"], r"wrong class name 0 in f: .* got '\\ud800'"),
        (["a" * 201], "wrong class name 0 in f: .* at most 200 characters, got 'aaaa"),
        ([10**400], "wrong class name 0 in f: .* got int"),
        ({"a": "b"}, "wrong class names in f: .* got the index 'a'"),
        ({True: "b"}, "wrong class names in f: .* got the index True|wrong class names"),
        ({0: "a", "0": "b"}, "wrong class names in f: expected each index once, 0..999, got 0"),
        ({-1: "a"}, "wrong class names in f: expected each index once, 0..999, got -1"),
        ({"a": 10**400}, "wrong class names in f: .* got a larger number"),
        ({1000: "a"}, "wrong class names in f: .* got 1000"),
    ],
)
def test_what_names_no_classes_is_refused(value: object, message: str) -> None:
    with pytest.raises(DataError, match=message):
        read_classes(value, "f")


def test_names_are_checked() -> None:
    assert check_names(iter(["a", b"b"]), "f") == ("a", "b")
    with pytest.raises(DataError, match="wrong class name 1 in f"):
        check_names(["a", "\n"], "f")


@pytest.mark.parametrize(("value", "text"), [("ä", "ä"), ("ä".encode(), "ä"), (b"\xe4", "ä")])
def test_bytes_are_utf_8_or_else_latin_1(value: str | bytes, text: str) -> None:
    assert text_of(value) == text


def test_ten_repeated_names_are_told() -> None:
    names = [str(index) for index in range(20)]
    assert repeated(names) == []
    assert len(repeated(names * 2)) == 10
    assert repeated(["a", "b", "a"]) == ["the class name 'a' occurs more than once"]
