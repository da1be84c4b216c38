"""How the machine says no, and how it names what it found."""

from __future__ import annotations

import re
from typing import NoReturn

ONLY_ARRAYS = "only numpy arrays of plain dtypes in dicts, lists and tuples"
NO_PATHS = "paths are not followed: put the images themselves in, or give their folder"
SAVE_ARRAYS = "save images as numpy arrays: numpy.savez('my.npz', images=..., labels=...)"
WRITE_AGAIN = "write or fetch the file again"
_HINTS = (
    (re.compile("after the pickle|values behind"), "write one object to the file"),
    (re.compile("protocol"), "write it again with pickle.dump(..., protocol=4)"),
    (
        re.compile("too (large|long|many|much|often|deeply)"),
        "save fewer or simpler parts, or an .npz: numpy.savez('my.npz', images=..., labels=...)",
    ),
    (
        re.compile(
            "too early|damaged|unreadable|without an end|without a value|without quotes|negative|"
            "unknown escape|never stored|it has pushed|wrong (number|memo)|frame within|fit its"
        ),
        WRITE_AGAIN,
    ),
)
_QUOTE = 100
_WORDS = {
    "NoneType": "None",
    "Placeholder": "something without content",
    "Token": "a function",
    "bool": "a truth value",
    "bytes": "bytes",
    "dict": "a dict",
    "float": "a number",
    "int": "a whole number",
    "list": "a list",
    "ndarray": "an array",
    "slice": "bytes",
    "str": "text",
    "tuple": "a tuple",
}


class Refused(Exception):
    """Something in a pickle that is not built.

    Args:
        what: the reason.
        expected: what would have been right.
        got: what was there instead.
        hint: how to mend it; by the reason where it is None.
    """

    def __init__(
        self,
        what: str,
        expected: object = None,
        got: object = None,
        *,
        hint: str | None = None,
    ) -> None:
        super().__init__(what)
        self.what = what
        self.expected = expected
        self.got = got
        self.hint = hint or _hint_for(what)
        self.offset: int | None = None

    def at(self, offset: int) -> Refused:
        """The same at this byte, unless it has a place of its own already."""
        if self.offset is None:
            self.offset = offset
        return self


def refuse(
    what: str, expected: object = None, got: object = None, *, hint: str | None = None
) -> NoReturn:
    """Raise :class:`Refused`."""
    raise Refused(what, expected, got, hint=hint)


def _hint_for(what: str) -> str:
    return next((hint for words, hint in _HINTS if words.search(what)), SAVE_ARRAYS)


def quoted(text: str | bytes) -> str:
    """Text of a file for an error: escaped, at most 100 characters."""
    words = ascii(text[:_QUOTE])
    return words if len(words) <= _QUOTE else words[: _QUOTE - 3] + "..."


def kind_of(value: object) -> str:
    """What a value is, in words, without a word of its content."""
    name = type(value).__name__
    return "a dtype" if name.endswith("DType") else _WORDS.get(name, f"a {name.lower()}")
