"""Operations that store values in the memo and fetch them again."""

from __future__ import annotations

import re
from struct import Struct

from shared.intake.closed.refusal import refuse
from shared.intake.closed.state import Handler, State
from shared.intake.closed.text import line_end
from shared.intake.closed.tokens import ABSENT, Placeholder

_INDEX = re.compile(rb"[0-9]{1,10}").fullmatch
_U4 = Struct("<I").unpack_from


def _memoize(state: State, at: int) -> int:
    state.memo.append(state.stack[-1])
    return at


def _binget(state: State, at: int) -> int:
    value = state.memo[state.source[at]]
    if value.__class__ is Placeholder:
        refuse(value.what, "a value that is complete")
    state.stack.append(value)
    return at + 1


def _long_binget(state: State, at: int) -> int:
    _fetch(state, _U4(state.view, at)[0])
    return at + 4


def _get(state: State, at: int) -> int:
    end, index = _index_line(state, at)
    _fetch(state, index)
    return end


def _binput(state: State, at: int) -> int:
    _store(state, state.source[at], at)
    return at + 1


def _long_binput(state: State, at: int) -> int:
    _store(state, _U4(state.view, at)[0], at)
    return at + 4


def _put(state: State, at: int) -> int:
    end, index = _index_line(state, at)
    _store(state, index, at)
    return end


def _fetch(state: State, index: int) -> None:
    value = state.memo[index]
    if value.__class__ is Placeholder:
        refuse(value.what, "a value that is complete")
    state.stack.append(value)


def _store(state: State, index: int, at: int) -> None:
    value, memo = state.stack[-1], state.memo
    if index > at:
        # Every value that was stored before took at least one byte of the file.
        refuse("memo index too large in the pickle", f"at most {at:,}", f"{index:,}")
    if value.__class__ is Placeholder:
        state.opened[-1] = index
    if index == len(memo):
        memo.append(value)
        return
    if index > len(memo):
        state.charge(8 * (index - len(memo)))
        memo.extend([ABSENT] * (index + 1 - len(memo)))
    memo[index] = value


def _index_line(state: State, at: int) -> tuple[int, int]:
    end = line_end(state, at, 10)
    line = bytes(state.view[at:end])
    if not _INDEX(line):
        refuse("wrong memo index in the pickle", "a decimal number", "other text")
    return end + 1, int(line)


FETCHES: dict[int, Handler] = {ord("g"): _get, ord("h"): _binget, ord("j"): _long_binget}
HANDLERS: dict[int, Handler] = FETCHES | {
    ord("p"): _put,
    ord("q"): _binput,
    ord("r"): _long_binput,
    0x94: _memoize,
}
