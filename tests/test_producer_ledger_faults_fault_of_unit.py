"""fault_of tells what heals from what does not; the causes are put in one line."""

from __future__ import annotations

import sqlite3

import pytest
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError, ProgrammingError

from producer.ledger.faults import Fault, cause_of, fault_of, reason_of
from shared.errors import StateError


class _Diagnosis:
    message_primary = "terminating connection"


class _PostgresError(Exception):
    """As psycopg's: a state, and what the server said in parts."""

    def __init__(self, message: str, sqlstate: str | None = None) -> None:
        super().__init__(message)
        self.sqlstate = sqlstate
        self.diag = _Diagnosis() if sqlstate else None


def _sqlite(code: int, message: str = "bad") -> DBAPIError:
    cause = sqlite3.OperationalError(message)
    cause.sqlite_errorcode = code
    return OperationalError("statement", None, cause)


def _postgres(state: str | None, *, lost: bool = False) -> DBAPIError:
    cause = _PostgresError("on host 10.0.0.7,\n\tuser me: FATAL: terminating connection", state)
    return OperationalError("statement", None, cause, connection_invalidated=lost)


@pytest.mark.parametrize(
    ("code", "fault"),
    [
        (sqlite3.SQLITE_FULL, Fault.TRANSIENT),
        (sqlite3.SQLITE_BUSY, Fault.TRANSIENT),
        (sqlite3.SQLITE_BUSY_SNAPSHOT, Fault.TRANSIENT),
        (sqlite3.SQLITE_READONLY, Fault.TRANSIENT),
        (sqlite3.SQLITE_CANTOPEN, Fault.TRANSIENT),
        (sqlite3.SQLITE_IOERR_FSYNC, Fault.TRANSIENT),
        (sqlite3.SQLITE_CORRUPT, Fault.DAMAGED),
        (sqlite3.SQLITE_NOTADB, Fault.DAMAGED),
        (sqlite3.SQLITE_ERROR, Fault.OPERATION),
        (sqlite3.SQLITE_CONSTRAINT_UNIQUE, Fault.OPERATION),
        (sqlite3.SQLITE_TOOBIG, Fault.OPERATION),
    ],
)
def test_codes_of_sqlite(code: int, fault: Fault) -> None:
    assert fault_of(_sqlite(code)) is fault


@pytest.mark.parametrize(
    ("state", "fault"),
    [
        ("08006", Fault.TRANSIENT),
        ("53100", Fault.TRANSIENT),
        ("57P01", Fault.TRANSIENT),
        ("57014", Fault.TRANSIENT),
        ("58030", Fault.TRANSIENT),
        ("40001", Fault.TRANSIENT),
        ("55P03", Fault.TRANSIENT),
        ("25006", Fault.TRANSIENT),
        ("XX001", Fault.DAMAGED),
        ("XX000", Fault.OPERATION),
        ("23505", Fault.OPERATION),
        ("42P01", Fault.OPERATION),
        ("22P05", Fault.OPERATION),
    ],
)
def test_states_of_postgresql(state: str, fault: Fault) -> None:
    assert fault_of(_postgres(state)) is fault


def test_where_no_connection_was_made_or_it_is_lost_it_may_heal() -> None:
    assert fault_of(_postgres(None)) is Fault.TRANSIENT
    assert fault_of(_postgres("XX000", lost=True)) is Fault.TRANSIENT


@pytest.mark.parametrize(
    "error",
    [
        IntegrityError("statement", None, Exception("no code")),
        ProgrammingError("statement", None, Exception("no code")),
        StateError("not allowed"),
        ZeroDivisionError(),
    ],
)
def test_everything_else_is_the_operations_own(error: Exception) -> None:
    assert fault_of(error) is Fault.OPERATION


def test_a_cause_is_one_line() -> None:
    words = "on host 10.0.0.7, user me: FATAL: terminating connection"
    assert cause_of(_postgres("57P01")) == words
    assert cause_of(StateError("not  allowed")) == "not allowed"


def test_a_reason_names_neither_host_nor_user() -> None:
    assert reason_of(_postgres("57P01")) == "terminating connection"
    assert reason_of(_postgres(None)) == "the database does not answer"
    assert reason_of(_sqlite(sqlite3.SQLITE_FULL, "disk is full")) == "disk is full"
