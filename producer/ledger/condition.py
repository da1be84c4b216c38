"""What a writer is at and how its database is, told by one thread and read by others."""

from __future__ import annotations

import threading
from collections.abc import Callable

import structlog

from producer.ledger.faults import Fault, cause_of, fault_of, reason_of
from producer.vitals import WriterPulse

log = structlog.get_logger()


class Condition:
    """The condition of a writer and of its database.

    Args:
        where: what to call the database in the log, without credentials.
        now: seconds of a clock that is never set.
    """

    def __init__(self, where: str, now: Callable[[], float]) -> None:
        self._where = where
        self._now = now
        self._lock = threading.Lock()
        self._waiting_since: float | None = None
        self._moved = now()
        self._failing = ""
        self._failing_since = 0.0
        self._damaged = False

    @property
    def heals(self) -> bool:
        """Whether the database fails and may do so no more, which only a try will tell."""
        with self._lock:
            return bool(self._failing) and not self._damaged

    def begun(self, since: float) -> None:
        """The writer has work in hand of which the oldest was submitted then."""
        with self._lock:
            self._waiting_since = since

    def moved(self) -> None:
        """Something was completed, or a try of it has failed: the thread does not hang."""
        with self._lock:
            self._moved = self._now()

    def done(self) -> None:
        """The writer has nothing in hand."""
        with self._lock:
            self._waiting_since = None
            self._moved = self._now()

    def well(self) -> None:
        """The database has just committed something."""
        with self._lock:
            recovered = bool(self._failing) and not self._damaged
            seconds = self._now() - self._failing_since
            if recovered:
                self._failing = ""
        if recovered:
            log.info("ledger-recovered", database=self._where, after_s=round(seconds, 2))

    def failed(self, error: Exception) -> None:
        """The database itself has just failed."""
        reason = reason_of(error)
        with self._lock:
            news = reason != self._failing
            if not self._failing:
                self._failing_since = self._now()
            self._failing = reason
            self._damaged = self._damaged or fault_of(error) is Fault.DAMAGED
        if news:
            log.warning("ledger-failing", database=self._where, cause=cause_of(error))

    def pulse(self, *, alive: bool) -> WriterPulse:
        """The writer at this moment, whose thread lives or not."""
        with self._lock:
            now, since = self._now(), self._waiting_since
            return WriterPulse(
                alive=alive,
                waiting_s=0.0 if since is None else now - since,
                quiet_s=now - self._moved,
                failing=self._failing,
            )
