"""Operations that make and fill tuples, lists and dicts."""

from __future__ import annotations

from typing import Any

from shared.intake.closed.refusal import kind_of, refuse
from shared.intake.closed.state import OBJECT_BYTES, Handler, State

MAX_MARKS = 64
MAX_KEYS = 65_536
# Whole numbers of fewer bits have hashes of their own: no file can make them collide.
_KEY_BITS = 60
_DICT_BYTES = 4 * OBJECT_BYTES
_LIST_BYTES = 2 * OBJECT_BYTES


def _mark(state: State, at: int) -> int:
    below = state.below
    if len(below) >= MAX_MARKS:
        refuse("too many marks in the pickle", f"at most {MAX_MARKS}", "more")
    below.append(state.stack)
    state.stack = []
    return at


def _empty_tuple(state: State, at: int) -> int:
    state.stack.append(())
    return at


def _tuple1(state: State, at: int) -> int:
    stack = state.stack
    stack[-1] = (stack[-1],)
    state.left -= OBJECT_BYTES
    return at


def _tuple2(state: State, at: int) -> int:
    stack = state.stack
    last = stack.pop()
    stack[-1] = (stack[-1], last)
    state.left -= OBJECT_BYTES
    return at


def _tuple3(state: State, at: int) -> int:
    stack = state.stack
    last = stack.pop()
    second = stack.pop()
    stack[-1] = (stack[-1], second, last)
    state.left -= OBJECT_BYTES
    return at


def _tuple(state: State, at: int) -> int:
    items = tuple(state.stack)
    state.stack = stack = state.below.pop()
    stack.append(items)
    state.left -= OBJECT_BYTES + 8 * len(items)
    return at


def _empty_list(state: State, at: int) -> int:
    state.stack.append([])
    state.left -= _LIST_BYTES
    return at


def _list(state: State, at: int) -> int:
    items = state.stack
    state.stack = stack = state.below.pop()
    stack.append(items)
    state.left -= _LIST_BYTES
    return at


def _append(state: State, at: int) -> int:
    item = state.stack.pop()
    target = state.stack[-1]
    if target.__class__ is not list:
        refuse("pickle appends to something else than a list", "a list", kind_of(target))
    target.append(item)
    return at


def _appends(state: State, at: int) -> int:
    items = state.stack
    state.stack = stack = state.below.pop()
    target = stack[-1]
    if target.__class__ is not list:
        refuse("pickle appends to something else than a list", "a list", kind_of(target))
    target.extend(items)
    return at


def _empty_dict(state: State, at: int) -> int:
    state.stack.append({})
    state.left -= _DICT_BYTES
    return at


def _dict(state: State, at: int) -> int:
    items = state.stack
    state.stack = stack = state.below.pop()
    stack.append({})
    state.left -= _DICT_BYTES
    set_items(state, stack[-1], items)
    return at


def _setitem(state: State, at: int) -> int:
    value, key = state.stack.pop(), state.stack.pop()
    set_items(state, state.stack[-1], [key, value])
    return at


def _setitems(state: State, at: int) -> int:
    items = state.stack
    state.stack = state.below.pop()
    set_items(state, state.stack[-1], items)
    return at


def set_items(state: State, target: Any, items: list[Any]) -> None:
    """Put keys and values, one after the other in ``items``, into a dict.

    Raises:
        Refused: the target is no dict, or a key is none that honest files have.
    """
    if target.__class__ is not dict:
        refuse("pickle sets items of something else than a dict", "a dict", kind_of(target))
    if len(items) % 2:
        refuse("key without a value in a dict of the pickle", "pairs", f"{len(items):,} items")
    if len(target) + len(items) // 2 > MAX_KEYS:
        refuse("too many keys in a dict of the pickle", f"at most {MAX_KEYS:,}", "more")
    for key in items[::2]:
        _check_key(key)
    target.update(zip(items[::2], items[1::2], strict=True))
    state.left -= OBJECT_BYTES * len(items)


def _check_key(key: object) -> None:
    kind = key.__class__
    if kind is str or kind is bytes:
        return
    if not isinstance(key, int) or isinstance(key, bool):
        refuse("wrong key in a dict of the pickle", "text or a whole number", kind_of(key))
    if key.bit_length() > _KEY_BITS:
        got = f"{key.bit_length()} bits"
        refuse("number too large as a key in the pickle", f"at most {_KEY_BITS} bits", got)


HANDLERS: dict[int, Handler] = {
    ord("("): _mark,
    ord(")"): _empty_tuple,
    ord("]"): _empty_list,
    ord("a"): _append,
    ord("d"): _dict,
    ord("e"): _appends,
    ord("l"): _list,
    ord("s"): _setitem,
    ord("t"): _tuple,
    ord("u"): _setitems,
    ord("}"): _empty_dict,
    0x85: _tuple1,
    0x86: _tuple2,
    0x87: _tuple3,
}
