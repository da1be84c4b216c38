"""open_database makes a durable database of this version, or says why not."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from databases import KINDS, POSTGRESQL, execute, fresh_database, with_setting
from sqlalchemy import URL, Engine, create_engine, event, make_url
from sqlalchemy.exc import OperationalError
from structlog.testing import capture_logs

from producer.ledger import postgres, sqlite
from producer.ledger.database import open_database
from producer.ledger.tables import SCHEMA_VERSION, metadata
from shared.errors import CatwalkError, SettingsError, StoreError


@pytest.fixture(name="url", params=KINDS)
def empty_database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """An empty database of each kind."""
    with fresh_database(request.param, tmp_path) as url:
        yield url


def _newer_version(path: Path) -> None:
    """As a producer that was killed left it: with rows that are in no file but the journal's."""
    with closing(sqlite3.connect(path.with_name("b.db"))) as connection:
        connection.execute("pragma journal_mode=wal")
        connection.execute("create table schema_version (version integer primary key)")
        connection.commit()
        connection.execute("insert into schema_version values (99)")
        connection.commit()
        shutil.copy(path.with_name("b.db"), path)
        shutil.copy(path.with_name("b.db-wal"), path.with_name("a.db-wal"))


def _newer_version_without_journal(path: Path) -> None:
    execute(
        f"sqlite:///{path}",
        "create table schema_version (version integer primary key)",
        "insert into schema_version values (99)",
    )


def _other_file(path: Path) -> None:
    path.write_bytes(b"this is no database, but it is long enough to be read as one" * 100)


def _folder(path: Path) -> None:
    path.mkdir()


def _torn(path: Path) -> None:
    """A ledger with a page of zeros in its midst."""
    open_database(f"sqlite:///{path}")[0].dispose()
    pages = bytearray(path.read_bytes())
    pages[2 * 4096 : 3 * 4096] = bytes(4096)
    path.write_bytes(pages)


def _wrong_index(path: Path) -> None:
    """A ledger whose index lacks a row of its table."""
    open_database(f"sqlite:///{path}")[0].dispose()
    execute(
        f"sqlite:///{path}",
        "create table pairs (a, b)",
        "create index by_a on pairs (a)",
        "insert into pairs values (1, 1), (2, 2)",
        "pragma writable_schema=1",
        "update sqlite_master set sql = 'create index by_a on pairs (b)' where name = 'by_a'",
        "update pairs set b = 3",
    )


def _contents(folder: Path) -> dict[str, bytes]:
    """Of every file but an empty journal and what readers share, which are not kept."""
    files = [path for path in folder.iterdir() if path.is_file() and path.suffix != ".db-shm"]
    return {path.name: content for path in files if (content := path.read_bytes())}


def test_tables_and_version_are_made_once(url: str) -> None:
    for _ in range(2):
        engine, where = open_database(url)
        assert where == make_url(url).render_as_string(hide_password=True)
        engine.dispose()
    assert execute(url, "select version from schema_version") == [(SCHEMA_VERSION,)]
    assert execute(url, "select count(*) from sessions") == [(0,)]


def test_the_folder_is_made(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "down" / "a.db"
    open_database(f"sqlite:///{path}")[0].dispose()
    assert path.exists()


@pytest.mark.parametrize(
    ("pragma", "value"),
    [("journal_mode", "wal"), ("synchronous", 2), ("foreign_keys", 1), ("busy_timeout", 2000)],
)
def test_every_connection_to_a_file_is_durable_and_checks_keys(
    pragma: str, value: object, tmp_path: Path
) -> None:
    engine, _ = open_database(f"sqlite:///{tmp_path / 'a.db'}")
    with engine.connect() as first, engine.connect() as second:
        for connection in (first, second):
            assert connection.exec_driver_sql(f"pragma {pragma}").scalar() == value
    engine.dispose()


@pytest.mark.parametrize(
    ("setting", "value"),
    [("synchronous_commit", "on"), ("statement_timeout", "10s"), ("lock_timeout", "10s")],
)
def test_every_connection_to_a_server_is_durable_whatever_its_default(
    setting: str, value: str, tmp_path: Path
) -> None:
    with fresh_database(POSTGRESQL, tmp_path) as url:
        engine, _ = open_database(with_setting(url, "synchronous_commit", "off"))
        for _ in range(2):
            with engine.begin() as connection:
                assert connection.exec_driver_sql(f"SHOW {setting}").scalar() == value
                connection.rollback()
        engine.dispose()


@pytest.mark.parametrize(
    ("prepare", "setting"),
    [
        (postgres.open_durably, "synchronous_commit"),
        (postgres.open_to_read, "default_transaction_read_only"),
    ],
)
def test_what_a_connection_to_a_server_is_told_outlives_its_transactions(
    prepare: Callable[[Engine], None], setting: str, tmp_path: Path
) -> None:
    with fresh_database(POSTGRESQL, tmp_path) as url:
        engine = create_engine(url)
        prepare(engine)
        with engine.connect() as connection:
            connection.rollback()
            assert connection.exec_driver_sql(f"SHOW {setting}").scalar() == "on"
        engine.dispose()


def test_who_reads_a_file_cannot_write_to_it(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    path.touch()
    engine = create_engine("sqlite://")
    sqlite.open_to_read(engine, path)
    with engine.connect() as connection:
        with pytest.raises(OperationalError, match="readonly database"):
            connection.exec_driver_sql("create table a (n integer)")
    engine.dispose()


def test_no_wait_for_a_server_is_without_a_limit() -> None:
    url = postgres.with_network_limits(make_url("postgresql+psycopg://h/d?connect_timeout=1"))
    assert isinstance(url, URL)
    assert dict(url.query) == {**postgres.NETWORK, "connect_timeout": "1"}


def test_a_server_that_does_not_sync_is_warned_of() -> None:
    engine = create_engine("sqlite://")

    @event.listens_for(engine, "before_cursor_execute", retval=True)
    def _answer(*given: object) -> tuple[str, object]:
        assert given[2] == "SHOW fsync"
        return "SELECT 'off'", ()

    with capture_logs() as logs:
        postgres.warn_of_settings(engine, "here")
    engine.dispose()
    assert logs == [
        {
            "event": "database-not-durable",
            "log_level": "warning",
            "database": "here",
            "fsync": "off",
        }
    ]


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (_newer_version, "another version's database in .*schema version 3 or earlier, got 99"),
        (_newer_version_without_journal, "schema version 3 or earlier, got 99"),
        (_other_file, "cannot open the database at .*file is not a database"),
        (_folder, "not a file at .*: got a folder"),
        (_torn, "(damaged database|cannot open the database) at .*(malformed|Tree|page)"),
        (_wrong_index, "damaged database at .*: got .*index by_a"),
    ],
)
def test_what_cannot_be_used_is_refused_and_left_as_it_was(
    make: Callable[[Path], None], message: str, tmp_path: Path
) -> None:
    path = tmp_path / "a.db"
    make(path)
    before = _contents(tmp_path)
    with pytest.raises(StoreError, match=message) as raised:
        open_database(f"sqlite:///{path}")
    assert "\n" not in str(raised.value)
    assert _contents(tmp_path) == before


