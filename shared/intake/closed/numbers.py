"""Operations that push numbers, truth values and None."""

from __future__ import annotations

import re
from struct import Struct

from shared.intake.closed.refusal import refuse
from shared.intake.closed.state import OBJECT_BYTES, Handler, State
from shared.intake.closed.text import line_end

_MAX_DIGITS = 80
_MAX_LONG_BYTES = 32
_WHOLE = re.compile(rb"-?(?:0|[1-9][0-9]{0,79})").fullmatch
_REAL = re.compile(rb"-?(?:[0-9]+(?:\.[0-9]*)?(?:e[+-]?[0-9]{1,4})?|inf|nan)").fullmatch
_TRUTH = {b"00": False, b"01": True}
_I4 = Struct("<i").unpack_from
_U2 = Struct("<H").unpack_from
_REAL_8 = Struct(">d").unpack_from


def _none(state: State, at: int) -> int:
    state.stack.append(None)
    return at


def _true(state: State, at: int) -> int:
    state.stack.append(True)
    return at


def _false(state: State, at: int) -> int:
    state.stack.append(False)
    return at


def _binint1(state: State, at: int) -> int:
    state.stack.append(state.source[at])
    return at + 1


def _binint2(state: State, at: int) -> int:
    state.stack.append(_U2(state.view, at)[0])
    state.left -= OBJECT_BYTES
    return at + 2


def _binint(state: State, at: int) -> int:
    state.stack.append(_I4(state.view, at)[0])
    state.left -= OBJECT_BYTES
    return at + 4


def _long1(state: State, at: int) -> int:
    length = state.source[at]
    if length > _MAX_LONG_BYTES:
        refuse("number too large in the pickle", f"at most {_MAX_LONG_BYTES} bytes", length)
    end = state.end_of(at + 1, length)
    state.stack.append(int.from_bytes(state.view[at + 1 : end], "little", signed=True))
    state.left -= OBJECT_BYTES
    return end


def _int(state: State, at: int) -> int:
    end, line = _number_line(state, at)
    state.stack.append(_TRUTH[line] if line in _TRUTH else _whole(line))
    return end


def _long(state: State, at: int) -> int:
    end, line = _number_line(state, at)
    state.stack.append(_whole(line.removesuffix(b"L")))
    return end


def _float(state: State, at: int) -> int:
    end, line = _number_line(state, at)
    if not _REAL(line):
        refuse("wrong number in the pickle", "a decimal number", "other text")
    state.stack.append(float(line))
    return end


def _binfloat(state: State, at: int) -> int:
    state.stack.append(_REAL_8(state.view, at)[0])
    state.left -= OBJECT_BYTES
    return at + 8


def _number_line(state: State, at: int) -> tuple[int, bytes]:
    end = line_end(state, at, _MAX_DIGITS + 2)
    state.left -= OBJECT_BYTES
    return end + 1, bytes(state.view[at:end])


def _whole(line: bytes) -> int:
    if not _WHOLE(line):
        refuse("wrong number in the pickle", f"at most {_MAX_DIGITS} digits", "other text")
    return int(line)


HANDLERS: dict[int, Handler] = {
    ord("F"): _float,
    ord("G"): _binfloat,
    ord("I"): _int,
    ord("J"): _binint,
    ord("K"): _binint1,
    ord("L"): _long,
    ord("M"): _binint2,
    ord("N"): _none,
    0x88: _true,
    0x89: _false,
    0x8A: _long1,
}
