"""Logging: JSON for machines, key-value lines for people, and nothing below the level."""

from __future__ import annotations

import io
import json

import pytest
import structlog

from shared.logs import LEVELS, configure_logging


class Terminal(io.StringIO):
    """A stream that says that it is a terminal."""

    def isatty(self) -> bool:
        """Always."""
        return True


def test_a_line_is_json_with_time_level_and_event_first() -> None:
    stream = io.StringIO()
    configure_logging(stream=stream)
    structlog.get_logger().info("session-opened", frames=3, fps=10.0)
    line = json.loads(stream.getvalue())
    assert [*line] == ["timestamp", "level", "event", "frames", "fps"]
    assert (line["level"], line["event"], line["frames"]) == ("info", "session-opened", 3)
    assert line["timestamp"].endswith("Z")


def test_a_terminal_gets_a_line_to_read() -> None:
    stream = Terminal()
    configure_logging(stream=stream)
    structlog.get_logger().warning("refused", code="bad-state")
    assert stream.getvalue().count("\n") == 1
    for word in ("warning", "refused", "code", "bad-state"):
        assert word in stream.getvalue()


@pytest.mark.parametrize("stream", [io.StringIO(), Terminal()], ids=["json", "terminal"])
def test_a_cause_is_written_with_the_line(stream: io.StringIO) -> None:
    configure_logging(stream=stream)
    try:
        raise ValueError("the cause")
    except ValueError:
        structlog.get_logger().exception("failed")
    assert "ValueError: the cause" in stream.getvalue()


@pytest.mark.parametrize("level", LEVELS)
def test_lines_below_the_level_are_left_out(level: str) -> None:
    stream = io.StringIO()
    configure_logging(level, stream=stream)
    log = structlog.get_logger()
    for name in LEVELS:
        getattr(log, name)("event")
    written = [json.loads(line)["level"] for line in stream.getvalue().splitlines()]
    assert written == [*LEVELS[LEVELS.index(level) :]]


def test_without_a_stream_lines_go_to_standard_error_as_it_is_then(
    capsys: pytest.CaptureFixture[str],
) -> None:
    configure_logging()
    structlog.get_logger().info("started")
    written = capsys.readouterr()
    assert json.loads(written.err)["event"] == "started"
    assert written.out == ""


def test_fields_bound_to_the_context_are_in_each_line() -> None:
    stream = io.StringIO()
    configure_logging(stream=stream)
    with structlog.contextvars.bound_contextvars(session="s"):
        structlog.get_logger().info("started")
    assert json.loads(stream.getvalue())["session"] == "s"
