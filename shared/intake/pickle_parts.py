"""Inert builders behind the names that honest pickles of numpy arrays call.

Each builder checks its arguments in Python and keeps them; arrays are made from them only
afterwards, by :func:`plain`. Nothing of numpy is reachable from a pickle through these.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any, NoReturn, TypeGuard

import numpy as np
from numpy.typing import NDArray

ONLY_ARRAYS = "only numpy arrays of plain dtypes in dicts, lists and tuples"
_ARRAY_STATE = "(1, shape, dtype, fortran, bytes)"
_MAX_DIMENSIONS = 4
_NESTING = 3
_PLAIN_DTYPES = frozenset("b1 i1 i2 i4 i8 u1 u2 u4 u8 f2 f4 f8".split())


class Refused(Exception):
    """Something in a pickle that is not built; becomes a DataError with the file's name."""

    def __init__(self, what: str, expected: object = None, got: object = None) -> None:
        super().__init__(what)
        self.what = what
        self.expected = expected
        self.got = got


def refuse(what: str, expected: object = None, got: object = None) -> NoReturn:
    """Raise :class:`Refused`."""
    raise Refused(what, expected, got)


class Builder:
    """What a global name stands for: callable once per use, and closed to any change of state.

    Slotted, with a state setter that refuses, so that no pickle can leave anything behind in it.
    """

    __slots__ = ("_build",)

    def __init__(self, build: Callable[..., object]) -> None:
        self._build = build

    def __call__(self, *args: object) -> object:
        return self._build(*args)

    def __setstate__(self, state: object) -> NoReturn:
        refuse("pickle changes the state of a function", ONLY_ARRAYS, type(state).__name__)


class DtypeShell:
    """A dtype as a pickle builds it: first its code, then its byte order."""

    __slots__ = ("code", "order")

    def __init__(self, code: object, align: object = False, copy: object = True) -> None:
        if not isinstance(code, str) or code not in _PLAIN_DTYPES or align or not copy:
            got = ascii(code[:20]) if isinstance(code, str) else type(code).__name__
            refuse("pickle asks for a forbidden dtype", "an integer or float dtype", got)
        self.code = code
        self.order = "|"

    def __setstate__(self, state: object) -> None:
        rest = (None, None, None, -1, -1, 0)
        if not (
            isinstance(state, tuple) and len(state) == 8 and state[0] == 3 and state[2:] == rest
        ):
            refuse("wrong dtype state in the pickle", "that of a plain dtype", kind_of(state))
        if state[1] not in ("<", ">", "|", "="):
            refuse("wrong byte order in the pickle", "<, > or |", kind_of(state[1]))
        self.order = state[1]

    def dtype(self) -> np.dtype[Any]:
        """The dtype itself."""
        return np.dtype(self.order + self.code)


class ArrayShell:
    """An array as a pickle builds it: empty at first, then complete and closed to any change."""

    __slots__ = ("_array",)

    def __init__(self) -> None:
        self._array: NDArray[Any] | None = None

    def __setstate__(self, state: object) -> None:
        if not (isinstance(state, tuple) and len(state) == 5 and state[0] == 1):
            refuse("wrong array state in the pickle", _ARRAY_STATE, kind_of(state))
        _, shape, dtype, fortran, raw = state
        self.fill(raw, dtype, shape, "F" if fortran else "C")

    def fill(self, raw: object, dtype: object, shape: object, order: object) -> None:
        """Take the parts of an array, once; refuse them where they do not fit each other."""
        if self._array is not None:
            refuse("pickle changes an array that is complete", ONLY_ARRAYS)
        if not isinstance(dtype, DtypeShell):
            refuse("array without a dtype in the pickle", "a plain dtype", kind_of(dtype))
        if order not in ("C", "F"):
            refuse("wrong memory order of an array in the pickle", "C or F", kind_of(order))
        sizes = _checked_shape(shape)
        kind = dtype.dtype()
        data = _checked_raw(raw, math.prod(sizes) * kind.itemsize, sizes)
        flat = np.frombuffer(data, dtype=kind)
        self._array = flat.reshape(sizes, order="F" if order == "F" else "C")

    @property
    def nbytes(self) -> int:
        """Size of the array in bytes; 0 while it is empty."""
        return 0 if self._array is None else self._array.nbytes

    def array(self) -> NDArray[Any]:
        """The array, a view of the bytes that were read."""
        if self._array is None:
            refuse("array without content in the pickle", _ARRAY_STATE)
        return self._array


