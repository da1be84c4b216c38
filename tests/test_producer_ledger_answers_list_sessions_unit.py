"""list_sessions and show_session say what the ledger has."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from databases import KINDS, fresh_database
from ledger_parts import OTHER, SESSION, connected, record
from sqlalchemy import Connection

from producer.ledger.answers import list_sessions, show_session
from producer.ledger.sessions import create
from shared.errors import NoSessionError


@pytest.fixture(name="connection", params=KINDS)
def connect(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Connection]:
    """A connection to an empty ledger of each kind."""
    with fresh_database(request.param, tmp_path) as url, connected(url) as connection:
        yield connection


def test_a_new_session_is_open_and_empty(connection: Connection) -> None:
    create(connection, record())
    answer = show_session(connection, SESSION)
    assert answer.info.model_dump(exclude={"type"}) == {
        "session": SESSION,
        "consumer": "me",
        "dataset": "a.pickle",
        "state": "opened",
        "fps": 10.0,
        "frames": 100,
        "stored": 0,
        "created": 1.0,
        "verdict": None,
    }
    assert (answer.balance, answer.score) == (None, None)


def test_an_unknown_session_is_no_session(connection: Connection) -> None:
    with pytest.raises(NoSessionError, match=f"no such session in the ledger: got {OTHER}"):
        show_session(connection, OTHER)


def test_sessions_come_newest_first_up_to_the_limit(connection: Connection) -> None:
    for k in (3, 2, 4, 1):
        create(connection, record(f"{k:016x}", created=float(k)))
    assert [info.created for info in list_sessions(connection, 500)] == [4.0, 3.0, 2.0, 1.0]
    assert [info.created for info in list_sessions(connection, 2)] == [4.0, 3.0]
