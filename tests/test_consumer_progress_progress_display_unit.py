"""ProgressDisplay: a bar on a terminal, a log line a second elsewhere."""

from __future__ import annotations

import io
from collections.abc import Iterator

import pytest
from consumer_parts import CLASSES, recalled, results
from rich.console import Console
from structlog.testing import capture_logs

from consumer.progress import ProgressDisplay


class Screen:
    """A display with a console in memory and a clock that is set by hand."""

    def __init__(self, *, terminal: bool, frames: int = 8) -> None:
        self.file = io.StringIO()
        self.time = 100.0
        console = Console(file=self.file, force_terminal=terminal, width=150, color_system=None)
        self.display = ProgressDisplay(frames, CLASSES, console=console, now=lambda: self.time)

    def text(self) -> str:
        """What was drawn."""
        return self.file.getvalue()


@pytest.fixture(autouse=True)
def plain_terminal(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The environment says nothing about terminals and colours."""
    for name in ("NO_COLOR", "FORCE_COLOR", "TTY_COMPATIBLE", "TTY_INTERACTIVE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm")
    yield


def test_a_terminal_shows_a_bar_with_count_rate_label_and_stored() -> None:
    screen = Screen(terminal=True)
    with capture_logs() as lines, screen.display as display:
        screen.time += 2.0
        display.update(results(0, [0, 1, 2], confidences=[0.5, 0.5, 0.875]))
        screen.time += 0.5
        display.update(results(3, [1], confidences=[0.25]))
        display.acknowledge(3)
    last = [line for line in screen.text().splitlines() if "classified" in line][-1]
    for part in ("classified", "4/8", "2.0 fps", "stored 3", "coat 25%"):
        assert part in last
    assert not lines


@pytest.mark.parametrize(
    ("label", "text"), [(2, "bag 50%"), (-1, "not classified 50%")], ids=["label", "none"]
)
def test_the_last_frame_of_a_batch_is_shown(label: int, text: str) -> None:
    screen = Screen(terminal=True)
    with screen.display as display:
        display.update(results(0, [0, label]))
    assert text in screen.text()


def test_a_class_name_is_not_taken_for_markup() -> None:
    file = io.StringIO()
    console = Console(file=file, force_terminal=True, width=150)
    with ProgressDisplay(1, ("[bold]x[/nothing]",), console=console) as display:
        display.update(results(0, [0]))
    assert "[bold]x[/nothing] 50%" in file.getvalue()


def test_elsewhere_a_line_is_logged_each_second_and_nothing_is_drawn() -> None:
    screen = Screen(terminal=False)
    with capture_logs() as lines, screen.display as display:
        for first, time in enumerate([100.5, 101.0, 101.9, 102.0]):
            screen.time = time
            display.update(results(first, [1]))
            display.acknowledge(first)
    assert lines == [
        {"event": "progress", "log_level": "info", "classified": 2, "stored": 0, "frames": 8},
        {"event": "progress", "log_level": "info", "classified": 4, "stored": 2, "frames": 8},
    ]
    assert not screen.text()


def test_the_first_results_alone_make_no_rate() -> None:
    screen = Screen(terminal=True)
    with screen.display as display:
        display.update(results(0, [1]))
    assert "0.0 fps" in screen.text()


def test_the_bar_is_drawn_on_standard_error_by_default(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with capture_logs(), ProgressDisplay(1, CLASSES) as display:
        display.update(results(0, [1]))
    assert capsys.readouterr() == ("", "")


def test_recalled_frames_are_done_already_and_make_no_rate() -> None:
    screen = Screen(terminal=True)
    with screen.display as display:
        display.recall(recalled(0, [0, 1, 2, 0]))
        screen.time += 1.0
        display.update(results(4, [1]))
        screen.time += 1.0
        display.update(results(5, [1, 2]))
    last = [line for line in screen.text().splitlines() if "classified" in line][-1]
    for part in ("7/8", "2.0 fps"):
        assert part in last
