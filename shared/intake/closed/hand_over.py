"""Looks through what the machine has built before anybody else does."""

from __future__ import annotations

from itertools import chain
from typing import Any

import numpy as np

from shared.intake.closed.refusal import ONLY_ARRAYS, SAVE_ARRAYS, kind_of, refuse
from shared.intake.closed.state import SMALL, State

MAX_NESTING = 16
_CONTAINER = 8
_NUMBERS = frozenset({bool, float, int, type(None)})
_TEXTS = frozenset({bytes, str})
_SIMPLE = _NUMBERS | _TEXTS | {np.ndarray}
_ROWS = frozenset({list, tuple})


def plain(state: State, value: object, depth: int = 0) -> Any:
    """The value with bytes in the place of where they stand in the file.

    Everything is counted as often as it is referred to, because whoever uses it copies it as often.

    Raises:
        Refused: it holds a function or a dtype, holds itself, or is larger than the file explains.
    """
    kind = value.__class__
    if kind in _NUMBERS:
        return value
    if isinstance(value, str | bytes):
        _charge(state, 1)
        _charge_texts(state, [len(value)])
    elif isinstance(value, np.ndarray):
        _charge(state, value.nbytes)
    elif isinstance(value, slice):
        _charge(state, value.stop - value.start)
        return bytes(state.view[value])
    elif isinstance(value, list | tuple | dict):
        return _plain_container(state, value, depth + 1)
    else:
        refuse("pickle holds something else than data", ONLY_ARRAYS, kind_of(value))
    return value


def _plain_container(state: State, value: Any, depth: int) -> Any:
    if depth > MAX_NESTING:
        refuse("containers nested too deeply in the pickle", f"at most {MAX_NESTING} deep", "more")
    _charge(state, _CONTAINER + len(value))
    if isinstance(value, dict):
        for key, item in value.items():
            plain(state, key, depth)
            value[key] = plain(state, item, depth)
        return value
    if _are_simple(state, value):
        return value
    items = [plain(state, item, depth) for item in value]
    if isinstance(value, list):
        value[:] = items
        return value
    is_same = all(old is new for old, new in zip(value, items, strict=True))
    return value if is_same else tuple(items)


def _are_simple(state: State, items: Any) -> bool:
    """Whether there are only numbers, texts and arrays, or rows of them; they are then counted.

    This is for speed alone: lists of images and of pairs are large.
    """
    kinds = {*map(type, items)}
    if kinds and kinds <= _ROWS:
        _charge(state, sum(map(len, items)) + len(items))
        items = [*chain.from_iterable(items)]
        kinds = {*map(type, items)}
    if not kinds <= _SIMPLE:
        return False
    if not kinds <= _NUMBERS:
        _charge(state, sum(item.nbytes for item in items if item.__class__ is np.ndarray))
        _charge_texts(state, [len(item) for item in items if item.__class__ in _TEXTS])
    return True


def _charge_texts(state: State, lengths: list[int]) -> None:
    long = sum(length for length in lengths if length >= SMALL)
    state.characters -= sum(lengths) - long
    _charge(state, long)


def _charge(state: State, count: int) -> None:
    state.references -= count
    if state.references < 0 or state.characters < 0:
        refuse(
            "pickle holds its values too often",
            "values no larger than the file",
            "more",
            hint=SAVE_ARRAYS,
        )
