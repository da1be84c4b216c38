"""latest finds the newest session that a consumer may take up again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from databases import KINDS, fresh_database
from ledger_parts import IMAGES, CLASSES, Script, connected, record
from sqlalchemy import Connection, update

from producer.ledger.answers import accept
from producer.ledger.records import Wish
from producer.ledger.sessions import create, latest, mark
from producer.ledger.tables import sessions
from shared.reports import ProducerWire
from shared.states import SessionState

WISH = Wish("me", "net", CLASSES, IMAGES.digest(), "newest", None, None)


@pytest.fixture(name="connection", params=KINDS)
def connect(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Connection]:
    """A connection to an empty ledger of each kind."""
    with fresh_database(request.param, tmp_path) as url, connected(url) as connection:
        yield connection


def _name(number: int) -> str:
    return f"{number:016x}"


def test_where_there_is_none_there_is_none(connection: Connection) -> None:
    assert latest(connection, WISH) is None


def test_the_newest_is_found_and_of_equally_new_ones_the_last_by_name(
    connection: Connection,
) -> None:
    for number, created in ((3, 1.0), (1, 2.0), (2, 2.0), (4, 0.5)):
        create(connection, record(_name(number), created=created))
    assert latest(connection, WISH) == _name(2)


@pytest.mark.parametrize(
    ("change", "fits"),
    [
        ({}, True),
        ({"consumer": "you"}, False),
        ({"model": "other"}, False),
        ({"classes": CLASSES[::-1]}, False),
        ({"classes": ()}, False),
        ({"dataset_digest": "d" * 64}, False),
        ({"delivery": "every"}, False),
        ({"fps": 10.0}, True),
        ({"fps": 10.5}, False),
        ({"frames": 100}, True),
        ({"frames": 99}, False),
    ],
)
def test_it_must_fit_what_is_wished_for(
    connection: Connection, change: dict[str, Any], fits: bool
) -> None:
    create(connection, record())
    found = latest(connection, replace(WISH, **change))
    assert (found == record().session) == fits


def test_a_session_that_was_stopped_fits_the_frames_it_was_begun_with(
    connection: Connection,
) -> None:
    create(connection, record())
    mark(
        connection,
        record().session,
        1,
        SessionState.DRAINING,
        40,
        skips=(),
        wire=ProducerWire(),
    )
    assert latest(connection, replace(WISH, frames=100)) == record().session
    assert latest(connection, replace(WISH, frames=40)) is None


def test_an_accepted_session_and_one_without_digest_are_passed_over(
    connection: Connection,
) -> None:
    for number in (1, 2, 3):
        create(connection, record(_name(number), created=float(number)))
    script = Script(_name(3))
    posted = script.results()
    accept(connection, posted, script.accepted(posted, 0))
    connection.execute(update(sessions).where(sessions.c.id == _name(2)).values(digest=None))
    assert latest(connection, WISH) == _name(1)
