"""shown, encodable and count_of: names of a file in words of ours."""

from __future__ import annotations

import pytest

from producer.doctor.words import count_of, encodable, shown


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("T-shirt/top", "T-shirt/top"),
        ("Größe 日本", "Größe 日本"),
        ("[red]x[/red]", "[red]x[/red]"),
        ("a\x1b[31mb", "a\\x1b[31mb"),
        ("two\nlines\r", "two\\nlines\\r"),
        ("\u202eback\x9b", "\\u202eback\\x9b"),
        ("\ud800", "\\ud800"),
    ],
)
def test_what_cannot_be_printed_is_an_escape(text: str, expected: str) -> None:
    assert shown(text) == expected
    assert shown(text).isprintable()


@pytest.mark.parametrize(
    ("text", "expected"), [("Größe\n\x1b", "Größe\n\x1b"), ("a\udcffb", "a\\udcffb")]
)
def test_only_what_is_no_character_is_escaped_for_json(text: str, expected: str) -> None:
    assert encodable(text) == expected


@pytest.mark.parametrize(
    ("number", "noun", "expected"),
    [
        (0, "image", "0 images"),
        (1, "image", "1 image"),
        (70_000, "image", "70,000 images"),
        (2, "class", "2 classes"),
        (1, "class", "1 class"),
    ],
)
def test_numbers_come_with_their_nouns(number: int, noun: str, expected: str) -> None:
    assert count_of(number, noun) == expected