def _checked_shape(shape: object) -> tuple[int, ...]:
    if not isinstance(shape, tuple) or len(shape) > _MAX_DIMENSIONS:
        got = f"{len(shape)} sizes" if isinstance(shape, tuple) else kind_of(shape)
        refuse("wrong array shape in the pickle", f"at most {_MAX_DIMENSIONS} sizes", got)
    if not all(_is_integer(size) and 0 <= size < 2**40 for size in shape):
        refuse("wrong array shape in the pickle", "whole numbers from 0", ascii(shape)[:100])
    return shape


def _is_integer(value: object) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool)


def _checked_raw(raw: object, size: int, shape: tuple[int, ...]) -> bytes | bytearray:
    # Python 2 wrote bytes as its str, which the unpickler hands over as latin-1 text.
    data = raw.encode("latin1") if isinstance(raw, str) else raw
    if not isinstance(data, bytes | bytearray):
        refuse("array without bytes in the pickle", "bytes", kind_of(raw))
    if len(data) != size:
        refuse(
            "array size does not fit its bytes in the pickle",
            f"{size:,} bytes for shape {shape}",
            f"{len(data):,}",
        )
    return data


def _reconstruct(kind: object, shape: object, _typecode: object) -> ArrayShell:
    if kind is not _NDARRAY or shape != (0,):
        refuse("pickle asks for a forbidden kind of array", "numpy.ndarray", kind_of(kind))
    return ArrayShell()


def _frombuffer(raw: object, dtype: object, shape: object, order: object) -> ArrayShell:
    shell = ArrayShell()
    shell.fill(raw, dtype, shape, order)
    return shell


def _scalar(dtype: object, raw: object) -> int | float:
    shell = _frombuffer(raw, dtype, (), "C")
    number: int | float = shell.array().item()
    return number


def _encode(text: object, encoding: object = "latin1") -> bytes:
    if not isinstance(text, str) or encoding not in ("latin1", "latin-1"):
        refuse("pickle asks for a forbidden encoding", "latin1 text", kind_of(encoding))
    return text.encode("latin1")


def _bytes(*args: object) -> bytes:
    match args:
        case ():
            return b""
        case (bytes() as raw,):
            return raw
        case (str() as text, encoding):
            return _encode(text, encoding)
    refuse("pickle builds bytes from something else", "bytes or latin1 text", kind_of(args[0]))


def _ordered_dict(*args: object) -> dict[object, object]:
    if args:
        refuse("pickle builds a dict from something else", "no arguments", kind_of(args[0]))
    return {}


def _not_callable(*_args: object) -> NoReturn:
    refuse("pickle calls numpy.ndarray", "numpy's own way to rebuild an array")


_NDARRAY = Builder(_not_callable)


def _builders() -> Mapping[tuple[str, str], Builder]:
    names = {
        ("numpy", "ndarray"): _NDARRAY,
        ("numpy", "dtype"): Builder(DtypeShell),
        ("_codecs", "encode"): Builder(_encode),
        ("collections", "OrderedDict"): Builder(_ordered_dict),
    }
    for core in ("numpy.core", "numpy._core"):
        names[f"{core}.multiarray", "_reconstruct"] = Builder(_reconstruct)
        names[f"{core}.multiarray", "scalar"] = Builder(_scalar)
        names[f"{core}.numeric", "_frombuffer"] = Builder(_frombuffer)
    for builtins in ("builtins", "__builtin__"):
        names[builtins, "bytes"] = names[builtins, "bytearray"] = Builder(_bytes)
    return names


BUILDERS = _builders()


def plain(value: object) -> object:
    """Put arrays in the place of their shells, in up to three containers within each other.

    Every object is visited once, so shared references cannot multiply the work.
    """
    return _plain(value, _NESTING, {})


def _plain(value: object, depth: int, made: dict[int, object]) -> object:
    if not isinstance(value, ArrayShell | list | tuple | dict) or depth < 0:
        return value
    if id(value) not in made:
        made[id(value)] = _converted(value, depth, made)
    return made[id(value)]


def _converted(
    value: ArrayShell | list[object] | tuple[object, ...] | dict[object, object],
    depth: int,
    made: dict[int, object],
) -> object:
    if isinstance(value, ArrayShell):
        return value.array()
    if isinstance(value, dict):
        return {key: _plain(item, depth - 1, made) for key, item in value.items()}
    return type(value)(_plain(item, depth - 1, made) for item in value)


def kind_of(value: object) -> str:
    """The name of a value's type, for an error."""
    return type(value).__name__.strip("_")
