"""Meter: draws on a terminal, from the first news on."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from producer.intake.meter import Meter


def _drawn(*, terminal: bool, news: int) -> str:
    stream = io.StringIO()
    console = Console(file=stream, force_terminal=terminal, width=100)
    with Meter("[a]", console) as meter:
        for count in range(news):
            meter.show(count, 10)
    return stream.getvalue()


def test_a_terminal_shows_what_is_read_and_how_far() -> None:
    text = _drawn(terminal=True, news=3)
    assert "reading [a]" in text and "/10" in text


@pytest.mark.parametrize(("terminal", "news"), [(True, 0), (False, 3)])
def test_nothing_is_drawn_without_news_or_without_a_terminal(terminal: bool, news: int) -> None:
    assert "reading" not in _drawn(terminal=terminal, news=news)
