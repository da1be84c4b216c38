"""resume begins the next epoch of a session, once for each who saw the last."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from databases import KINDS, fresh_database
from ledger_parts import OTHER, SESSION, Script, connected, record, write_session
from sqlalchemy import Connection, update

from producer.ledger.records import Skip
from producer.ledger.runs import append
from producer.ledger.sessions import create, kept, resume
from producer.ledger.tables import sessions
from shared.errors import NoSessionError, StateError
from shared.states import SessionState


@pytest.fixture(name="connection", params=KINDS)
def connect(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Connection]:
    """A connection to an empty ledger of each kind."""
    with fresh_database(request.param, tmp_path) as url, connected(url) as connection:
        yield connection


@pytest.mark.parametrize("state", ["opened", "streaming", "draining", "complete", "suspended"])
def test_a_session_goes_on_where_it_was_in_its_next_epoch(
    connection: Connection, state: str
) -> None:
    create(connection, record())
    script = Script()
    append(connection, script.run([0, -1], Skip(1, 4)))
    connection.execute(update(sessions).values(state=state))
    before = kept(connection, SESSION)
    after = resume(connection, SESSION, 1, claim="a" * 16)
    assert (after.epoch, after.state) == (2, SessionState.OPENED)
    assert (after.stored, after.unclassified, after.skipped) == (2, 1, 4)
    assert (after.digest, after.wire) == (script.digest, before.wire)
    assert kept(connection, SESSION) == after


def test_an_accepted_session_stays_accepted(connection: Connection) -> None:
    write_session(connection)
    after = resume(connection, SESSION, 1, claim="a" * 16)
    assert (after.epoch, after.state) == (2, SessionState.ACCEPTED)


def test_of_two_who_saw_the_same_epoch_one_resumes(connection: Connection) -> None:
    create(connection, record())
    resume(connection, SESSION, 1, claim="a" * 16)
    with pytest.raises(StateError, match="resumed by another .*expected epoch 1, got 2"):
        resume(connection, SESSION, 1, claim="b" * 16)
    assert kept(connection, SESSION).epoch == 2


def test_the_same_call_repeated_is_done_once(connection: Connection) -> None:
    create(connection, record())
    first = resume(connection, SESSION, 1, claim="a" * 16)
    assert resume(connection, SESSION, 1, claim="a" * 16) == first


def test_an_epoch_that_is_not_yet_is_refused(connection: Connection) -> None:
    create(connection, record())
    with pytest.raises(StateError, match="expected epoch 2, got 1"):
        resume(connection, SESSION, 2, claim="a" * 16)


def test_an_unknown_session_is_no_session(connection: Connection) -> None:
    with pytest.raises(NoSessionError, match=OTHER):
        resume(connection, OTHER, 1, claim="a" * 16)
