"""Makes the ledger's tables, and makes those of earlier versions what they are now."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import structlog
from sqlalchemy import (
    JSON,
    Connection,
    Engine,
    LargeBinary,
    column,
    insert,
    inspect,
    select,
    table,
    update,
)

from producer.ledger import tables
from shared.errors import StoreError

log = structlog.get_logger()

LOCK_KEY = 0x6361_7477_616C_6B
"""Of PostgreSQL's advisory lock, so that one process migrates at a time: "catwalk"."""
LOCK_MS = 10_000


def upgrade(engine: Engine, where: str) -> None:
    """Bring a database to the present version, each step in a transaction of its own.

    Args:
        engine: the database; where it has no tables of ours, they are made.
        where: what to call it in an error, without credentials.

    Raises:
        StoreError: it is of a version that is not known here; then it is left as it was.
    """
    with engine.connect() as connection:
        version = stored_version(connection)
    while version != tables.SCHEMA_VERSION:
        check_version(version, where)
        version = _step(engine, where)


def stored_version(connection: Connection) -> int | None:
    """The version of a database's tables; None where it has none."""
    known = inspect(connection).has_table(tables.schema.name)
    return connection.scalar(select(tables.schema.c.version)) if known else None


def check_version(version: int | None, where: str) -> None:
    """Refuse a version that cannot be brought to the present one.

    Raises:
        StoreError: it is such a version.
    """
    if version is not None and not 1 <= version <= tables.SCHEMA_VERSION:
        raise StoreError(
            "another version's database",
            where=where,
            expected=f"schema version {tables.SCHEMA_VERSION} or earlier",
            got=version,
        )


def _step(engine: Engine, where: str) -> int:
    """One step, or what another process has made meanwhile; the version then."""
    with engine.begin() as connection:
        _lock(connection)
        version = stored_version(connection)
        check_version(version, where)
        if version is None:
            tables.metadata.create_all(connection)
            connection.execute(insert(tables.schema).values(version=tables.SCHEMA_VERSION))
            return tables.SCHEMA_VERSION
        if version == tables.SCHEMA_VERSION:
            return version
        MIGRATIONS[version - 1](connection)
        connection.execute(update(tables.schema).values(version=version + 1))
    log.info("ledger-upgraded", database=where, version=version + 1)
    return version + 1


def _lock(connection: Connection) -> None:
    """From here to the end of the transaction no other process changes the tables."""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql(f"PRAGMA busy_timeout={LOCK_MS}")
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    else:
        # A change of large tables may take longer than an operation of the ledger.
        connection.exec_driver_sql("SET LOCAL statement_timeout = 0")
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({LOCK_KEY})")


def _to_2(connection: Connection) -> None:
    """Sessions can be resumed: digests to go on from, times of sending, skipped ranges."""
    binary = LargeBinary().compile(dialect=connection.dialect)
    for statement in (
        "ALTER TABLE sessions ADD COLUMN delivery VARCHAR(8) DEFAULT 'every' NOT NULL",
        "ALTER TABLE sessions ADD COLUMN planned BIGINT DEFAULT '0' NOT NULL",
        "ALTER TABLE sessions ADD COLUMN skipped BIGINT DEFAULT '0' NOT NULL",
        "ALTER TABLE sessions ADD COLUMN digest VARCHAR(32)",
        "ALTER TABLE sessions ADD COLUMN wire JSON",
        "ALTER TABLE sessions ADD COLUMN claim VARCHAR(16)",
        f"ALTER TABLE runs ADD COLUMN sent_ns {binary}",
        "ALTER TABLE samples ADD COLUMN place INTEGER",
        "CREATE TABLE skips (session VARCHAR(16) NOT NULL REFERENCES sessions (id),"
        " first BIGINT NOT NULL, count BIGINT NOT NULL, PRIMARY KEY (session, first))",
        "UPDATE sessions SET planned = frames",
        "UPDATE sessions SET state = 'suspended' WHERE state = 'broken'",
        # Version 1 kept digests of runs only: what they covered cannot be chained any more.
        "UPDATE sessions SET digest = '00000000000000000000000000000000' WHERE stored = 0",
    ):
        connection.exec_driver_sql(statement)
    _wire_apart(connection)


def _wire_apart(connection: Connection) -> None:
    """In stored balance sheets, what counts the wire moves into a part of its own."""
    results = table("results", column("session"), column("balance", JSON))
    for session, balance in connection.execute(select(results.c.session, results.c.balance)).all():
        consumer: dict[str, Any] = balance["consumer"]
        names = [name for name in ("duplicates", "corrupt") if name in consumer]
        consumer["wire"] = {name: consumer.pop(name) for name in names}
        connection.execute(
            update(results).where(results.c.session == session).values(balance=balance)
        )


def _to_3(connection: Connection) -> None:
    """Runs keep what the model said of its doubt; of those that are there nothing is known."""
    binary = LargeBinary().compile(dialect=connection.dialect)
    for name in ("sets", "novelties"):
        connection.exec_driver_sql(f"ALTER TABLE runs ADD COLUMN {name} {binary}")


MIGRATIONS: tuple[Callable[[Connection], None], ...] = (_to_2, _to_3)
"""The first makes version 2 of version 1, and so on. None is ever changed once it was released."""
