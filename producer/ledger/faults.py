"""What a database's error says: whether it heals, and how to put it to people."""

from __future__ import annotations

import sqlite3
from enum import Enum, auto

from sqlalchemy.exc import DBAPIError, OperationalError

_MASK = 0xFF
"""SQLite's extended codes have the primary one in their lowest byte."""
_SQLITE_HEALS = frozenset(
    {
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_NOMEM,
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_PROTOCOL,
        sqlite3.SQLITE_PERM,
    }
)
_SQLITE_DAMAGED = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})
# Appendix A of PostgreSQL's manual: connection lost, resources used up, shut down or cancelled,
# an error of the system, a transaction rolled back; a lock not given, a server that is read-only.
_POSTGRES_HEALS = ("08", "53", "57", "58", "40", "55P03", "25006")
_POSTGRES_DAMAGED = ("XX001", "XX002")


class Fault(Enum):
    """Whose fault an error is, and what helps.

    ``TRANSIENT``: the database's, its disk's or the network's; the same may succeed later.
    ``DAMAGED``: the database's, for good. ``OPERATION``: the operation's own; it would fail again.
    """

    TRANSIENT = auto()
    DAMAGED = auto()
    OPERATION = auto()


def fault_of(error: Exception) -> Fault:
    """Whose fault an error of a transaction is."""
    if not isinstance(error, DBAPIError):
        return Fault.OPERATION
    if error.connection_invalidated:
        return Fault.TRANSIENT
    code = getattr(error.orig, "sqlite_errorcode", None)
    if code is not None:
        return _of_sqlite(code & _MASK)
    state = getattr(error.orig, "sqlstate", None)
    if state is not None:
        return _of_postgres(state)
    # Neither says more where no connection was made.
    return Fault.TRANSIENT if isinstance(error, OperationalError) else Fault.OPERATION


def cause_of(error: Exception) -> str:
    """What the database or its driver said, in one line."""
    cause = getattr(error, "orig", None) or error
    return " ".join(str(cause).split())


def reason_of(error: Exception) -> str:
    """The same for whoever may look at this process: without the server's address and users."""
    orig = getattr(error, "orig", None)
    if getattr(orig, "sqlite_errorcode", None) is not None:
        return cause_of(error)
    if getattr(orig, "sqlstate", None) is not None:
        return str(getattr(getattr(orig, "diag", None), "message_primary", None) or orig)
    return "the database does not answer"


def _of_sqlite(code: int) -> Fault:
    if code in _SQLITE_HEALS:
        return Fault.TRANSIENT
    return Fault.DAMAGED if code in _SQLITE_DAMAGED else Fault.OPERATION


def _of_postgres(state: str) -> Fault:
    if state.startswith(_POSTGRES_HEALS):
        return Fault.TRANSIENT
    return Fault.DAMAGED if state in _POSTGRES_DAMAGED else Fault.OPERATION
