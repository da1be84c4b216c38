"""Words for errors: what a value is, said briefly and harmlessly whatever it holds."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from itertools import islice
from typing import NoReturn

import numpy as np

from shared.errors import DataError
from shared.intake.closed.refusal import NO_PATHS, SAVE_ARRAYS

_SHOWN_TEXT = 40
_SHOWN_ITEMS = 10
_LOOKED_AT = 100
_LARGE = 2**63
_HINTS = (
    (re.compile("number of images|too many pixels"), "give one image or more; split a large set"),
    (re.compile("incomplete"), "give each image what the first has"),
    (re.compile("label"), "give each image one label: a whole number from 0, or a class name"),
    (re.compile("class"), "give at most 1,000 short printable class names"),
)


def kind_of(value: object) -> str:
    """What a value is, in words of bounded length: "a list of int, str", "text"."""
    if isinstance(value, np.ndarray):
        return f"an array {value.shape} {value.dtype}"
    if isinstance(value, Mapping):
        return f"a dict with the keys {shown_keys(value)}" if value else "an empty dict"
    if isinstance(value, list | tuple):
        name = type(value).__name__
        kinds = sorted({type(item).__name__ for item in value[:_LOOKED_AT]})
        return f"a {name} of {', '.join(kinds[:_SHOWN_ITEMS])}" if kinds else f"an empty {name}"
    if isinstance(value, bytes | bytearray | memoryview):
        return f"{len(value):,} bytes"
    return "text" if isinstance(value, str) else type(value).__name__


def shown(value: object) -> str:
    """A value of a file as it may stand in an error: escaped and cut, numbers only if short."""
    if isinstance(value, str | bytes):
        return ascii(value[:_SHOWN_TEXT])
    if isinstance(value, int | np.integer):
        return str(value) if abs(int(value)) < _LARGE else "a larger number"
    if isinstance(value, float | np.floating):
        return f"{value:g}"
    return kind_of(value)


def shown_keys(keys: Iterable[object]) -> str:
    """The first ten keys, each as by ``shown``; "none" where there are none."""
    first = [shown(key) for key in islice(keys, _SHOWN_ITEMS + 1)]
    more = ", ..." if len(first) > _SHOWN_ITEMS else ""
    return (", ".join(first[:_SHOWN_ITEMS]) or "none") + more


def path_hint(value: object) -> str | None:
    """What to do where text, maybe a path, stands for images; None where none does."""
    for _ in range(2):
        if isinstance(value, list | tuple) and value:
            value = value[0]
    return NO_PATHS if isinstance(value, str) else None


def fail(
    what: str, where: str, expected: object, got: object = None, *, hint: str | None = None
) -> NoReturn:
    """Raise the DataError that says so, with a hint of its class where none is given."""
    usual = next((usual for words, usual in _HINTS if words.search(what)), SAVE_ARRAYS)
    raise DataError(what, where=where, expected=expected, got=got, hint=hint or usual)
