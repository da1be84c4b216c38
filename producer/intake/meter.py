"""A progress bar on a terminal for what takes longer than a moment; elsewhere nothing."""

from __future__ import annotations

from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn


class Meter:
    """Shows how many images are read; a context manager that draws from the first news on.

    Args:
        name: what is read.
        console: where to draw; standard error by default.
    """

    def __init__(self, name: str, console: Console | None = None) -> None:
        console = console or Console(stderr=True)
        self._bar = Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=console,
            disable=not console.is_terminal,
            transient=True,
        )
        self._task = self._bar.add_task(f"reading {name}", total=None)
        self._drawn = False

    def __enter__(self) -> Self:
        """Draw nothing yet: most files are read before anybody could see it."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Take the bar away."""
        if self._drawn:
            self._bar.stop()

    def show(self, count: int, total: int | None) -> None:
        """So many images are read, of so many where that is known."""
        if not self._drawn:
            self._drawn = True
            self._bar.start()
        self._bar.update(self._task, completed=count, total=total)
