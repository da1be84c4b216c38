"""Somebody else's code is tried: whatever it raises becomes one line."""

from __future__ import annotations

from types import TracebackType
from typing import Self

from shared.errors import CatwalkError, ModelError

LONGEST = 300


class Trial:
    """Turns what is raised inside a ``with`` block into a ``ModelError``.

    Errors of the project's own, and those that end the process on purpose, go through, except that
    foreign code may not end it.

    Args:
        what: what is wrong if something is raised.
        where: the file or factory.
        expected: what would have been right.
        hint: how to mend it.
    """

    def __init__(
        self, what: str, *, where: object, expected: object = None, hint: object = None
    ) -> None:
        self._what = what
        self._where = where
        self._expected = expected
        self._hint = hint

    def __enter__(self) -> Self:
        """Begin to try."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Tell what was raised, if anything was."""
        if isinstance(error, Exception | SystemExit) and not isinstance(error, CatwalkError):
            raise ModelError(
                self._what,
                where=self._where,
                expected=self._expected,
                got=told(error),
                hint=self._hint,
            ) from error


def told(error: BaseException) -> str:
    """An exception on one line of at most 300 characters."""
    words = " ".join(str(error).split())
    line = f"{type(error).__name__}: {words}" if words else type(error).__name__
    shown = "".join(letter if letter.isprintable() else "?" for letter in line)
    return shown if len(shown) <= LONGEST else shown[: LONGEST - 3] + "..."
