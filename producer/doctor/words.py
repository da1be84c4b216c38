"""Names from a user's file in words of ours: nothing in them can move a terminal or a line."""

from __future__ import annotations

from producer.intake.wire import printable


def shown(text: str) -> str:
    """A text as it can be shown on one line: what cannot be printed is written as an escape."""
    return printable(text)


def encodable(text: str) -> str:
    """A text that can be written as UTF-8: what is no character is written as an escape."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def count_of(number: int, noun: str) -> str:
    """A number and what is counted: "1 image", "70,000 images"; classes get their "es"."""
    if number == 1:
        return f"1 {noun}"
    return f"{number:,} {noun}{'es' if noun.endswith('s') else 's'}"
