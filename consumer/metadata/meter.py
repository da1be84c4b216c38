"""A bar on a terminal, once the work has taken a second; nothing elsewhere."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

PATIENCE_S = 1.0


class Meter:
    """Shows how many images are done; a context manager.

    Args:
        images: how many there are.
        console: where to draw; standard error by default.
        now: seconds on a monotonic clock.
    """

    def __init__(
        self,
        images: int,
        *,
        console: Console | None = None,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._stack = ExitStack()
        self._console = console or self._own_console()
        self._now = now
        self._began = now()
        self._drawn = False
        self._bar = Progress(
            TextColumn("[bold]{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeRemainingColumn(),
            console=self._console,
        )
        self._task = self._bar.add_task("inspected", total=images)

    def __enter__(self) -> Self:
        """Begin to count the time."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Leave the last state standing."""
        if self._drawn and self._console.is_terminal:
            self._bar.stop()
        self._stack.close()

    def advance(self) -> None:
        """Count one image."""
        self._bar.advance(self._task)
        if self._drawn or self._now() - self._began < PATIENCE_S:
            return
        self._drawn = True
        if self._console.is_terminal:
            self._bar.start()

    def _own_console(self) -> Console:
        # A copy: what the process's standard error gets while an image is decoded is caught.
        if sys.stderr is None or not sys.stderr.isatty():
            return Console(stderr=True)
        copy = os.dup(sys.stderr.fileno())
        return Console(file=self._stack.enter_context(open(copy, "w", encoding="utf-8")))
