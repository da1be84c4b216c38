"""Operations that push text and bytes."""

from __future__ import annotations

import codecs
import re
from struct import Struct

from shared.intake.closed.refusal import refuse
from shared.intake.closed.state import OBJECT_BYTES, SMALL, Handler, State

_LONG_TEXT = 2**20
# The first byte of a UTF-8 character beyond latin-1 is larger.
_LAST_OF_LATIN1 = 0xC3
_NEWLINE = re.compile(b"\n").search
_QUOTED = re.compile(rb"'.*'|\".*\"", re.DOTALL).fullmatch
_BEYOND_LATIN1 = re.compile(rb"\\(?:U|u(?!00))").search
_FOREIGN_ESCAPE = re.compile(rb"\\(?!x[0-9a-fA-F]{2}|[nrt'\"])").search
_I4 = Struct("<i").unpack_from
_U4 = Struct("<I").unpack_from
_U8 = Struct("<Q").unpack_from


def line_end(state: State, at: int, limit: int | None = None) -> int:
    """Where the line ends that begins at ``at``: the place of its newline.

    Raises:
        Refused: it has no end, or is longer than ``limit`` bytes.
    """
    last = state.size if limit is None else min(state.size, at + limit + 1)
    found = _NEWLINE(state.view, at, last)
    if found is None:
        refuse("line without an end in the pickle", "a newline", f"{last - at:,} bytes without")
    return found.start()


def _text(state: State, at: int, length: int) -> int:
    end = state.end_of(at, length)
    if length <= _LONG_TEXT:
        state.left -= OBJECT_BYTES + 4 * length
    elif state.whole[at:end].max() <= _LAST_OF_LATIN1:
        # Pixels of protocols 0 to 2: the only honest use of text of this length.
        state.charge(length)
    else:
        refuse("text too long in the pickle", f"at most {_LONG_TEXT:,} bytes", f"{length:,}")
    state.stack.append(str(state.view[at:end], "utf-8", "surrogatepass"))
    return end


def _short_binunicode(state: State, at: int) -> int:
    return _text(state, at + 1, state.source[at])


def _binunicode(state: State, at: int) -> int:
    return _text(state, at + 4, _U4(state.view, at)[0])


def _binunicode8(state: State, at: int) -> int:
    return _text(state, at + 8, _U8(state.view, at)[0])


def _unicode(state: State, at: int) -> int:
    end = line_end(state, at)
    is_wide = end - at <= _LONG_TEXT or _BEYOND_LATIN1(state.view, at, end)
    state.charge(OBJECT_BYTES + (4 if is_wide else 1) * (end - at))
    state.stack.append(str(state.view[at:end], "raw-unicode-escape"))
    return end + 1


def _bytes(state: State, at: int, length: int) -> int:
    end = at + length
    if end > state.size:
        state.end_of(at, length)
    if length < SMALL:
        state.left -= OBJECT_BYTES + length
        state.stack.append(bytes(state.view[at:end]))
    else:
        state.left -= 2 * OBJECT_BYTES
        state.stack.append(slice(at, end))
    return end


def _short_binbytes(state: State, at: int) -> int:
    return _bytes(state, at + 1, state.source[at])


def _binbytes(state: State, at: int) -> int:
    return _bytes(state, at + 4, _U4(state.view, at)[0])


def _binbytes8(state: State, at: int) -> int:
    return _bytes(state, at + 8, _U8(state.view, at)[0])


def _binstring(state: State, at: int) -> int:
    length = _I4(state.view, at)[0]
    if length < 0:
        refuse("negative length in the pickle", "at least 0", length)
    return _bytes(state, at + 4, length)


def _string(state: State, at: int) -> int:
    end = line_end(state, at)
    state.charge(OBJECT_BYTES + 2 * (end - at))
    line = bytes(state.view[at:end])
    if not _QUOTED(line):
        refuse("string without quotes in the pickle", "quotes around it", f"{len(line):,} bytes")
    # In a run of backslashes the first two are one, the next two another; two bytes keep its place.
    if _FOREIGN_ESCAPE(line[1:-1].replace(rb"\\", b"--")):
        refuse("unknown escape in a string of the pickle", r"\\ \n \r \t \' or \x..", "another")
    state.stack.append(codecs.escape_decode(line[1:-1])[0])
    return end + 1


HANDLERS: dict[int, Handler] = {
    ord("B"): _binbytes,
    ord("C"): _short_binbytes,
    ord("S"): _string,
    ord("T"): _binstring,
    ord("U"): _short_binbytes,
    ord("V"): _unicode,
    ord("X"): _binunicode,
    0x8C: _short_binunicode,
    0x8D: _binunicode8,
    0x8E: _binbytes8,
    # As bytes: nothing that is handed on can be changed.
    0x96: _binbytes8,
}
