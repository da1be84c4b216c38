"""What SQLite needs so that what is committed stays committed."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import quote

from sqlalchemy import Engine, event

from producer.ledger.migrations import check_version
from producer.ledger.tables import schema
from shared.errors import SettingsError, StoreError

PRAGMAS = ("busy_timeout=2000", "journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON")
LARGE = 32 * 2**20
"""Bytes from which on indices are not compared with their tables at start.

That takes 7 ms/MiB in all, the rest of the check 2.3 ms/MiB.
"""


def database_file(database: str | None) -> Path:
    """The file that a SQLite URL names, as an absolute path.

    Raises:
        SettingsError: it names none.
    """
    if database is None or database in ("", ":memory:") or database.startswith("file:"):
        raise SettingsError(
            "unusable database URL",
            where="store",
            expected="a file, because a ledger outlives its process",
            got=database if database and database != ":memory:" else "a database in memory",
        )
    return Path(database).absolute()


def prepare_file(path: Path, where: str) -> None:
    """Make the file and its folder where they are missing; look at it where it is there.

    Nothing is written to a file that is there, but that what a killed process has left half done
    is taken back; an empty journal may appear beside it.

    Args:
        path: the file.
        where: what to call it in an error.

    Raises:
        StoreError: it is a folder or damaged, or of a version that is not known here.
        sqlite3.Error: it cannot be read.
        OSError: it cannot be made.
    """
    if path.is_dir():
        raise StoreError("not a file", at=where, got="a folder")
    if path.exists():
        _check(path, where)
    else:
        _make_folder(path.parent)
        path.touch()


def open_durably(engine: Engine, path: Path) -> None:
    """Have every connection of an engine commit to the disk, and to this very file.

    WAL with FULL: what is committed survives a power cut (NORMAL loses acknowledged rows). Where
    the file is gone, with its folder or its disk, an empty one does not take its place.
    """
    event.listen(engine, "do_connect", _opener(path, "rw"))
    event.listen(engine, "connect", _set_up)


def open_to_read(engine: Engine, path: Path) -> None:
    """Have no connection of an engine write anything to its file."""
    event.listen(engine, "do_connect", _opener(path, "ro"))


def _make_folder(folder: Path) -> None:
    """With its entry on the disk: a power cut must not take the folder with what is in it."""
    if folder.is_dir():
        return
    _make_folder(folder.parent)
    folder.mkdir(exist_ok=True)
    descriptor = os.open(folder.parent, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _check(path: Path, where: str) -> None:
    pragma = "quick_check" if path.stat().st_size >= LARGE else "integrity_check"
    # Left by whoever was killed before the file was in WAL mode. SQLite plays it back before it
    # reads anything, and for that it must be allowed to write.
    mode = "rw" if path.with_name(f"{path.name}-journal").exists() else "ro"
    with closing(sqlite3.connect(_address(path, mode), uri=True)) as connection:
        known = connection.execute(
            "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?", (schema.name,)
        ).fetchone()
        row = known and connection.execute(f"SELECT version FROM {schema.name}").fetchone()
        check_version(row[0] if row else None, where)
        faults = [fault for (fault,) in connection.execute(f"PRAGMA {pragma}(3)")]
    if faults != ["ok"]:
        raise StoreError("damaged database", at=where, got="; ".join(faults).replace("\n", " "))


def _address(path: Path, mode: str) -> str:
    return f"file:{quote(str(path))}?mode={mode}"


def _opener(path: Path, mode: str) -> Any:
    def aim(_dialect: object, _record: object, given: list[Any], options: dict[str, Any]) -> None:
        given[0] = _address(path, mode)
        options["uri"] = True

    return aim


def _set_up(connection: Any, _record: object) -> None:
    with closing(connection.cursor()) as cursor:
        for pragma in PRAGMAS:
            cursor.execute(f"PRAGMA {pragma}")
