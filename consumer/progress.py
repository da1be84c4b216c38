"""What a person sees while a session runs: a bar on a terminal, a log line a second elsewhere."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from types import TracebackType
from typing import Self

import structlog
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from consumer.pipeline.records import ResultBatch
from shared.messages import Recalled

log = structlog.get_logger()

LINE_S = 1.0


class ProgressDisplay:
    """Shows how far a session is; a context manager.

    Args:
        frames: how many frames the session has.
        classes: the model's class names.
        console: where to draw; standard error by default.
        now: seconds on a monotonic clock.
    """

    def __init__(
        self,
        frames: int,
        classes: tuple[str, ...],
        *,
        console: Console | None = None,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._console = console or Console(file=sys.stderr)
        self._classes = classes
        self._bar = Progress(
            TextColumn("[bold]{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[rate]:.1f} fps"),
            TimeElapsedColumn(),
            TextColumn("stored {task.fields[stored]}"),
            TextColumn("{task.fields[last]}", markup=False),
            console=self._console,
            disable=not self._console.is_terminal,
        )
        self._task = self._bar.add_task("classified", total=frames, rate=0.0, stored=0, last="")
        self._classified = 0
        self._stored = 0
        self._frames = frames
        self._now = now
        self._lined = now()
        # The rate counts from the first results on: those that came with them took no time.
        self._began: tuple[float, int] | None = None

    def __enter__(self) -> Self:
        """Begin to draw."""
        self._bar.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Leave the last state standing."""
        self._bar.stop()

    def update(self, batch: ResultBatch) -> None:
        """Show a batch of results."""
        self._classified += len(batch)
        label = int(batch.labels[-1])
        name = self._classes[label] if label >= 0 else "not classified"
        last = f"{name} {batch.confidences[-1]:.0%}"
        self._bar.update(self._task, completed=self._classified, last=last, rate=self._rate())
        self._line()

    def recall(self, recalled: Recalled) -> None:
        """Frames of an earlier process count as classified, and not in the rate."""
        self._classified += len(recalled.labels)
        self._bar.update(self._task, completed=self._classified)

    def acknowledge(self, stored: int) -> None:
        """Show how many frames the producer has stored."""
        self._stored = stored
        self._bar.update(self._task, stored=stored)

    def _rate(self) -> float:
        if self._began is None:
            self._began = self._now(), self._classified
        began, before = self._began
        return (self._classified - before) / max(self._now() - began, 1e-3)

    def _line(self) -> None:
        if self._console.is_terminal or self._now() - self._lined < LINE_S:
            return
        self._lined = self._now()
        log.info("progress", classified=self._classified, stored=self._stored, frames=self._frames)
