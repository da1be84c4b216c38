"""How both commands run: one error line and a documented exit code instead of a traceback."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from typer import Typer

INTERRUPTED = 130
CRASHED = 11
"""Of a fault of our own: not 1, which says that a balance sheet fails."""
_STANDARD_ERROR = 2
COLLECT_AT = (5_000, 20, 10)
"""Allocations before the young are collected, and how often before the next two generations are."""


def run_command(app: Typer) -> NoReturn:
    """Run a command-line application and end the process with its exit code.

    A CatwalkError becomes one line in the log, ``failed`` with its code and sentence, and its
    exit code; an interrupt becomes the line ``interrupted`` and ends with 130. Anything else is a
    fault of our own: the line ``crashed`` with its traceback, and 11.
    """
    # Imported here so that `--help` need not wait for what only a failure needs.
    from shared.errors import CatwalkError

    _fill_closed()
    try:
        app()
    except CatwalkError as error:
        _log("error", "failed", code=error.code, reason=str(error))
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        _log("warning", "interrupted")
        sys.exit(INTERRUPTED)
    except Exception as error:  # pylint: disable=broad-exception-caught
        # Top of the process: nobody is left who could know better.
        _log("exception", "crashed", cause=repr(error))
        sys.exit(CRASHED)
    finally:
        # The interpreter would search all that there is for cycles, several times, before it goes:
        # 0.7 s of a consumer, in which a supervisor waits for it.
        gc.freeze()
    sys.exit(0)


def _fill_closed() -> None:
    """Open what of 0, 1 and 2 is closed: the next file would get that number, and be written to."""
    while (number := os.open(os.devnull, os.O_RDWR)) <= _STANDARD_ERROR:
        os.set_inheritable(number, True)
    os.close(number)
    if sys.stderr is None:
        sys.stderr = os.fdopen(_STANDARD_ERROR, "w", encoding="utf-8", closefd=False)


@contextmanager
def importing() -> Iterator[None]:
    """Import what a long command needs: the collector neither runs meanwhile nor visits it later.

    What modules define stays as long as the process does. To search it for garbage while it grows
    is a quarter of the time to start, and to search it again and again later is a pause in which
    no frame is sent. Afterwards the collector runs less often than by default; see
    docs/experiments.md.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.set_threshold(*COLLECT_AT)
        gc.enable()


def _log(level: str, event: str, **fields: str) -> None:
    import structlog

    from shared.logs import configure_logging

    if not structlog.is_configured():
        configure_logging()
    getattr(structlog.get_logger(), level)(event, **fields)
