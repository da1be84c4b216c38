"""The one thread that talks to the database, and its group commit."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, NamedTuple, TypeVar

import structlog
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import OperationalError, SQLAlchemyError

from producer.vitals import WriterPulse
from shared.errors import CatwalkError, StoreError

log = structlog.get_logger()

GROUP = 64
"""How many operations share a transaction at most."""
JOIN_S = 5.0

T = TypeVar("T")


class _Job(NamedTuple):
    """An operation, its future, and when it was submitted."""

    operation: Callable[[Connection], Any]
    future: Future[Any]
    since: float


class LedgerWriter:
    """Runs database operations on one thread, as many as are waiting in one transaction.

    A commit to disk takes milliseconds whatever it holds; those who arrive while one is under way
    share the next. An operation's future completes only after its commit. Operations that fail do
    not take their group down: the group is rolled back and each is tried alone. Where the database
    itself fails (locked, full, gone), so does the whole group.

    The queue needs no bound of its own: each session waits for its acknowledgements within the
    credit window.

    Args:
        engine: the database.
        where: what to call the database in an error, without credentials.
        now: seconds of a clock that is never set.
    """

    def __init__(
        self, engine: Engine, *, where: str, now: Callable[[], float] = time.monotonic
    ) -> None:
        self._engine = engine
        self._where = where
        self._jobs: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._closed = False
        self._now = now
        self._waiting_since: float | None = None
        self._completed = now()
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._run, name="ledger-writer", daemon=True)
        self._thread.start()

    def submit(self, operation: Callable[[Connection], T]) -> Future[T]:
        """Run an operation in a transaction.

        Returns:
            A future of the operation's value, complete once it is committed. It fails with the
            operation's own CatwalkError, or with StoreError where the database failed.

        Raises:
            StoreError: the writer was closed.
        """
        future: Future[T] = Future()
        with self._lock:
            if self._closed:
                raise StoreError("the ledger is closed", where=self._where)
            self._jobs.put(_Job(operation, future, self._now()))
        return future

    def pulse(self) -> WriterPulse:
        """Whether the thread lives, what waits for it, and since when it has completed nothing."""
        with self._lock:
            since, completed = self._waiting_since, self._completed
        now = self._now()
        return WriterPulse(
            alive=self._thread.is_alive(),
            waiting_s=0.0 if since is None else now - since,
            quiet_s=now - completed,
        )

    def close(self) -> None:
        """Commit what is waiting, end the thread and let go of the database.

        Raises:
            StoreError: the thread did not end within 5 s.
        """
        with self._lock:
            self._closed = True
            self._jobs.put(None)
        self._thread.join(JOIN_S)
        if self._thread.is_alive():
            raise StoreError(
                "the writer thread did not end", where=self._where, expected=f"{JOIN_S} s"
            )
        self._engine.dispose()

    def _run(self) -> None:
        while group := self._take():
            with self._lock:
                # What is still in the queue was submitted later.
                self._waiting_since = group[0].since
            try:
                self._commit(group)
            except Exception as error:  # pylint: disable=broad-exception-caught
                # Top of the thread: whatever it was, those who wait must learn of it.
                log.exception("ledger-writer-failed")
                for job in group:
                    if not job.future.done():
                        job.future.set_exception(self._failed(error))
            with self._lock:
                self._waiting_since = None
                self._completed = self._now()

    def _take(self) -> list[_Job]:
        """The jobs that are waiting, in order, at least one; none after the end."""
        group: list[_Job] = []
        while len(group) < GROUP:
            try:
                job = self._jobs.get(block=not group)
            except queue.Empty:
                break
            if job is None:
                self._jobs.put(None)
                break
            # From here on nobody can cancel it: what is committed is also reported.
            if job.future.set_running_or_notify_cancel():
                group.append(job)
        return group

    def _commit(self, group: list[_Job]) -> None:
        try:
            with self._engine.begin() as connection:
                values = [job.operation(connection) for job in group]
        except OperationalError as error:
            # The disk or the database itself: trying each alone would only wait for it as often.
            for job in group:
                job.future.set_exception(self._failed(error))
            return
        except (SQLAlchemyError, CatwalkError) as error:
            if len(group) > 1:
                self._commit_alone(group)
            else:
                group[0].future.set_exception(self._failed(error))
            return
        for job, value in zip(group, values, strict=True):
            job.future.set_result(value)

    def _commit_alone(self, group: list[_Job]) -> None:
        for job in group:
            self._commit([job])
            with self._lock:
                self._completed = self._now()

    def _failed(self, error: Exception) -> CatwalkError:
        if isinstance(error, CatwalkError):
            return error
        cause = getattr(error, "orig", None) or error
        failure = StoreError("the database failed", where=self._where, got=cause)
        failure.__cause__ = error
        return failure
