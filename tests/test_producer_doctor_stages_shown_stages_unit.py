"""shown_stages and quiet: progress for those who can see it."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from producer.doctor.stages import Advance, Stage, quiet, shown_stages


def work(stage: Stage) -> Advance:
    """Begin a stage of four steps and do three of them."""
    advance = stage("looking", 4)
    advance(3)
    return advance


def test_a_terminal_shows_the_stage_and_how_far_it_is() -> None:
    drawn = io.StringIO()
    with shown_stages(Console(file=drawn, force_terminal=True, width=100)) as stage:
        work(stage)
    assert "looking" in drawn.getvalue() and "3/4" in drawn.getvalue()


def test_anything_else_shows_nothing() -> None:
    drawn = io.StringIO()
    with shown_stages(Console(file=drawn, force_terminal=False)) as stage:
        work(stage)
    assert drawn.getvalue() == ""


def test_the_default_is_standard_error(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    with shown_stages() as stage:
        work(stage)
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "looking" in captured.err


def test_a_quiet_stage_takes_all_steps() -> None:
    work(quiet)(1)
