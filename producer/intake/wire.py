"""How an error crosses from the child process to its parent: as JSON, in plain text, one line."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from shared.errors import CatwalkError, DataError, PickleRefused, SettingsError, StoreError

MAX_TEXT = 1000
_PARTS = ("what", "where", "at", "expected", "got", "hint")
_KINDS: Mapping[str, type[CatwalkError]] = {
    kind.__name__: kind for kind in (DataError, PickleRefused, SettingsError, StoreError)
}


def printable(value: object, limit: int = MAX_TEXT) -> str:
    """Text on one line without control characters, cut where it is long."""
    text = str(value)
    if len(text) > limit:
        text = text[: limit - 3] + "..."
    return "".join(char if char.isprintable() else _escaped(char) for char in text)


def error_to_json(error: CatwalkError) -> dict[str, Any]:
    """Take an error apart, into values that JSON has."""
    parts: dict[str, Any] = {
        name: printable(value) for name in _PARTS if (value := getattr(error, name)) is not None
    }
    if isinstance(error, PickleRefused):
        parts["offset"] = error.offset
        del parts["at"]
    return {"kind": type(error).__name__, **parts}


def error_from_json(told: Mapping[str, Any]) -> CatwalkError:
    """Put an error together again; whatever the other side says, it is one that we know."""
    kind = _KINDS.get(str(told.get("kind")), DataError)
    parts = {name: printable(told[name]) for name in _PARTS if told.get(name) is not None}
    what = parts.pop("what", "the data cannot be read")
    offset = told.get("offset")
    if kind is PickleRefused and isinstance(offset, int):
        return PickleRefused(what, where=parts.pop("where", None), offset=offset, **parts)
    return (DataError if kind is PickleRefused else kind)(what, **parts)


def _escaped(char: str) -> str:
    return char.encode("unicode_escape").decode("ascii")
