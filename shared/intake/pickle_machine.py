"""The unpickler of the standard library with every door to other code closed."""

from __future__ import annotations

import io
import pickle
from collections.abc import Callable
from pickle import _Unpickler as PythonUnpickler
from typing import Any, ClassVar, NoReturn

from shared.intake.pickle_parts import (
    BUILDERS,
    ONLY_ARRAYS,
    ArrayShell,
    DtypeShell,
    kind_of,
    refuse,
)

MAX_KEYS = 1_000
_SPARE_BYTES = 2**20
# All that honest files of protocols 0 to 5 use; the persistent ones are refused by name.
_OPERATIONS = """
    APPEND APPENDS BINBYTES BINBYTES8 BINFLOAT BINGET BININT BININT1 BININT2 BINPERSID BINPUT
    BINSTRING BINUNICODE BINUNICODE8 EMPTY_DICT EMPTY_LIST EMPTY_TUPLE FLOAT FRAME GET GLOBAL INT
    LIST LONG LONG1 LONG_BINGET LONG_BINPUT MARK MEMOIZE NEWFALSE NEWTRUE NONE PERSID PROTO PUT
    SHORT_BINBYTES SHORT_BINSTRING SHORT_BINUNICODE STACK_GLOBAL STOP STRING TUPLE TUPLE1 TUPLE2
    TUPLE3 UNICODE
""".split()


class ClosedUnpickler(PythonUnpickler):
    """Reads one pickle into plain containers, numbers, text and shells of arrays.

    Text and bytes that Python 2 wrote as its ``str`` are read as latin-1 text.

    Args:
        stream: the pickle, all of it in memory.
        size: its length in bytes; all that is built from bytes may be twice as large.
    """

    dispatch: ClassVar[dict[int, Any]]
    stack: list[Any]

    def __init__(self, stream: io.BytesIO, size: int) -> None:
        super().__init__(stream, encoding="latin1")
        self._budget = 2 * size + _SPARE_BYTES

    def find_class(self, module: str, name: str) -> object:
        """Give our builder for a name that honest files need; refuse every other name."""
        builder = BUILDERS.get((module, name))
        if builder is None:
            full = f"{module}.{name}"
            refuse("pickle asks for a forbidden name", ONLY_ARRAYS, ascii(full[:200]))
        return builder

    def persistent_load(self, pid: object) -> NoReturn:
        """Refuse: a persistent id stands for an object outside the file."""
        refuse("pickle asks for a persistent id", ONLY_ARRAYS, kind_of(pid))

    def reduce(self) -> None:
        """Call a builder, and count what it made of bytes against the budget."""
        _INHERITED[pickle.REDUCE[0]](self)
        made = self.stack[-1]
        self._charge(len(made) if isinstance(made, bytes) else getattr(made, "nbytes", 0))

    def build(self) -> None:
        """Give a shell its state; nothing else has one."""
        if len(self.stack) > 1 and not isinstance(self.stack[-2], ArrayShell | DtypeShell):
            refuse("pickle changes the state of an object", ONLY_ARRAYS, kind_of(self.stack[-2]))
        _INHERITED[pickle.BUILD[0]](self)
        self._charge(getattr(self.stack[-1], "nbytes", 0))

    def set_item(self) -> None:
        """Put one value into a dict."""
        self._check_keys(self.stack[-2:-1])
        _INHERITED[pickle.SETITEM[0]](self)
        self._check_dict()

    def set_items(self) -> None:
        """Put the values since the mark into a dict."""
        self._check_keys(self.stack[::2])
        _INHERITED[pickle.SETITEMS[0]](self)
        self._check_dict()

    def make_dict(self) -> None:
        """Make a dict of the values since the mark."""
        self._check_keys(self.stack[::2])
        _INHERITED[pickle.DICT[0]](self)

    def _check_dict(self) -> None:
        target = self.stack[-1]
        if not isinstance(target, dict):
            refuse("pickle sets items of something else than a dict", "a dict", kind_of(target))
        if len(target) > MAX_KEYS:
            refuse("too many keys in a dict of the pickle", f"at most {MAX_KEYS:,}", "more")

    @staticmethod
    def _check_keys(keys: list[object]) -> None:
        if len(keys) > MAX_KEYS:
            refuse(
                "too many keys in a dict of the pickle", f"at most {MAX_KEYS:,}", f"{len(keys):,}"
            )
        for key in keys:
            # Hashing a deeply nested tuple would overflow the stack of the process.
            if not isinstance(key, str | bytes | int):
                refuse("wrong key in a dict of the pickle", "text or a number", kind_of(key))

    def _charge(self, count: int) -> None:
        self._budget -= count
        if self._budget < 0:
            refuse("pickle holds its arrays too often", "arrays no larger than the file", "more")


def _refusal(code: int) -> Callable[[object], None]:
    def refuse_operation(_unpickler: object) -> None:
        refuse("pickle uses a forbidden operation", ONLY_ARRAYS, f"opcode 0x{code:02x}")

    return refuse_operation


_INHERITED: dict[int, Any] = dict(PythonUnpickler.dispatch)
ClosedUnpickler.dispatch = (
    {code: _refusal(code) for code in range(256)}
    | {code: _INHERITED[code] for code in (getattr(pickle, name)[0] for name in _OPERATIONS)}
    | {
        pickle.REDUCE[0]: ClosedUnpickler.reduce,
        pickle.BUILD[0]: ClosedUnpickler.build,
        pickle.SETITEM[0]: ClosedUnpickler.set_item,
        pickle.SETITEMS[0]: ClosedUnpickler.set_items,
        pickle.DICT[0]: ClosedUnpickler.make_dict,
        # As bytes, because a bytearray would be allocated before its length is known to be true.
        pickle.BYTEARRAY8[0]: _INHERITED[pickle.BINBYTES8[0]],
    }
)
