"""The machine: one operation after the other, from one buffer."""

from __future__ import annotations

import struct
from typing import NoReturn

from shared.intake.closed import calls, containers, memory, numbers, text
from shared.intake.closed.hand_over import plain
from shared.intake.closed.refusal import ONLY_ARRAYS, SAVE_ARRAYS, Refused, refuse
from shared.intake.closed.state import Buffer, Handler, State
from shared.intake.limits import Limits

LAST_PROTOCOL = 5
_BATCH = range(1024)
_OPERATIONS_AN_IMAGE = 20
_SPARE_OPERATIONS = 2**20
_FRAME = struct.Struct("<Q").unpack_from
_REFUSED = {
    ord("0"): "POP",
    ord("1"): "POP_MARK",
    ord("2"): "DUP",
    ord("P"): "PERSID",
    ord("Q"): "BINPERSID",
    ord("i"): "INST",
    ord("o"): "OBJ",
    0x81: "NEWOBJ",
    0x82: "EXT1",
    0x83: "EXT2",
    0x84: "EXT4",
    0x8B: "LONG4",
    0x8F: "EMPTY_SET",
    0x90: "ADDITEMS",
    0x91: "FROZENSET",
    0x92: "NEWOBJ_EX",
    0x97: "NEXT_BUFFER",
    0x98: "READONLY_BUFFER",
}


_PARSE_ERRORS = (IndexError, struct.error, UnicodeError)


class _Stopped(Exception):
    """The pickle came to its end."""


def run(data: Buffer, limits: Limits) -> object:
    """Carry out a pickle.

    Args:
        data: all of it; it may not change while what is returned is in use.
        limits: how much of it is taken.

    Returns:
        What it holds: dict, list, tuple, str, bytes, int, float, bool, None, and arrays that
        cannot be written.

    Raises:
        Refused: it is damaged, too large, or asks for anything else; with the byte offset.
    """
    state = State(data, limits)
    source, table = state.source, _TABLE
    at = following = 0
    try:
        for _ in range(_batches(limits)):
            for _ in _BATCH:
                at = following
                following = table[source[at]](state, at + 1)
            state.charge(0)
        refuse("too many operations in the pickle", "fewer", "more", hint=SAVE_ARRAYS)
    except _Stopped:
        return _result(state, at)
    except Refused as refusal:
        raise refusal.at(at) from None
    except _PARSE_ERRORS as error:
        raise _damage(state, at, error).at(at) from error


def _batches(limits: Limits) -> int:
    return (_OPERATIONS_AN_IMAGE * limits.images + _SPARE_OPERATIONS) // len(_BATCH)


def _damage(state: State, at: int, error: Exception) -> Refused:
    """What it means that an operation found less than it needs."""
    if at >= state.size - 1 or isinstance(error, struct.error):
        return Refused("pickle ends too early", "a complete pickle", f"{state.size:,} bytes")
    if isinstance(error, UnicodeError):
        return Refused("damaged text in the pickle", "UTF-8 or latin1", "other bytes")
    if state.source[at] in memory.FETCHES:
        return Refused("value never stored in the memo of the pickle", "one that was")
    return Refused("pickle takes more values than it has pushed", "a value or a mark", "none")


def _result(state: State, at: int) -> object:
    try:
        if state.opened:
            refuse("array or dtype without content in the pickle", "its state")
        if state.below or len(state.stack) != 1:
            refuse("pickle leaves values behind", "one value", f"{len(state.stack):,}")
        return plain(state, state.stack[0])
    except Refused as refusal:
        raise refusal.at(at) from None


def _stop(state: State, at: int) -> int:
    if at < state.size:
        rest = f"{state.size - at:,} more"
        raise Refused("bytes after the pickle", "none", rest).at(at)
    raise _Stopped


def _proto(state: State, at: int) -> int:
    if at != 1:
        refuse("protocol named in the midst of the pickle", "at its start")
    if state.source[at] > LAST_PROTOCOL:
        refuse("unknown pickle protocol", f"at most {LAST_PROTOCOL}", state.source[at])
    return at + 1


def _frame(state: State, at: int) -> int:
    (length,) = _FRAME(state.view, at)
    if at <= state.frame_end:
        refuse("frame within another in the pickle", "one after the other")
    state.frame_end = state.end_of(at + 8, length)
    return at + 8


def _refusal(code: int) -> Handler:
    name = _REFUSED.get(code, f"unknown opcode 0x{code:02x}")

    def refuse_operation(_state: State, _at: int) -> NoReturn:
        refuse("pickle uses a forbidden operation", ONLY_ARRAYS, name)

    return refuse_operation


def _table() -> tuple[Handler, ...]:
    handlers: dict[int, Handler] = {code: _refusal(code) for code in range(256)}
    for module in (calls, containers, memory, numbers, text):
        handlers |= module.HANDLERS
    handlers |= {ord("."): _stop, 0x80: _proto, 0x95: _frame}
    return tuple(handlers[code] for code in range(256))


_TABLE = _table()
