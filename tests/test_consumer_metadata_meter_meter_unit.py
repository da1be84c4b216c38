"""A bar on a terminal, once the work has taken a second."""

from __future__ import annotations

import io
import os
import sys

import pytest
from rich.console import Console

from consumer.metadata.meter import PATIENCE_S, Meter


class _Clock:
    """Shows what it is told to."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


def _shown(*, terminal: bool, seconds: float) -> str:
    file, clock = io.StringIO(), _Clock()
    console = Console(file=file, force_terminal=terminal, width=100)
    with Meter(3, console=console, now=clock) as meter:
        meter.advance()
        clock.seconds = seconds
        meter.advance()
        meter.advance()
    return file.getvalue()


def test_long_work_is_shown_on_a_terminal() -> None:
    shown = _shown(terminal=True, seconds=PATIENCE_S)
    assert "inspected" in shown and "3/3" in shown


@pytest.mark.parametrize(("terminal", "seconds"), [(True, 0.9), (False, 0.9), (False, 99.0)])
def test_short_work_is_not_and_nothing_is_shown_elsewhere(terminal: bool, seconds: float) -> None:
    assert _shown(terminal=terminal, seconds=seconds) == ""


@pytest.mark.parametrize("closed", [True, False])
def test_without_a_terminal_on_standard_error_nothing_is_drawn(
    monkeypatch: pytest.MonkeyPatch, closed: bool
) -> None:
    stream = io.StringIO()
    monkeypatch.setattr(sys, "stderr", None if closed else stream)
    clock = _Clock()
    with Meter(1, now=clock) as meter:
        clock.seconds = 99.0
        meter.advance()
    assert stream.getvalue() == ""


def test_on_a_terminal_it_draws_even_while_standard_error_is_caught(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    master, slave = os.openpty()
    with open(slave, "w", encoding="utf-8") as terminal:
        monkeypatch.setattr(sys, "stderr", terminal)
        clock = _Clock()
        before = len(os.listdir("/proc/self/fd"))
        with Meter(1, now=clock) as meter:
            clock.seconds = 99.0
            meter.advance()
        assert len(os.listdir("/proc/self/fd")) == before
    assert b"inspected" in os.read(master, 4096)
    os.close(master)
