"""accept keeps results and the answer to them once; accepted gives it again."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from databases import KINDS, fresh_database
from ledger_parts import OTHER, SESSION, Script, connected, png, record, sample
from sqlalchemy import Connection, func, select

from producer.ledger.answers import accept, accepted, show_session
from producer.ledger.sessions import create
from producer.ledger.tables import results, samples
from shared.errors import StateError


@pytest.fixture(name="connection", params=KINDS)
def connect(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Connection]:
    """A connection to an empty ledger of each kind."""
    with fresh_database(request.param, tmp_path) as url, connected(url) as connection:
        yield connection


@pytest.fixture(name="script")
def begin(connection: Connection) -> Script:
    """The frames of a session that was just made."""
    create(connection, record(frames=2))
    script = Script()
    script.run([0, -1])
    return script


def test_results_are_kept_with_balance_score_and_pictures(
    connection: Connection, script: Script
) -> None:
    posted = script.results(sample(1, 2, 1), sample(0, 0, 0))
    answer = script.accepted(posted, 2)
    assert accept(connection, posted, answer) == answer
    assert accepted(connection, SESSION) == answer
    shown = show_session(connection, SESSION)
    assert (shown.balance, shown.score) == (answer.balance, answer.score)
    assert (shown.info.state, shown.info.verdict) == ("accepted", "PASS")
    kept = connection.execute(select(samples).order_by(samples.c.place)).all()
    assert [(row.sequence, row.label, row.name, row.png) for row in kept] == [
        (1, 2, "bag", png()),
        (0, 0, "shoe", png()),
    ]


def test_results_without_score_are_kept_without_score(
    connection: Connection, script: Script
) -> None:
    posted = script.results()
    answer = script.accepted(posted, 2).model_copy(update={"score": None})
    accept(connection, posted, answer)
    assert accepted(connection, SESSION) == answer


def test_the_same_results_again_get_the_answer_that_was_stored(
    connection: Connection, script: Script
) -> None:
    posted = script.results(sample(0, 0, 0))
    first = script.accepted(posted, 2)
    accept(connection, posted, first)
    assert accept(connection, posted, first.model_copy(update={"score": None})) == first
    counts = [connection.scalar(select(func.count()).select_from(t)) for t in (results, samples)]
    assert counts == [1, 1]


def test_other_results_are_refused_and_not_stored(connection: Connection, script: Script) -> None:
    posted = script.results()
    first = script.accepted(posted, 2)
    accept(connection, posted, first)
    with pytest.raises(
        StateError,
        match=f"other results were accepted before in session {SESSION}: "
        f"expected the content with receipt {first.receipt}, got {'b' * 32}",
    ):
        accept(connection, posted, first.model_copy(update={"receipt": "b" * 32}))
    assert accepted(connection, SESSION) == first


@pytest.mark.parametrize("session", [SESSION, OTHER])
def test_where_none_was_given_there_is_no_answer(connection: Connection, session: str) -> None:
    create(connection, record())
    with pytest.raises(StateError, match=f"no results were accepted in session {session}"):
        accepted(connection, session)
