"""Makes dtypes of what numpy writes about them."""

from __future__ import annotations

import re
from typing import Any

import numpy as np

from shared.intake.closed.refusal import kind_of, quoted, refuse

_KINDS = "numbers or text"
_MAX_TEXT_BYTES = 800
_NUMBERS = frozenset("b1 i1 i2 i4 i8 u1 u2 u4 u8 f2 f4 f8".split())
_TEXT = re.compile("[SU][1-9][0-9]{0,2}").fullmatch
# What numpy writes behind the byte order: no fields, then item size, alignment and flags.
_OF_NUMBERS = (None, None, None, -1, -1, 0)
_OF_OBJECTS = (None, None, None, -1, -1, 63)
OBJECTS = "O8"


def dtype_code(arguments: tuple[Any, ...]) -> str:
    """The code of a dtype: of numbers, of text of fixed length, or of objects.

    Raises:
        Refused: it is another dtype, or not named in numpy's own way.
    """
    if len(arguments) != 3 or not _are(arguments[1:], (False, True)):
        refuse("pickle asks for a dtype in a strange way", "(code, False, True)", "others")
    # Files of Python 2 have bytes here.
    code = arguments[0]
    if isinstance(code, bytes):
        code = code.decode("latin1")
    if not isinstance(code, str):
        refuse("pickle asks for a forbidden dtype", _KINDS, kind_of(code))
    if code not in _NUMBERS and code != OBJECTS and not _is_text(code):
        refuse("pickle asks for a forbidden dtype", _KINDS, quoted(code))
    return code


def complete_dtype(code: str, state: object) -> np.dtype[Any]:
    """The dtype of a code and the state that numpy writes for it.

    Raises:
        Refused: the state is not exactly that of this code.
    """
    if not isinstance(state, tuple) or len(state) != 8 or not _are(state[:1], (3,)):
        refuse("wrong dtype state in the pickle", "that of a plain dtype", kind_of(state))
    order = state[1].decode("latin1") if isinstance(state[1], bytes) else state[1]
    if not isinstance(order, str) or order not in _orders(code):
        got = quoted(order) if isinstance(order, str) else kind_of(order)
        refuse("wrong byte order in the pickle", " or ".join(_orders(code)), got)
    if not _are(state[2:], _rest(code)):
        refuse("wrong dtype state in the pickle", "that of a plain dtype", "another")
    return np.dtype(order + code)


def _is_text(code: str) -> bool:
    return bool(_TEXT(code)) and _text_bytes(code) <= _MAX_TEXT_BYTES


def _text_bytes(code: str) -> int:
    return int(code[1:]) * (4 if code[0] == "U" else 1)


def _orders(code: str) -> tuple[str, ...]:
    if code[0] == "S" or code == OBJECTS:
        return ("|",)
    return ("|", "<", ">") if code.endswith("1") and code[0] != "U" else ("<", ">")


def _rest(code: str) -> tuple[object, ...]:
    if code[0] == "U":
        return (None, None, None, _text_bytes(code), 4, 8)
    if code[0] == "S":
        return (None, None, None, _text_bytes(code), 1, 0)
    return _OF_OBJECTS if code == OBJECTS else _OF_NUMBERS


def _are(found: tuple[object, ...], expected: tuple[object, ...]) -> bool:
    """Whether these are the same small numbers; Python 2 writes truth values as numbers too."""
    return all(
        a is b if b is None else isinstance(a, int) and a == b
        for a, b in zip(found, expected, strict=True)
    )
