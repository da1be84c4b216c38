"""reading shows the ledger as it is at one moment, beside a producer, and changes nothing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from databases import KINDS, execute, fresh_database
from ledger_parts import OTHER, SESSION, connected, record, write_session
from ledger_version_1 import write_version_1

from producer.ledger.account import read_account
from producer.ledger.answers import list_sessions
from producer.ledger.database import reading
from producer.ledger.sessions import create
from shared.errors import NoSessionError, SettingsError, StoreError


@pytest.fixture(name="url", params=KINDS)
def empty_database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """An empty database of each kind."""
    with fresh_database(request.param, tmp_path) as url:
        yield url


def test_what_a_producer_committed_is_seen_while_it_uses_the_ledger(url: str) -> None:
    with connected(url) as producers:
        write_session(producers)
        producers.commit()
        create(producers, record(OTHER))
        with reading(url) as connection:
            assert [info.session for info in list_sessions(connection, 9)] == [SESSION]


def test_all_that_is_read_is_of_one_moment(url: str) -> None:
    with connected(url) as producers:
        create(producers, record())
        producers.commit()
        with reading(url) as connection:
            assert len(list_sessions(connection, 9)) == 1
            create(producers, record(OTHER))
            producers.commit()
            assert len(list_sessions(connection, 9)) == 1
        with reading(url) as connection:
            assert len(list_sessions(connection, 9)) == 2


def test_nothing_can_be_written(url: str) -> None:
    with connected(url):
        pass
    with pytest.raises(StoreError, match="(readonly database|read-only transaction)"):
        with reading(url) as connection:
            create(connection, record())


def test_an_error_of_the_reader_is_its_own(url: str) -> None:
    with connected(url):
        pass
    with pytest.raises(NoSessionError), reading(url) as connection:
        read_account(connection, SESSION)


def test_a_database_without_a_ledger_is_refused_and_left_empty(url: str) -> None:
    execute(url, "create table mine (n integer)")
    with pytest.raises(StoreError, match="not a ledger of this version .*got no tables"):
        with reading(url):
            pass
    with pytest.raises(Exception, match="sessions"):
        execute(url, "select * from sessions")


def test_an_older_ledger_is_left_to_the_producer(url: str) -> None:
    write_version_1(url)
    with pytest.raises(StoreError, match="version 3, which the producer makes at start, got 1"):
        with reading(url):
            pass
    assert execute(url, "select version from schema_version") == [(1,)]


def test_a_newer_ledger_is_refused(url: str) -> None:
    execute(url, "create table schema_version (version integer)")
    execute(url, "insert into schema_version values (99)")
    with pytest.raises(StoreError, match="another version's database .*got 99"):
        with reading(url):
            pass


def test_a_file_that_is_missing_is_not_made(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "a.db"
    with pytest.raises(StoreError, match="no such database at sqlite:///.*a.db"):
        with reading(f"sqlite:///{path}"):
            pass
    assert not path.parent.exists()


def test_a_file_that_is_none_of_sqlites_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.db").write_bytes(b"this is no database" * 400)
    with pytest.raises(StoreError, match="file is not a database"):
        with reading(f"sqlite:///{tmp_path / 'a.db'}"):
            pass


@pytest.mark.parametrize("url", ["nosuch://here", "sqlite://"])
def test_an_unusable_url_is_a_wrong_setting(url: str) -> None:
    with pytest.raises(SettingsError, match="unusable database URL"):
        with reading(url):
            pass
