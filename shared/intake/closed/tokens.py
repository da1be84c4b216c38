"""What names in a pickle stand for: tokens without any power of their own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from shared.intake.closed.state import State


class Token:
    """The name of a function or class that honest files call.

    Args:
        name: its full name.
        make: what a call comes to; takes the state and the arguments that the file gives.
    """

    __slots__ = ("make", "name")

    def __init__(self, name: str, make: Callable[[State, tuple[Any, ...]], object]) -> None:
        self.make = make
        self.name = name


class Placeholder:
    """Stands in the memo or on the stack for what may not be used, or not yet.

    Args:
        what: why not, for an error.
        code: the code of a dtype that waits for its state.
    """

    __slots__ = ("code", "what")

    def __init__(self, what: str, code: str = "") -> None:
        self.code = code
        self.what = what


ABSENT = Placeholder("value never stored in the memo of the pickle")
SPENT = Placeholder("pickle uses parts of an array a second time")
SHELL = Placeholder("array without content in the pickle")
"""Every array that waits for its content: there is nothing in which one differs from another."""
