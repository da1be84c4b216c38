"""printable: one line without control characters."""

from __future__ import annotations

import pytest

from producer.intake.wire import printable


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("plain ü", "plain ü"),
        ("a\nb\x1b[31m", "a\\nb\\x1b[31m"),
        ("\u202ereversed", "\\u202ereversed"),
        ("\udcff", "\\udcff"),
        (12, "12"),
        ("abcdefgh", "ab..."),
    ],
)
def test_text_is_shown_on_one_line(value: object, text: str) -> None:
    assert printable(value, 5 if value == "abcdefgh" else 100) == text
