"""Standard output, where a command's own document goes."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from shared.errors import StoreError


@contextmanager
def standard_output() -> Iterator[None]:
    """Write to standard output inside; what cannot be written there is an error with its code.

    A reader that has gone is left to typer, which ends the command without a word.

    Raises:
        StoreError: it is closed, or full.
    """
    if sys.stdout is None:
        raise StoreError("cannot write", at="standard output", got="a closed one")
    try:
        yield
        sys.stdout.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        _drop()
        raise StoreError("cannot write", at="standard output", got=error.strerror) from error


def _drop() -> None:
    """Send what is still buffered nowhere: the interpreter would fail on it when it ends."""
    with suppress(OSError), open(os.devnull, "wb") as nowhere:
        os.dup2(nowhere.fileno(), sys.stdout.fileno())
