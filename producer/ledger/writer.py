"""The one thread that talks to the database: group commit, and patience while it fails."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, NamedTuple, TypeVar

import structlog
from sqlalchemy import Connection, Engine, update
from sqlalchemy.exc import SQLAlchemyError

from producer.ledger import tables
from producer.ledger.condition import Condition
from producer.ledger.faults import Fault, cause_of, fault_of
from producer.ledger.patience import Patience
from producer.vitals import WriterPulse
from shared.errors import CatwalkError, StoreError

log = structlog.get_logger()

GROUP = 64
"""How many operations share a transaction at most."""
JOIN_S = 5.0
PROBE_S = 1.0
"""How often a failing database is tried while there is nothing else to do."""

T = TypeVar("T")
Operation = Callable[[Connection], T]


class _Job(NamedTuple):
    """An operation, its future, and when it was submitted."""

    operation: Operation[Any]
    future: Future[Any]
    since: float


def touch(connection: Connection) -> None:
    """The least that a database must be able to write to be called well."""
    connection.execute(update(tables.schema).values(version=tables.schema.c.version))


class LedgerWriter:
    """Runs database operations on one thread, as many as are waiting in one transaction.

    A commit to disk takes milliseconds whatever it holds; those who arrive while one is under way
    share the next. An operation's future completes only after its commit. Operations that fail do
    not take their group down: the group is rolled back and each is tried alone.

    Where the database itself fails (full, locked, read-only, gone), its connections are given up
    and the group is tried again until its oldest operation has waited 10 s, at last failing as a
    whole; one that has waited so long for its turn is tried once. A commit that was reported as
    failed may have happened: operations must bear to be repeated. The pulse says that and why the
    database fails, until something is committed; while nothing waits, that is a probe.

    The queue needs no bound of its own: each session waits for its acknowledgements within the
    credit window.

    Args:
        engine: the database.
        where: what to call the database in an error, without credentials.
        now: seconds of a clock that is never set.
        pause: waits for some seconds; true where it was told to wait no more. None: the real one.
        probe: what is tried while the database fails and nothing waits.
    """

    def __init__(
        self,
        engine: Engine,
        *,
        where: str,
        now: Callable[[], float] = time.monotonic,
        pause: Callable[[float], bool] | None = None,
        probe: Operation[None] = touch,
    ) -> None:
        self._engine = engine
        self._where = where
        self._now = now
        self._probe = probe
        self._closed = threading.Event()
        self._hurried = threading.Event()
        self._pause = pause or self._hurried.wait
        self._jobs: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._condition = Condition(where, now)
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._run, name="ledger-writer", daemon=True)
        self._thread.start()

    def submit(self, operation: Operation[T]) -> Future[T]:
        """Run an operation in a transaction.

        Returns:
            A future of the operation's value, complete once it is committed. It fails with the
            operation's own CatwalkError, or with StoreError where the database failed.

        Raises:
            StoreError: the writer was closed.
        """
        future: Future[T] = Future()
        with self._lock:
            if self._closed.is_set():
                raise StoreError("the ledger is closed", where=self._where)
            self._jobs.put(_Job(operation, future, self._now()))
        return future

    def pulse(self) -> WriterPulse:
        """Whether the thread lives, what waits for it, and whether its database is well."""
        return self._condition.pulse(alive=self._thread.is_alive())

    def hurry(self) -> None:
        """From now on wait for no failing database: what it is asked for fails at once."""
        self._hurried.set()

    def close(self) -> None:
        """Commit what is waiting, end the thread and let go of the database.

        Raises:
            StoreError: the thread did not end within 5 s.
        """
        with self._lock:
            self._closed.set()
            self.hurry()
            self._jobs.put(None)
        self._thread.join(JOIN_S)
        if self._thread.is_alive():
            raise StoreError(
                "the writer thread did not end", where=self._where, expected=f"{JOIN_S} s"
            )
        self._engine.dispose()

    def _run(self) -> None:
        while (group := self._take()) is not None:
            # What is still in the queue was submitted later.
            since = group[0].since if group else self._now()
            self._condition.begun(since)
            if group and self._hurried.is_set() and self._condition.heals:
                self._fail(group, self._given_up())
            else:
                self._attempt(group, Patience(self._now, self._pause, since=since))
            self._condition.done()

    def _take(self) -> list[_Job] | None:
        """The jobs that are waiting, in order; none after a while without, None after the end."""
        group: list[_Job] = []
        while len(group) < GROUP:
            try:
                job = self._jobs.get(not group, PROBE_S if self._condition.heals else None)
            except queue.Empty:
                break
            if job is None:
                self._jobs.put(None)
                return group or None
            # From here on nobody can cancel it: what is committed is also reported.
            if job.future.set_running_or_notify_cancel():
                group.append(job)
        return group

    def _attempt(self, group: list[_Job], patience: Patience) -> None:
        try:
            if group:
                self._commit(group, patience)
            else:
                self._try_database()
        except Exception as error:  # pylint: disable=broad-exception-caught
            # Top of the thread: whatever it was, whoever waits for it must learn of it, and only
            # they: a bug is the operation's own.
            if len(group) > 1:
                self._commit_alone(group, patience)
                return
            log.exception("ledger-writer-failed")
            self._fail(group, error)

    def _commit(self, group: list[_Job], patience: Patience) -> None:
        while True:
            try:
                values = self._transact([job.operation for job in group])
                break
            except (SQLAlchemyError, CatwalkError) as error:
                fault = fault_of(error)
                if fault is Fault.OPERATION and len(group) > 1:
                    self._commit_alone(group, patience)
                    return
                if fault is Fault.TRANSIENT and patience.again():
                    continue
                self._fail(group, error)
                return
        for job, value in zip(group, values, strict=True):
            job.future.set_result(value)

    def _commit_alone(self, group: list[_Job], patience: Patience) -> None:
        for job in group:
            if patience.is_over:
                # Each would wait for the database as long as the one before did.
                self._fail([job], self._given_up())
            else:
                self._attempt([job], patience)
            self._condition.moved()

    def _try_database(self) -> None:
        try:
            self._transact([self._probe])
        except SQLAlchemyError as error:
            log.debug("ledger-still-failing", database=self._where, cause=cause_of(error))

    def _transact(self, operations: list[Operation[Any]]) -> list[Any]:
        """The values of operations once they are committed; what fails tells the condition."""
        try:
            with self._engine.begin() as connection:
                values = [operation(connection) for operation in operations]
        except SQLAlchemyError as error:
            self._condition.moved()
            if fault_of(error) is not Fault.OPERATION:
                self._condition.failed(error)
                # A connection that saw a failure may see it for ever: a lost one, a full disk's.
                self._engine.dispose()
            raise
        self._condition.well()
        return values

    def _fail(self, group: list[_Job], error: Exception) -> None:
        for job in group:
            if not job.future.done():
                job.future.set_exception(self._named(error))

    def _given_up(self) -> StoreError:
        return StoreError("the database failed", where=self._where)

    def _named(self, error: Exception) -> CatwalkError:
        if isinstance(error, CatwalkError):
            return error
        failure = StoreError("the database failed", where=self._where, got=cause_of(error))
        failure.__cause__ = error
        return failure
