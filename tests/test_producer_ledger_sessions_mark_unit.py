"""mark writes down how a session is, where it is still the one it speaks of."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from databases import KINDS, fresh_database
from ledger_parts import SESSION, Script, connected, record, write_session
from sqlalchemy import Connection

from producer.ledger.records import Skip
from producer.ledger.runs import append, skips_of
from producer.ledger.sessions import add_skips, create, kept, mark, resume
from shared.reports import ProducerWire
from shared.states import SessionState

WIRE = ProducerWire(frames=7, connections=2, mismatches=1, injected={"drop": 3})
COMPLETE = SessionState.COMPLETE
LAST = (Skip(2, 1), Skip(3, 2))


@pytest.fixture(name="connection", params=KINDS)
def connect(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Connection]:
    """A connection to an empty ledger of each kind."""
    with fresh_database(request.param, tmp_path) as url, connected(url) as connection:
        yield connection


def test_state_frames_and_wire_are_written_down(connection: Connection) -> None:
    create(connection, record())
    mark(connection, SESSION, 1, SessionState.DRAINING, 42, skips=(), wire=WIRE)
    found = kept(connection, SESSION)
    assert (found.state, found.record.frames, found.wire) == (SessionState.DRAINING, 42, WIRE)


@pytest.mark.parametrize("times", [1, 2])
def test_what_was_skipped_last_is_counted_once(connection: Connection, times: int) -> None:
    create(connection, record())
    append(connection, Script().run([0, 1]))
    for _ in range(times):
        mark(connection, SESSION, 1, COMPLETE, 5, skips=LAST, wire=WIRE)
    assert kept(connection, SESSION).skipped == 3
    assert skips_of(connection, SESSION) == list(LAST)


def test_an_older_epoch_changes_nothing(connection: Connection) -> None:
    create(connection, record())
    resume(connection, SESSION, 1, claim="a" * 16)
    before = kept(connection, SESSION)
    mark(connection, SESSION, 1, SessionState.SUSPENDED, 5, skips=LAST, wire=WIRE)
    assert kept(connection, SESSION) == before
    assert skips_of(connection, SESSION) == []


def test_an_accepted_session_stays_as_it_is(connection: Connection) -> None:
    write_session(connection)
    before = kept(connection, SESSION)
    mark(connection, SESSION, 1, SessionState.SUSPENDED, 5, skips=LAST, wire=WIRE)
    assert kept(connection, SESSION) == before


def test_skips_add_up(connection: Connection) -> None:
    create(connection, record())
    for skips in ((), (Skip(7, 2),), (Skip(1, 1), Skip(3, 1))):
        add_skips(connection, SESSION, skips)
    assert kept(connection, SESSION).skipped == 4
    assert skips_of(connection, SESSION) == [Skip(1, 1), Skip(3, 1), Skip(7, 2)]
