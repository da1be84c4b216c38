"""How the machine says no, and how it names what it found."""

from __future__ import annotations

from typing import NoReturn

ONLY_ARRAYS = "only numpy arrays of plain dtypes in dicts, lists and tuples"
SAVE_ARRAYS = "save images as numpy arrays: numpy.savez('my.npz', images=..., labels=...)"
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
        hint: how to mend it.
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
        self.hint = hint
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


def quoted(text: str | bytes) -> str:
    """Text of a file for an error: escaped, at most 100 characters."""
    words = ascii(text[:_QUOTE])
    return words if len(words) <= _QUOTE else words[: _QUOTE - 3] + "..."


def kind_of(value: object) -> str:
    """What a value is, in words, without a word of its content."""
    name = type(value).__name__
    return "a dtype" if name.endswith("DType") else _WORDS.get(name, f"a {name.lower()}")
