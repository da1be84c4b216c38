"""Opens the ledger's database: a file by SQLite, or a PostgreSQL server."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import URL, Connection, Engine, create_engine
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, SQLAlchemyError

from producer.ledger import postgres, sqlite, tables
from producer.ledger.faults import cause_of
from producer.ledger.migrations import check_version, stored_version, upgrade
from shared.errors import SettingsError, StoreError

EXPECTED = "sqlite:///FILE or postgresql+psycopg://USER@HOST/DATABASE"


def open_database(url: str) -> tuple[Engine, str]:
    """Open the ledger's database, and make its tables where there are none or older ones.

    Args:
        url: ``sqlite:///FILE``, whose folder is made, or ``postgresql+psycopg://...``.

    Returns:
        The engine, and what to call the database in an error: the URL without its password.

    Raises:
        SettingsError: the URL is none, its driver is not installed, or it names no file.
        StoreError: the database cannot be opened, is damaged, or is of another version; then it
            is left as it was.
    """
    parsed, where = _parsed(url)
    engine = _engine(parsed)
    with _named_errors(engine, where):
        if parsed.get_backend_name() == "sqlite":
            path = sqlite.database_file(parsed.database)
            sqlite.prepare_file(path, where)
            sqlite.open_durably(engine, path)
        else:
            postgres.open_durably(engine)
            postgres.warn_of_settings(engine, where)
        upgrade(engine, where)
    # No connection is open: the one that made the tables would wait longer for a lock than others.
    return engine, where


@contextmanager
def reading(url: str) -> Iterator[Connection]:
    """A connection that sees the ledger as it is at one moment, and cannot change it.

    A producer may use the database meanwhile.

    Args:
        url: as for ``open_database``.

    Raises:
        SettingsError: the URL is none, its driver is not installed, or it names no file.
        StoreError: there is no database, it fails, or it is of another version.
    """
    parsed, where = _parsed(url)
    engine = _engine(parsed)
    with _named_errors(engine, where):
        if parsed.get_backend_name() == "sqlite":
            path = sqlite.database_file(parsed.database)
            if not path.is_file():
                raise StoreError("no such database", at=where, expected="a producer's --store")
            sqlite.open_to_read(engine, path)
        else:
            postgres.open_to_read(engine)
            engine = engine.execution_options(isolation_level="REPEATABLE READ")
        with engine.connect() as connection:
            if parsed.get_backend_name() == "sqlite":
                # Python's driver would begin none to read: each query would see another moment.
                connection.exec_driver_sql("BEGIN")
            _check_present(connection, where)
            yield connection


def _parsed(url: str) -> tuple[URL, str]:
    try:
        parsed = make_url(url)
        backend = parsed.get_backend_name()
    except (ArgumentError, ValueError) as error:
        raise _unusable(error) from error
    if backend not in ("sqlite", "postgresql"):
        raise _unusable(parsed.drivername)
    return parsed, parsed.render_as_string(hide_password=True)


def _engine(parsed: URL) -> Engine:
    if parsed.get_backend_name() == "postgresql":
        parsed = postgres.with_network_limits(parsed)
    try:
        engine = create_engine(parsed)
    except (ArgumentError, NoSuchModuleError, ImportError) as error:
        raise _unusable(error) from error
    if engine.dialect.driver not in ("pysqlite", postgres.DRIVER):
        raise _unusable(parsed.drivername)
    return engine


def _unusable(got: object) -> SettingsError:
    hint = "; for its driver, pip install '.[postgres]'" if isinstance(got, ImportError) else ""
    return SettingsError(
        "unusable database URL", where="store", expected=f"{EXPECTED}{hint}", got=got
    )


def _check_present(connection: Connection, where: str) -> None:
    version = stored_version(connection)
    check_version(version, where)
    if version != tables.SCHEMA_VERSION:
        raise StoreError(
            "not a ledger of this version",
            at=where,
            expected=f"schema version {tables.SCHEMA_VERSION}, which the producer makes at start",
            got=version or "no tables of a ledger",
        )


@contextmanager
def _named_errors(engine: Engine, where: str) -> Iterator[None]:
    """What the database or its file raises becomes a StoreError; no connection stays open."""
    try:
        yield
    except (SQLAlchemyError, sqlite3.Error, OSError) as error:
        raise StoreError("cannot open the database", at=where, got=cause_of(error)) from error
    finally:
        engine.dispose()
