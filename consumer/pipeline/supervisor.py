"""One supervisor for the worker threads: starts them, sees them die, waits for their end."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import NoReturn, Protocol

import structlog

from consumer.vitals import Pulse
from shared.errors import CatwalkError, WorkerError

log = structlog.get_logger()

JOIN_S = 5.0
LOOK_S = 0.5
"""How often it looks whether a thread has died without a word."""


class Worker(Protocol):
    """A stage with a thread of its own."""

    @property
    def name(self) -> str:
        """Of its thread."""

    def start(self) -> None:
        """Begin to work."""

    def join(self, within_s: float, /) -> None:
        """End the work and wait for the thread, at most so long.

        Raises:
            WorkerError: it did not end.
        """

    def pulse(self) -> Pulse:
        """How it is doing."""


class Supervisor:
    """Looks after the threads of one connection.

    A worker that fails says so itself: its exception crosses as a value in the queue that it feeds.
    One that dies without a word is found here.

    Args:
        workers: in the order of a frame's way.
    """

    def __init__(self, workers: Iterable[Worker]) -> None:
        self._workers = tuple(workers)

    def start(self) -> None:
        """Start all threads."""
        for worker in self._workers:
            worker.start()

    async def watch(self) -> NoReturn:
        """Look at the threads as long as nothing else ends the session.

        Raises:
            WorkerError: a thread has died.
        """
        while True:
            for worker in self._workers:
                if worker.pulse().dead:
                    raise WorkerError(f"the {worker.name} thread has died")
            await asyncio.sleep(LOOK_S)

    def join(self, within_s: float = JOIN_S) -> None:
        """End all threads.

        Args:
            within_s: how long to wait for each, seconds.

        Raises:
            WorkerError: one did not end in time; the others were ended all the same.
        """
        failures = [
            error for worker in self._workers if (error := _joined(worker, within_s)) is not None
        ]
        if failures:
            raise failures[0]


def _joined(worker: Worker, within_s: float) -> CatwalkError | None:
    try:
        worker.join(within_s)
    except CatwalkError as error:
        log.error("worker-not-joined", worker=worker.name, reason=str(error))
        return error
    return None