def test_a_large_file_is_looked_through_without_its_indices(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.db"
    _wrong_index(path)
    monkeypatch.setattr(sqlite, "LARGE", 0)
    open_database(f"sqlite:///{path}")[0].dispose()


def test_a_file_that_is_gone_is_not_replaced_by_an_empty_one(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    engine, _ = open_database(f"sqlite:///{path}")
    path.unlink()
    with pytest.raises(Exception, match="unable to open database file"):
        engine.connect()
    assert not path.exists()


@pytest.mark.parametrize("name", ["a b.db", "a?mode=ro.db", "a#b.db", "a%41.db"])
def test_a_file_may_have_any_name(name: str, tmp_path: Path) -> None:
    engine = create_engine("sqlite://")
    path = sqlite.database_file(str(tmp_path / name))
    sqlite.prepare_file(path, "here")
    sqlite.open_durably(engine, path)
    with engine.begin() as connection:
        metadata.create_all(connection)
    engine.dispose()
    assert [found.name for found in tmp_path.iterdir()] == [name]


def test_a_folder_that_cannot_be_made_is_a_store_error(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StoreError, match="cannot open the database at .*(directory|exists)"):
        open_database(f"sqlite:///{tmp_path / 'file' / 'a.db'}")


def test_a_server_that_is_not_there_is_a_store_error_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="cannot open the database at postgresql") as raised:
        open_database(f"postgresql+psycopg://me:secret@/db?host={tmp_path}")
    assert "secret" not in str(raised.value)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(
    ("url", "got"),
    [
        ("catwalk.db", "Could not parse"),
        ("", "Could not parse"),
        ("nosuch://here/db", "nosuch"),
        ("mysql://here/db", "mysql"),
        ("postgresql+nosuch://here/db", "nosuch"),
        ("postgresql+psycopg2://here/db", "psycopg2"),
        ("sqlite+aiosqlite:///a.db", "aiosqlite"),
        ("postgresql://here:port/db", "port"),
        ("sqlite://", "a database in memory"),
        ("sqlite:///:memory:", "a database in memory"),
        ("sqlite:///file:a.db?uri=true", "file:a.db"),
    ],
)
def test_an_unusable_url_is_a_wrong_setting(url: str, got: str) -> None:
    with pytest.raises(SettingsError, match="unusable database URL in store: expected ") as raised:
        open_database(url)
    assert got in str(raised.value)


def test_a_password_is_not_shown(tmp_path: Path) -> None:
    url = f"sqlite://me:secret@/{tmp_path / 'file' / 'a.db'}"
    with pytest.raises(CatwalkError) as raised:
        open_database(url)
    assert "secret" not in str(raised.value)


def test_what_a_killed_process_left_half_done_is_taken_back(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    with closing(sqlite3.connect(tmp_path / "other.db", isolation_level=None)) as other:
        # So little room that changes go into the file before they are committed.
        other.execute("PRAGMA cache_size=1")
        other.execute("CREATE TABLE mine (text)")
        other.execute("BEGIN")
        other.executemany("INSERT INTO mine VALUES (?)", [("old" * 400,)] * 500)
        other.execute("COMMIT")
        other.execute("BEGIN")
        other.execute("UPDATE mine SET text = 'new'")
        # What its death would leave.
        shutil.copy(tmp_path / "other.db", path)
        shutil.copy(tmp_path / "other.db-journal", tmp_path / "ledger.db-journal")
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as reader:
        with pytest.raises(sqlite3.OperationalError, match="readonly"):
            reader.execute("SELECT text FROM mine").fetchone()
    engine, _ = open_database(f"sqlite:///{path}")
    with engine.connect() as connection:
        texts = connection.exec_driver_sql("SELECT DISTINCT text FROM mine").scalars().all()
    engine.dispose()
    assert texts == ["old" * 400]
    assert not path.with_name("ledger.db-journal").exists()
