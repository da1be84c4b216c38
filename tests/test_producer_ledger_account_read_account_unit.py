"""read_account gives a session with all that belongs to it, as it stands there."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from databases import KINDS, fresh_database
from ledger_parts import OTHER, REASON, SESSION, connected, record, write_session
from sqlalchemy import Connection, update

from producer.ledger.account import Account, KeptAnswer, KeptRun, KeptSample, read_account
from producer.ledger.records import Skip
from producer.ledger.sessions import create
from producer.ledger.tables import sessions
from shared.errors import NoSessionError


@pytest.fixture(name="connection", params=KINDS)
def connect(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Connection]:
    """A connection to an empty ledger of each kind."""
    with fresh_database(request.param, tmp_path) as url, connected(url) as connection:
        yield connection


def test_a_session_comes_with_all_that_belongs_to_it(connection: Connection) -> None:
    script = write_session(connection)
    create(connection, record(OTHER))
    account = read_account(connection, SESSION)
    assert (account.record, account.planned, account.epoch) == (record(frames=9), 9, 1)
    assert (account.state, account.digest) == ("accepted", script.digest)
    assert (account.stored, account.unclassified, account.skipped) == (6, 1, 3)
    assert account.skips == (Skip(3, 1), Skip(5, 1), Skip(8, 1))
    first, second = account.runs
    assert isinstance(first, KeptRun)
    assert (first.first, first.labels, first.reasons) == (0, b"\0\0\1\0\xff\xff", {"2": REASON})
    assert (second.first, len(second.confidences), len(second.sent_ns or b"")) == (3, 12, 24)
    assert isinstance(account.answer, KeptAnswer)
    assert account.answer.balance["verdict"] == "PASS"
    assert [(sample.sequence, sample.place) for sample in account.samples] == [(4, 0), (1, 1)]
    assert isinstance(account.samples[0], KeptSample)
    assert (first.sets, first.novelties) == (None, None)


def test_what_a_model_says_of_its_doubt_comes_as_it_is_stored(connection: Connection) -> None:
    write_session(connection, doubts=True)
    first, second = read_account(connection, SESSION).runs
    assert (first.sets, first.novelties) == (b"\1\3\0", b"\0\0\0\0\0\0\x80\x3e\0\0\0\0")
    assert (second.sets, len(second.novelties or b"")) == (b"\7\1\3", 12)


def test_a_session_that_has_nothing_yet_has_nothing(connection: Connection) -> None:
    create(connection, record())
    account = read_account(connection, SESSION)
    assert isinstance(account, Account)
    assert (account.runs, account.skips, account.samples, account.answer) == ((), (), (), None)


def test_a_session_of_an_earlier_version_can_be_read(connection: Connection) -> None:
    create(connection, record())
    connection.execute(update(sessions).values(digest=None))
    assert read_account(connection, SESSION).digest is None


def test_an_unknown_session_is_no_session(connection: Connection) -> None:
    with pytest.raises(NoSessionError, match=f"no such session in the ledger: got {OTHER}"):
        read_account(connection, OTHER)
