"""Logging: JSON for machines, key-value lines for people, and nothing below the level."""

from __future__ import annotations

import io
import json
import re

import pytest
import structlog

from shared.logs import LEVELS, configure_logging


class Terminal(io.StringIO):
    """A stream that says that it is a terminal."""

    def isatty(self) -> bool:
        """Always."""
        return True


def _without_colours(text: str) -> str:
    """A line without what the terminal's renderer itself writes to colour it."""
    return re.sub("\x1b\\[[0-9;]*m", "", text)


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


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\x1b[31mX.png", r"a\x1b[31mX.png"),
        ("a\nb\t\x07\x7f", r"a\nb\t\x07\x7f"),
        ("\x9b2J", r"\x9b2J"),
        ("gnp.\u202eexe", r"gnp.\u202eexe"),
        ("caf\udce9", r"caf\udce9"),
        ("h\u00e9 \u670d", "h\u00e9 \u670d"),
    ],
)
@pytest.mark.parametrize("stream_type", [io.StringIO, Terminal], ids=["json", "terminal"])
def test_no_text_steers_the_terminal(text: str, shown: str, stream_type: type[io.StringIO]) -> None:
    stream = stream_type()
    configure_logging(stream=stream)
    structlog.get_logger().info(f"{text}!", path=text, paths=(text,))
    written = stream.getvalue()
    if stream_type is Terminal:
        assert written.count(shown) >= 3
        assert "\\\\" not in written
    else:
        assert json.loads(written)["path"] == text
    lead = _without_colours(written).removesuffix("\n")
    assert all(letter.isprintable() for letter in lead), lead


def test_a_cause_on_a_terminal_keeps_its_lines_and_steers_nothing() -> None:
    stream = Terminal()
    configure_logging(stream=stream)
    try:
        raise ValueError("first \x1b[2J\nsecond")
    except ValueError:
        structlog.get_logger().exception("failed")
    written = _without_colours(stream.getvalue())
    assert "ValueError: first \\x1b[2J\nsecond" in written
    assert "\x1b" not in written


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
