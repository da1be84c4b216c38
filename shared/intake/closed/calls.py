"""Operations that name functions, call them, and give their results a state.

Nothing of the kind happens: a name becomes a token, a call is taken for what honest files mean by
it, exactly in the form that numpy and Python write, and a state completes an array or a dtype.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from shared.intake.closed.arrays import complete_array, make_array
from shared.intake.closed.containers import set_items
from shared.intake.closed.dtypes import complete_dtype, dtype_code
from shared.intake.closed.names import refuse_name
from shared.intake.closed.refusal import ONLY_ARRAYS, kind_of, refuse
from shared.intake.closed.state import SMALL, Handler, State
from shared.intake.closed.text import line_end
from shared.intake.closed.tokens import SHELL, SPENT, Placeholder, Token

_MAX_NAME = 255
_LATIN1 = ("latin1", "latin-1")


def _ndarray(_state: State, _arguments: tuple[Any, ...]) -> object:
    refuse("pickle calls numpy.ndarray", "numpy's own way to rebuild an array")


def _reconstruct(state: State, arguments: tuple[Any, ...]) -> object:
    if not _are_of_shell(arguments):
        expected = "(numpy.ndarray, (0,), b'b')"
        refuse("pickle asks for a forbidden kind of array", expected, "other arguments")
    state.opened.append(len(state.memo))
    return SHELL


def _are_of_shell(arguments: tuple[Any, ...]) -> bool:
    if len(arguments) != 3 or arguments[0] is not _NDARRAY:
        return False
    _, shape, code = arguments
    if shape.__class__ is not tuple or len(shape) != 1 or shape[0].__class__ is not int:
        return False
    # Text is what some files have that Python 2 wrote and Python 3 wrote again.
    is_code = code == b"b" if code.__class__ is bytes else code.__class__ is str and code == "b"
    return is_code and not shape[0]


def _frombuffer(state: State, arguments: tuple[Any, ...]) -> object:
    if len(arguments) != 4 or not _is_text(arguments[3], ("C", "F")):
        expected = "(bytes, dtype, shape, 'C' or 'F')"
        refuse("pickle makes an array of other parts", expected, "other arguments")
    raw, dtype, shape, order = arguments
    array = make_array(state, raw, dtype, shape, is_fortran=order == "F")
    _forget(state.memo, raw)
    return array


def _scalar(state: State, arguments: tuple[Any, ...]) -> object:
    if len(arguments) != 2:
        refuse("pickle makes a number of other parts", "(dtype, bytes)", "other arguments")
    dtype, raw = arguments
    array = make_array(state, raw, dtype, ())
    return array.item() if isinstance(array, np.ndarray) else None


def _dtype(state: State, arguments: tuple[Any, ...]) -> object:
    code = dtype_code(arguments)
    state.opened.append(len(state.memo))
    return Placeholder("dtype without a state in the pickle", code)


def _encode(state: State, arguments: tuple[Any, ...]) -> object:
    if (
        len(arguments) != 2
        or arguments[0].__class__ is not str
        or not _is_text(arguments[1], _LATIN1)
    ):
        refuse("pickle asks for a forbidden encoding", "text as latin1", "other arguments")
    text: str = arguments[0]
    state.look_through(len(text))
    _forget(state.memo, text)
    return text.encode("latin1")


def _bytes(state: State, arguments: tuple[Any, ...]) -> object:
    if not arguments:
        return b""
    if len(arguments) == 1 and arguments[0].__class__ in (bytes, slice):
        return arguments[0]
    if len(arguments) == 2:
        return _encode(state, arguments)
    refuse("pickle builds bytes of something else", "bytes or latin1 text", "other arguments")


def _ordered_dict(state: State, arguments: tuple[Any, ...]) -> object:
    made: dict[object, object] = {}
    if not arguments:
        return made
    # Python 2 gives all items at once: [[key, value], ...].
    if len(arguments) != 1 or not _are_pairs(arguments[0]):
        expected = "no arguments, or a list of pairs"
        refuse("pickle builds a dict of something else", expected, kind_of(arguments[0]))
    set_items(state, made, [part for pair in arguments[0] for part in pair])
    return made


def _are_pairs(items: Any) -> bool:
    return items.__class__ is list and all(
        item.__class__ in (list, tuple) and len(item) == 2 for item in items
    )


def _is_text(value: Any, expected: tuple[str, ...]) -> bool:
    # An array would be compared element by element.
    return value.__class__ is str and value in expected


def _forget(memo: list[Any], raw: Any) -> None:
    """Drop what an array was made of, where it is large: honest files use it only once."""
    if raw.__class__ is slice or len(raw) >= SMALL:
        if len(memo) > 1 and memo[-2] is raw:
            memo[-2] = SPENT
        elif len(memo) > 2 and memo[-3] is raw:
            memo[-3] = SPENT


def _tokens() -> dict[tuple[str, str], Token]:
    makers = {
        ("numpy", "ndarray"): _ndarray,
        ("numpy", "dtype"): _dtype,
        ("_codecs", "encode"): _encode,
        ("collections", "OrderedDict"): _ordered_dict,
    }
    for core in ("numpy.core", "numpy._core"):
        makers[f"{core}.multiarray", "_reconstruct"] = _reconstruct
        makers[f"{core}.multiarray", "scalar"] = _scalar
        makers[f"{core}.numeric", "_frombuffer"] = _frombuffer
    for builtins in ("builtins", "__builtin__"):
        makers[builtins, "bytes"] = makers[builtins, "bytearray"] = _bytes
    return {name: Token(".".join(name), make) for name, make in makers.items()}


TOKENS = _tokens()
_NDARRAY = TOKENS["numpy", "ndarray"]


def _push_name(state: State, module: str, name: str) -> None:
    token = TOKENS.get((module, name))
    if token is None:
        refuse_name(module, name)
    state.stack.append(token)


def _global(state: State, at: int) -> int:
    middle = line_end(state, at, _MAX_NAME)
    end = line_end(state, middle + 1, _MAX_NAME)
    _push_name(
        state, str(state.view[at:middle], "utf-8"), str(state.view[middle + 1 : end], "utf-8")
    )
    return end + 1


def _stack_global(state: State, at: int) -> int:
    name, module = state.stack.pop(), state.stack.pop()
    if name.__class__ is not str or module.__class__ is not str:
        refuse("pickle names something by no text", "text", kind_of(name))
    _push_name(state, module, name)
    return at


def _reduce(state: State, at: int) -> int:
    stack, memo = state.stack, state.memo
    arguments = stack.pop()
    token = stack[-1]
    if token.__class__ is not Token or arguments.__class__ is not tuple:
        refuse("pickle calls something else than a function", ONLY_ARRAYS, kind_of(token))
    if memo and memo[-1] is arguments:
        memo[-1] = SPENT
    stack[-1] = token.make(state, arguments)
    return at


def _build(state: State, at: int) -> int:
    stack, memo = state.stack, state.memo
    parts = stack.pop()
    target = stack[-1]
    if target.__class__ is not Placeholder:
        refuse("pickle changes the state of an object", ONLY_ARRAYS, kind_of(target))
    if memo and memo[-1] is parts:
        memo[-1] = SPENT
    made: object
    if target is SHELL:
        made = complete_array(state, parts)
        _forget(memo, parts[4])
    else:
        made = complete_dtype(target.code, parts)
    place = state.opened.pop()
    if place < len(memo) and memo[place] is target:
        memo[place] = made
    stack[-1] = made
    return at


HANDLERS: dict[int, Handler] = {
    ord("R"): _reduce,
    ord("b"): _build,
    ord("c"): _global,
    0x93: _stack_global,
}
