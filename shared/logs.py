"""Logging: an event name plus fields, key-value on a terminal and JSON otherwise."""

from __future__ import annotations

import logging
import sys
from typing import TextIO

import structlog
from structlog.typing import EventDict, Processor

LEVELS = ("debug", "info", "warning", "error")
_AS_IT_IS = ("event", "exception", "stack")
"""What a terminal's line has without quotes; but for the first they are several lines."""


class _Quoted:
    """A text that is shown in quotes, escaped: the renderer does so with whatever is no text."""

    def __init__(self, text: str) -> None:
        self._text = text

    def __repr__(self) -> str:
        return repr(self._text)


def configure_logging(level: str = "info", *, stream: TextIO | None = None) -> None:
    """Send every log line from ``level`` on to ``stream`` (standard error by default).

    Args:
        level: one of ``LEVELS``.
        stream: where to write; a terminal gets key-value lines, anything else JSON.
    """
    target = sys.stderr if stream is None else stream
    structlog.configure(
        processors=_processors(terminal=target.isatty()),
        wrapper_class=structlog.make_filtering_bound_logger(getattr(logging, level.upper())),
        logger_factory=lambda *_: structlog.WriteLogger(sys.stderr if stream is None else stream),
        cache_logger_on_first_use=False,
    )


def _processors(*, terminal: bool) -> list[Processor]:
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.format_exc_info,
        structlog.processors.TimeStamper("%H:%M:%S" if terminal else "iso", utc=not terminal),
    ]
    if terminal:
        return [
            *shared,
            _printable,
            structlog.dev.ConsoleRenderer(pad_event_to=24, sort_keys=False),
        ]
    return [*shared, _lead, structlog.processors.JSONRenderer()]


def _printable(_logger: object, _method: str, event: EventDict) -> EventDict:
    """Escape what could steer a terminal, as names of files may; JSON does so by itself."""
    return {name: _escaped(name, value) for name, value in event.items()}


def _escaped(name: str, value: object) -> object:
    if not isinstance(value, str) or value.isprintable():
        return value
    if name not in _AS_IT_IS:
        return _Quoted(value)
    kept = "" if name == "event" else "\n"
    return "".join(
        letter if letter.isprintable() or letter in kept else repr(letter)[1:-1] for letter in value
    )


def _lead(_logger: object, _method: str, event: EventDict) -> EventDict:
    """Time, level and event name first: a person reads these lines, too."""
    lead = {name: event.pop(name) for name in ("timestamp", "level", "event") if name in event}
    return {**lead, **event}
