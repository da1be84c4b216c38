"""Opens the ledger's database so that what is committed stays committed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sqlalchemy import Engine, create_engine, event, insert, inspect, select
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, SQLAlchemyError

from producer.ledger import tables
from shared.errors import CatwalkError, SettingsError, StoreError

PRAGMAS = ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=10000")


def open_database(url: str) -> tuple[Engine, str]:
    """Open the ledger's database, and make its tables where there are none.

    Args:
        url: a SQLAlchemy URL, such as ``sqlite:///catwalk.db``; the file's folder is made.

    Returns:
        The engine, and what to call the database in an error: the URL without its password.

    Raises:
        SettingsError: the URL is none, its driver is not installed, or it names no file.
        StoreError: the database cannot be opened, or is of another version; then it is left as
            it was.
    """
    try:
        parsed = make_url(url)
        where = parsed.render_as_string(hide_password=True)
        engine = create_engine(parsed)
    except (ArgumentError, NoSuchModuleError, ImportError, ValueError) as error:
        raise SettingsError(
            "unusable database URL",
            where="store",
            expected="a SQLAlchemy URL such as sqlite:///catwalk.db",
            got=str(error),
        ) from error
    try:
        if parsed.get_backend_name() == "sqlite":
            _make_folder(parsed.database)
            event.listen(engine, "connect", _make_durable)
        _prepare(engine, where)
    except (SQLAlchemyError, OSError) as error:
        engine.dispose()
        cause = getattr(error, "orig", None) or error
        raise StoreError("cannot open the database", at=where, got=cause) from error
    except CatwalkError:
        engine.dispose()
        raise
    return engine, where


def _make_folder(database: str | None) -> None:
    if database in (None, "", ":memory:"):
        raise SettingsError(
            "unusable database URL",
            where="store",
            expected="a file, because a ledger outlives its process",
            got="a database in memory",
        )
    Path(str(database)).parent.mkdir(parents=True, exist_ok=True)


def _make_durable(connection: Any, _record: object) -> None:
    """WAL with FULL: what is committed survives a power cut (NORMAL loses acknowledged rows)."""
    cursor = connection.cursor()
    for pragma in PRAGMAS:
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _prepare(engine: Engine, where: str) -> None:
    with engine.begin() as connection:
        # Looked at before anything is made: another version's database stays as it is.
        known = inspect(connection).has_table(tables.schema.name)
        version = connection.scalar(select(tables.schema.c.version)) if known else None
        if version is None:
            tables.metadata.create_all(connection)
            connection.execute(insert(tables.schema).values(version=tables.SCHEMA_VERSION))
        elif version != tables.SCHEMA_VERSION:
            raise StoreError(
                "another version's database",
                where=where,
                expected=f"schema version {tables.SCHEMA_VERSION}",
                got=version,
            )
