"""What was answered to posted results, and what the ledger answers to questions."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from producer.ledger import tables
from shared.errors import NoSessionError, StateError
from shared.messages import Accepted, Results
from shared.messages import Session as SessionAnswer
from shared.messages import SessionInfo
from shared.reports import BalanceSheet, Score
from shared.states import SessionState

_known = tables.sessions.c
_results = tables.results.c
_INFO = select(tables.sessions, _results.balance, _results.score).outerjoin(
    tables.results, _results.session == _known.id
)


def accept(connection: Connection, posted: Results, answer: Accepted) -> Accepted:
    """Store posted results and the answer to them; the same again gives the answer stored first.

    Raises:
        StateError: other results were accepted for the session before.
    """
    stored = _stored_answer(connection, posted.session)
    if stored is None:
        _write(connection, posted, answer)
        return answer
    if stored.receipt != answer.receipt:
        raise StateError(
            "other results were accepted before",
            where=f"session {posted.session}",
            expected=f"the content with receipt {stored.receipt}",
            got=answer.receipt,
        )
    return stored


def accepted(connection: Connection, session: str) -> Accepted:
    """The answer that was given to the session's results.

    Raises:
        StateError: none was given yet.
    """
    stored = _stored_answer(connection, session)
    if stored is None:
        raise StateError("no results were accepted", where=f"session {session}")
    return stored


def list_sessions(connection: Connection, limit: int) -> tuple[SessionInfo, ...]:
    """The newest sessions, newest first, at most ``limit``."""
    newest = _INFO.order_by(_known.created.desc(), _known.id.desc()).limit(limit)
    return tuple(_info(row) for row in connection.execute(newest))


def show_session(connection: Connection, session: str) -> SessionAnswer:
    """One session with its balance sheet and score.

    Raises:
        NoSessionError: there is no such session.
    """
    row = connection.execute(_INFO.where(_known.id == session)).one_or_none()
    if row is None:
        raise NoSessionError("no such session", where="the ledger", got=session)
    return SessionAnswer(
        info=_info(row),
        balance=row.balance and BalanceSheet.model_validate(row.balance, strict=False),
        score=row.score and Score.model_validate(row.score, strict=False),
    )


def _stored_answer(connection: Connection, session: str) -> Accepted | None:
    row = connection.execute(
        select(tables.results).where(_results.session == session)
    ).one_or_none()
    if row is None:
        return None
    return Accepted(
        session=session,
        receipt=row.receipt,
        balance=BalanceSheet.model_validate(row.balance, strict=False),
        score=row.score and Score.model_validate(row.score, strict=False),
    )


def _write(connection: Connection, posted: Results, answer: Accepted) -> None:
    connection.execute(
        insert(tables.results).values(
            session=posted.session,
            receipt=answer.receipt,
            summary=posted.summary.model_dump(mode="json"),
            balance=answer.balance.model_dump(mode="json"),
            score=answer.score and answer.score.model_dump(mode="json"),
        )
    )
    # Dumped, a picture would be the text of base64 again.
    rows = [
        sample.model_dump() | {"session": posted.session, "png": sample.png, "place": place}
        for place, sample in enumerate(posted.samples)
    ]
    if rows:
        connection.execute(insert(tables.samples), rows)
    connection.execute(
        update(tables.sessions)
        .where(_known.id == posted.session)
        .values(state=str(SessionState.ACCEPTED))
    )


def _info(row: Row[Any]) -> SessionInfo:
    return SessionInfo(
        session=row.id,
        consumer=row.consumer,
        dataset=row.dataset,
        state=row.state,
        fps=row.fps,
        frames=row.frames,
        stored=row.stored,
        created=row.created,
        verdict=row.balance and row.balance["verdict"],
    )
