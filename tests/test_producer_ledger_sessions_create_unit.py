"""create writes a session down once, and kept reads it back."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from databases import KINDS, fresh_database
from ledger_parts import OTHER, SESSION, connected, record
from sqlalchemy import Connection, select, update

from producer.ledger.records import KeptSession
from producer.ledger.sessions import create, kept, record_of
from producer.ledger.tables import sessions
from shared.digests import NO_FRAMES
from shared.errors import NoSessionError, StateError
from shared.reports import ProducerWire
from shared.states import SessionState


@pytest.fixture(name="connection", params=KINDS)
def connect(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Connection]:
    """A connection to an empty ledger of each kind."""
    with fresh_database(request.param, tmp_path) as url, connected(url) as connection:
        yield connection


def test_a_new_session_is_open_empty_and_in_its_first_epoch(connection: Connection) -> None:
    create(connection, record())
    assert kept(connection, SESSION) == KeptSession(
        record=record(),
        epoch=1,
        state=SessionState.OPENED,
        stored=0,
        unclassified=0,
        skipped=0,
        digest=NO_FRAMES,
        wire=ProducerWire(),
    )


def test_the_same_again_is_no_error_and_changes_nothing(connection: Connection) -> None:
    create(connection, record())
    before = connection.execute(select(sessions)).all()
    create(connection, record())
    assert connection.execute(select(sessions)).all() == before
    assert record_of(before[0]) == record()


@pytest.mark.parametrize("change", [{"consumer": "you"}, {"created": 2.0}, {"classes": ()}])
def test_another_session_of_the_same_name_is_refused(
    connection: Connection, change: dict[str, Any]
) -> None:
    create(connection, record())
    with pytest.raises(StateError, match=f"the session exists in session {SESSION}"):
        create(connection, record(**change))
    assert kept(connection, SESSION).record == record()


def test_an_unknown_session_is_no_session(connection: Connection) -> None:
    with pytest.raises(NoSessionError, match=f"no such session in the ledger: got {OTHER}"):
        kept(connection, OTHER)


def test_frames_that_an_earlier_version_stored_cannot_be_gone_on_from(
    connection: Connection,
) -> None:
    create(connection, record())
    connection.execute(update(sessions).values(digest=None))
    with pytest.raises(StateError, match="cannot be resumed .*got none: an earlier version"):
        kept(connection, SESSION)
