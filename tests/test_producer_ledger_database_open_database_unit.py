"""open_database makes a durable database of this version, or says why not."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from producer.ledger.database import open_database
from producer.ledger.tables import SCHEMA_VERSION
from shared.errors import CatwalkError, SettingsError, StoreError


def _other_version(path: Path) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute("create table schema_version (version integer primary key)")
        connection.execute("insert into schema_version values (99)")
    connection.close()


def _other_file(path: Path) -> None:
    path.write_bytes(b"this is no database, but it is long enough to be read as one" * 100)


def _folder(path: Path) -> None:
    path.mkdir()


def _tables(path: Path) -> list[str]:
    connection = sqlite3.connect(path)
    rows = connection.execute("select name from sqlite_master where type = 'table' order by name")
    names = [name for (name,) in rows]
    connection.close()
    return names


def test_tables_and_version_are_made_once(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    for _ in range(2):
        engine, where = open_database(f"sqlite:///{path}")
        assert where == f"sqlite:///{path}"
        with engine.connect() as connection:
            versions = connection.exec_driver_sql("select version from schema_version").all()
        assert [version for (version,) in versions] == [SCHEMA_VERSION]
        engine.dispose()
    assert _tables(path) == ["results", "runs", "samples", "schema_version", "sessions"]


def test_a_database_whose_making_was_cut_short_is_completed(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    connection = sqlite3.connect(path)
    connection.execute("create table schema_version (version integer primary key)")
    connection.close()
    open_database(f"sqlite:///{path}")[0].dispose()
    assert "sessions" in _tables(path)


def test_the_folder_is_made(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "down" / "a.db"
    open_database(f"sqlite:///{path}")[0].dispose()
    assert path.exists()


@pytest.mark.parametrize(
    ("pragma", "value"),
    [("journal_mode", "wal"), ("synchronous", 2), ("foreign_keys", 1), ("busy_timeout", 10000)],
)
def test_every_connection_is_durable_and_checks_keys(
    pragma: str, value: object, tmp_path: Path
) -> None:
    engine, _ = open_database(f"sqlite:///{tmp_path / 'a.db'}")
    with engine.connect() as first, engine.connect() as second:
        for connection in (first, second):
            assert connection.exec_driver_sql(f"pragma {pragma}").scalar() == value
    engine.dispose()


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (_other_version, "another version's database in .*expected schema version 1, got 99"),
        (_other_file, "cannot open the database at .*file is not a database"),
        (_folder, "cannot open the database at .*unable to open database file"),
    ],
)
def test_what_cannot_be_used_is_refused_and_left_as_it_was(
    make: Callable[[Path], None], message: str, tmp_path: Path
) -> None:
    path = tmp_path / "a.db"
    make(path)
    before = path.read_bytes() if path.is_file() else b""
    with pytest.raises(StoreError, match=message):
        open_database(f"sqlite:///{path}")
    if make is _other_version:
        assert _tables(path) == ["schema_version"]
    else:
        assert (path.read_bytes() if path.is_file() else b"") == before


def test_a_folder_that_cannot_be_made_is_a_store_error(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StoreError, match="cannot open the database at .*(directory|exists)"):
        open_database(f"sqlite:///{tmp_path / 'file' / 'a.db'}")


@pytest.mark.parametrize(
    ("url", "got"),
    [
        ("catwalk.db", "Could not parse"),
        ("", "Could not parse"),
        ("nosuch://here/db", "nosuch"),
        ("postgresql+nosuch://here/db", "nosuch"),
        ("postgresql://here:port/db", "port"),
        ("sqlite://", "a database in memory"),
        ("sqlite:///:memory:", "a database in memory"),
    ],
)
def test_an_unusable_url_is_a_wrong_setting(url: str, got: str) -> None:
    with pytest.raises(SettingsError, match="unusable database URL in store: expected a") as raised:
        open_database(url)
    assert got in str(raised.value)


def test_a_password_is_not_shown(tmp_path: Path) -> None:
    url = f"sqlite://me:secret@/{tmp_path / 'file' / 'a.db'}"
    with pytest.raises(CatwalkError) as raised:
        open_database(url)
    assert "secret" not in str(raised.value)
