"""Arrays of nested lists of numbers, checked before anything is built of them."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from typing import Any

import numpy as np
from numpy.typing import NDArray

from shared.intake.layouts.telling import fail, kind_of, shown

MAX_NUMBERS = 2**25
_MAX_AXES = 3
_HINT = "save images as an array: numpy.asarray(images, 'uint8')"


def array_of_numbers(
    value: Sequence[Any], what: str, where: str, *, most: int = MAX_NUMBERS
) -> NDArray[Any]:
    """Make an array of one image as nested lists.

    Args:
        value: numbers, or lists of lists of them, of at most three axes.
        what: what to call it in an error, "image 17".
        where: what to call the file in an error.
        most: how many numbers are taken.

    Returns:
        uint8 of whole numbers in 0..255, bool of booleans, float64 of all others.

    Raises:
        DataError: rows of several lengths, too many or too deeply nested lists, or something
            that is no number or no pixel.
    """
    shape, flat = [len(value)], value
    while flat and isinstance(flat[0], list | tuple):
        size = len(flat[0])
        if len(shape) == _MAX_AXES:
            fail(f"{what} is nested too deeply", where, f"at most {_MAX_AXES} axes", "more")
        if not all(isinstance(row, list | tuple) and len(row) == size for row in flat):
            fail(f"{what} has rows of several lengths", where, f"{size} numbers in each row")
        if len(flat) * size > most:
            fail("too many numbers in lists", where, f"at most {most:,}", "more", hint=_HINT)
        flat = list(chain.from_iterable(flat))
        shape.append(size)
    if len(flat) > most:
        fail("too many numbers in lists", where, f"at most {most:,}", "more", hint=_HINT)
    return _numbers(flat, what, where).reshape(shape)


def _numbers(flat: Sequence[Any], what: str, where: str) -> NDArray[Any]:
    kinds = set(map(type, flat))
    if all(issubclass(kind, bool | np.bool_) for kind in kinds):
        return np.array(flat, dtype=np.bool_)
    if any(issubclass(kind, bool) or not _is_number(kind) for kind in kinds):
        wrong = next(item for item in flat if isinstance(item, bool) or not _is_number(type(item)))
        fail(f"{what} holds something else than numbers", where, "numbers", kind_of(wrong))
    if any(issubclass(kind, float | np.floating) for kind in kinds):
        return _floats(flat, what, where)
    try:
        return np.frombuffer(bytes(flat), np.uint8)
    except ValueError:
        wrong = next(item for item in flat if not 0 <= item <= 255)
        fail(f"{what} has a number out of range", where, "0..255", shown(wrong))


def _floats(flat: Sequence[Any], what: str, where: str) -> NDArray[np.float64]:
    try:
        return np.array(flat, dtype=np.float64)
    except OverflowError:
        fail(f"{what} has a number out of range", where, "0..255", "a larger number")


def _is_number(kind: type) -> bool:
    return issubclass(kind, int | float | np.integer | np.floating)
