"""How both commands run: one error line and a documented exit code instead of a traceback."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from typer import Typer

INTERRUPTED = 130
CRASHED = 11
"""Of a fault of our own: not 1, which says that a balance sheet fails."""


def run_command(app: Typer) -> NoReturn:
    """Run a command-line application and end the process with its exit code.

    A CatwalkError becomes one line in the log, ``failed`` with its code and sentence, and its
    exit code; an interrupt becomes the line ``interrupted`` and ends with 130. Anything else is a
    fault of our own: the line ``crashed`` with its traceback, and 11.
    """
    # Imported here so that `--help` need not wait for what only a failure needs.
    from shared.errors import CatwalkError

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
    sys.exit(0)


def _log(level: str, event: str, **fields: str) -> None:
    import structlog

    from shared.logs import configure_logging

    if not structlog.is_configured():
        configure_logging()
    getattr(structlog.get_logger(), level)(event, **fields)
