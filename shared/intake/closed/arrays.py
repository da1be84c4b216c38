"""Makes arrays of their parts, after every part was checked in Python."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from shared.intake.closed.refusal import kind_of, refuse
from shared.intake.closed.state import OBJECT_BYTES, State

_ARRAY_BYTES = 4 * OBJECT_BYTES
_ITEMS = (bool, float, int, str, bytes, slice, np.ndarray)
_LAST_CHARACTER = 0x10FFFF
_MAX_DIMENSIONS = 8
_MAX_EMPTY = 2**40
_MAX_SIZE = 2**31
_U1 = np.dtype(np.uint8)


def complete_array(state: State, parts: Any) -> NDArray[Any] | list[Any]:
    """The array of the state that numpy writes; a list where it is an array of objects.

    Raises:
        Refused: the state is not exactly of numpy's form, or its parts do not fit each other.
    """
    if parts.__class__ is not tuple or len(parts) != 5 or parts[0].__class__ is not int:
        expected = "(1, shape, dtype, fortran, bytes)"
        refuse("wrong array state in the pickle", expected, kind_of(parts))
    version, shape, dtype, fortran, raw = parts
    if version != 1:
        refuse("wrong version of an array in the pickle", "1", "another")
    if fortran is False:
        return make_array(state, raw, dtype, shape)
    if not isinstance(fortran, int) or fortran not in (0, 1):
        refuse("wrong memory order of an array in the pickle", "True or False", kind_of(fortran))
    return make_array(state, raw, dtype, shape, is_fortran=bool(fortran))


def make_array(
    state: State, raw: Any, dtype: Any, shape: Any, *, is_fortran: bool = False
) -> NDArray[Any] | list[Any]:
    """The array with this content, a view that cannot be written; a list of objects.

    Args:
        state: whose file it is.
        raw: its bytes, or where in the file they stand; objects are in a list.
        dtype: the type of its elements.
        shape: at most eight sizes.
        is_fortran: whether the first index changes fastest in memory, not the last.

    Raises:
        Refused: anything is of another kind, or the sizes do not fit the bytes exactly.
    """
    if dtype is not _U1 and not isinstance(dtype, np.dtype):
        refuse("array without a dtype in the pickle", "a plain dtype", kind_of(dtype))
    count = _count(shape)
    if raw.__class__ is slice:
        length = raw.stop - raw.start
    elif raw.__class__ is bytes:
        length = len(raw)
    else:
        return _object_list(state, raw, dtype, shape)
    if count * dtype.itemsize != length or dtype.hasobject:
        expected = f"{count * dtype.itemsize:,} bytes for shape {shape}"
        refuse("array size does not fit its bytes in the pickle", expected, f"{length:,}")
    state.left -= _ARRAY_BYTES
    flat = state.whole[raw] if raw.__class__ is slice else _small(raw)
    if dtype is not _U1:
        flat = _viewed(state, flat, dtype)
    return flat.reshape(shape, order="F") if is_fortran else flat.reshape(shape)


def _small(raw: bytes) -> NDArray[np.uint8]:
    # frombuffer takes no empty buffer.
    array = np.frombuffer(raw, np.uint8) if raw else np.empty(0, np.uint8)
    array.flags.writeable = False
    return array


def _count(shape: Any) -> int:
    """Number of elements; every shape that passes is safe for numpy, also with a size of 0."""
    if shape.__class__ is not tuple or len(shape) > _MAX_DIMENSIONS:
        got = f"{len(shape)} sizes" if isinstance(shape, tuple) else kind_of(shape)
        refuse("wrong array shape in the pickle", f"at most {_MAX_DIMENSIONS} sizes", got)
    for size in shape:
        if size.__class__ is not int or not 0 <= size < _MAX_SIZE:
            refuse("wrong array shape in the pickle", "whole numbers from 0", kind_of(size))
    count = math.prod(shape)
    if not count and math.prod(filter(None, shape)) > _MAX_EMPTY:
        refuse("array too large in the pickle", f"at most {_MAX_EMPTY:,} elements", "more")
    return count


def _viewed(state: State, flat: NDArray[np.uint8], dtype: np.dtype[Any]) -> NDArray[Any]:
    if dtype.kind in "bU":
        state.look_through(flat.size)
    if dtype.kind == "b" and flat.size and flat.max() > 1:
        refuse("wrong truth value in an array of the pickle", "0 or 1", int(flat.max()))
    if dtype.kind == "U" and flat.size:
        last = flat.view(np.dtype(np.uint32).newbyteorder(dtype.byteorder)).max()
        if last > _LAST_CHARACTER:
            refuse("wrong character in an array of the pickle", "at most 0x10ffff", hex(last))
    return flat.view(dtype)


def _object_list(state: State, raw: Any, dtype: np.dtype[Any], shape: tuple[int, ...]) -> list[Any]:
    if raw.__class__ is not list or not dtype.hasobject:
        refuse("array without bytes in the pickle", "bytes", kind_of(raw))
    if len(shape) != 1:
        hint = "save a list: [tuple(row) for row in array]"
        refuse("array of objects of several axes in the pickle", "one axis", len(shape), hint=hint)
    if shape != (len(raw),):
        got = f"{len(raw):,} in a list"
        refuse("array of objects that does not fit in the pickle", f"shape {shape}", got)
    state.look_through(len(raw))
    state.charge(2 * OBJECT_BYTES + 8 * len(raw))
    for item in raw:
        if item is not None and not isinstance(item, _ITEMS):
            expected = "arrays, bytes, text or numbers"
            refuse("array of other objects in the pickle", expected, kind_of(item))
    return list(raw)
