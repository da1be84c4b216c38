"""Reads a ledger from beside its producer, as rows for the oracle."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, create_engine, inspect, text
from sqlalchemy.engine import make_url
from sqlalchemy.pool import NullPool

from faults.oracle import Books, Row

JSON_COLUMNS = ("classes", "reasons", "summary", "balance", "score", "wire", "answer", "accepted")


def read_books(store: str, *, consumer: str | None = None) -> tuple[Books, ...]:
    """Every session of a ledger, oldest first.

    Args:
        store: the ledger's URL.
        consumer: only the sessions of this one.
    """
    with _reading(store) as connection:
        rows = _rows(connection, "SELECT * FROM sessions ORDER BY created, id", {})
        return tuple(_books(connection, row) for row in rows if consumer in (None, row["consumer"]))


def stored_frames(store: str, *, consumer: str) -> tuple[int, ...]:
    """How many frames are stored of each session of a consumer; cheaper than all its books."""
    query = "SELECT stored FROM sessions WHERE consumer = :consumer ORDER BY created, id"
    with _reading(store) as connection:
        return tuple(row["stored"] for row in _rows(connection, query, {"consumer": consumer}))


def check_integrity(store: str) -> tuple[str, ...]:
    """What SQLite finds wrong with the file; nothing for another database."""
    if make_url(store).get_backend_name() != "sqlite":
        return ()
    with _reading(store) as connection:
        found = connection.execute(text("PRAGMA integrity_check")).scalars().all()
        keys = connection.execute(text("PRAGMA foreign_key_check")).all()
    findings = [f"integrity: {line}" for line in found if line != "ok"]
    return (*findings, *(f"foreign key: {tuple(row)}" for row in keys))


@contextmanager
def _reading(store: str) -> Iterator[Connection]:
    engine = create_engine(store, poolclass=NullPool)
    try:
        with engine.connect() as connection:
            yield connection
    finally:
        engine.dispose()


def _books(connection: Connection, session: Row) -> Books:
    mine = {"session": session["id"]}
    has_skips = inspect(connection).has_table("skips")
    skips = "SELECT * FROM skips WHERE session = :session ORDER BY first"
    return Books(
        session=session,
        runs=_rows(connection, "SELECT * FROM runs WHERE session = :session ORDER BY first", mine),
        skips=_rows(connection, skips, mine) if has_skips else (),
        results=_rows(connection, "SELECT * FROM results WHERE session = :session", mine),
    )


def _rows(connection: Connection, query: str, values: dict[str, Any]) -> tuple[Row, ...]:
    found = connection.execute(text(query), values).mappings().all()
    return tuple({name: _plain(name, value) for name, value in row.items()} for row in found)


def _plain(name: str, value: Any) -> Any:
    if name in JSON_COLUMNS and isinstance(value, str):
        return json.loads(value)
    return bytes(value) if isinstance(value, memoryview) else value
