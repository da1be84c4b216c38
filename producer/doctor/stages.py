"""How far a long look at a data set is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn

Advance = Callable[[int], None]
Stage = Callable[[str, int], Advance]
"""Begins a stage, by its name and the number of its steps; what it gives counts further steps."""


def quiet(_name: str, _total: int) -> Advance:
    """A stage that nobody watches."""
    return lambda _steps: None


@contextmanager
def shown_stages(console: Console | None = None) -> Iterator[Stage]:
    """Stages as progress bars that go when all is done; nothing where there is no terminal.

    Args:
        console: where to draw; standard error by default.
    """
    console = console or Console(stderr=True)
    columns = ("{task.description}", BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    is_off = not console.is_terminal
    with Progress(*columns, console=console, disable=is_off, transient=True) as progress:

        def stage(name: str, total: int) -> Advance:
            task = progress.add_task(name, total=total)
            return lambda steps: progress.advance(task, steps)

        yield stage
