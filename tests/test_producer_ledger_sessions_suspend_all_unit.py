"""suspend_all suspends what an earlier life left as if it were connected."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from databases import KINDS, fresh_database
from ledger_parts import connected, record
from sqlalchemy import Connection, update

from producer.ledger.sessions import create, kept, suspend_all
from producer.ledger.tables import sessions
from shared.states import SessionState


@pytest.fixture(name="connection", params=KINDS)
def connect(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Connection]:
    """A connection to an empty ledger of each kind."""
    with fresh_database(request.param, tmp_path) as url, connected(url) as connection:
        yield connection


def test_only_what_was_left_connected_is_suspended_and_counted(connection: Connection) -> None:
    names = {state: f"{place:016x}" for place, state in enumerate(SessionState)}
    for state, name in names.items():
        create(connection, record(name))
        chosen = update(sessions).where(sessions.c.id == name)
        connection.execute(chosen.values(state=str(state)))
    assert suspend_all(connection) == 4
    found = {state: kept(connection, name).state for state, name in names.items()}
    assert found.pop(SessionState.ACCEPTED) is SessionState.ACCEPTED
    assert set(found.values()) == {SessionState.SUSPENDED}
    assert suspend_all(connection) == 0
