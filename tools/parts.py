"""Pages of which a part is generated, and the rest written by hand.

Between ``<!-- begin NAME -->`` and ``<!-- end NAME -->`` stands what a tool writes.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path

import structlog
import typer

log = structlog.get_logger()

Parts = Mapping[str, Callable[[], str]]

_PART = re.compile(r"(<!-- begin (?P<name>[a-z-]+) -->\n).*?(<!-- end (?P=name) -->)", re.DOTALL)


def filled(page: str, parts: Parts) -> str:
    """The page with each generated part as it should be.

    Raises:
        KeyError: a part has a name that nothing is generated for.
    """
    return _PART.sub(lambda part: part[1] + parts[part["name"]]() + part[3], page)


def write_or_check(page: Path, parts: Parts, *, check: bool, command: str) -> None:
    """Fill in the generated parts of a page, or see whether they are as they should be.

    Args:
        page: its file.
        parts: what generates each.
        check: write nothing.
        command: what mends a stale page.

    Raises:
        typer.Exit: the page that is checked is stale; with code 1.
    """
    text = page.read_text(encoding="utf-8")
    wanted = filled(text, parts)
    if not check:
        page.write_text(wanted, encoding="utf-8")
        log.info("page-written", file=str(page))
    elif wanted != text:
        log.error("page-stale", file=str(page), remedy=command)
        raise typer.Exit(1)
    else:
        log.info("page-current", file=str(page))
