"""Condition says what the writer is at, and since when and why its database fails."""

from __future__ import annotations

import sqlite3

from sqlalchemy.exc import DatabaseError
from structlog.testing import capture_logs

from producer.ledger.condition import Condition
from producer.vitals import WriterPulse


class _Time:
    """Shows what a test sets."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def _error(code: int, message: str) -> DatabaseError:
    cause = sqlite3.DatabaseError(message)
    cause.sqlite_errorcode = code
    return DatabaseError("statement", None, cause)


FULL = _error(sqlite3.SQLITE_FULL, "disk is full")
READ_ONLY = _error(sqlite3.SQLITE_READONLY, "readonly database")
DAMAGED = _error(sqlite3.SQLITE_CORRUPT, "malformed")


def test_what_is_in_hand_waits_and_is_quiet_until_something_moves() -> None:
    time = _Time()
    condition = Condition("here", time)
    condition.begun(97.0)
    time.now = 105.0
    assert condition.pulse(alive=True) == WriterPulse(alive=True, waiting_s=8.0, quiet_s=5.0)
    condition.moved()
    assert condition.pulse(alive=True) == WriterPulse(alive=True, waiting_s=8.0, quiet_s=0.0)
    condition.done()
    time.now = 106.0
    assert condition.pulse(alive=False) == WriterPulse(alive=False, waiting_s=0.0, quiet_s=1.0)


def test_it_fails_for_the_last_reason_until_it_is_well_and_says_so_once() -> None:
    time = _Time()
    condition = Condition("here", time)
    with capture_logs() as logs:
        condition.well()
        for error in (FULL, FULL, READ_ONLY):
            condition.failed(error)
            time.now += 2.0
        assert condition.heals
        assert condition.pulse(alive=True).failing == "readonly database"
        condition.well()
        condition.well()
    assert not condition.heals
    assert condition.pulse(alive=True).failing == ""
    assert [(line["event"], line.get("cause", line.get("after_s"))) for line in logs] == [
        ("ledger-failing", "disk is full"),
        ("ledger-failing", "readonly database"),
        ("ledger-recovered", 6.0),
    ]


def test_a_damaged_database_is_never_called_well_again() -> None:
    condition = Condition("here", _Time())
    with capture_logs():
        condition.failed(DAMAGED)
        condition.well()
    assert not condition.heals
    assert condition.pulse(alive=True).failing == "malformed"
