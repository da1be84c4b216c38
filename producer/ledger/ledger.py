"""What the producer remembers: sessions, runs of predictions, results and samples."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, Row, insert, select, update

from producer.ledger import tables
from producer.ledger.database import open_database
from producer.ledger.writer import LedgerWriter
from producer.vitals import WriterPulse
from shared.errors import StateError
from shared.messages import Accepted, Predictions, Results
from shared.messages import Session as SessionAnswer
from shared.messages import SessionInfo
from shared.reports import BalanceSheet, Score
from shared.states import SessionState

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class SessionRecord:
    """What is written when a session is opened; ``created`` in seconds since 1970-01-01 UTC."""

    session: str
    consumer: str
    model: str
    classes: tuple[str, ...]
    dataset: str
    dataset_digest: str
    fps: float
    frames: int
    epoch: int
    created: float


@dataclass(frozen=True, slots=True, eq=False)
class StoredPredictions:
    """All stored predictions of a session, frames 0 to n-1.

    Args:
        labels: int16 (n,), -1 where unclassified.
        confidences: float32 (n,), 0..1.
    """

    labels: NDArray[np.int16]
    confidences: NDArray[np.float32]

    @property
    def unclassified(self) -> int:
        """How many frames are stored with a reason in place of a label."""
        return int(np.count_nonzero(self.labels < 0))


class Ledger:
    """The database behind an asyncio face; every method returns once its work is on disk.

    Args:
        url: a SQLAlchemy URL, such as ``sqlite:///catwalk.db``.

    Raises:
        SettingsError: the URL is none, its driver is not installed, or it names no file.
        StoreError: the database cannot be opened, or was written by another version.
    """

    def __init__(self, url: str) -> None:
        engine, where = open_database(url)
        self._writer = LedgerWriter(engine, where=where)

    async def create(self, record: SessionRecord) -> None:
        """Write down a new session."""
        await self._do(lambda connection: _create(connection, record))

    async def append(self, run: Predictions) -> None:
        """Store a run of predictions where it continues the stored prefix.

        Raises:
            StateError: it does not continue it, or is of another epoch; nothing is stored.
        """
        await self._do(lambda connection: _append(connection, run))

    async def mark(self, session: str, state: SessionState, frames: int) -> None:
        """Write down the session's state and its number of frames."""
        change = (
            update(tables.sessions)
            .where(tables.sessions.c.id == session)
            # What was accepted stays so, whatever crosses it.
            .where(tables.sessions.c.state != str(SessionState.ACCEPTED))
            .values(state=str(state), frames=frames)
        )
        await self._do(lambda connection: connection.execute(change) and None)

    async def predictions(self, session: str) -> StoredPredictions:
        """Read back every stored prediction of a session, in order."""
        return await self._do(lambda connection: _predictions(connection, session))

    async def accept(self, posted: Results, accepted: Accepted) -> None:
        """Store posted results and the answer to them, in one transaction.

        Raises:
            StateError: other results were accepted for the session before.
        """
        await self._do(lambda connection: _accept(connection, posted, accepted))

    async def sessions(self, limit: int) -> tuple[SessionInfo, ...]:
        """The newest sessions, newest first."""
        return await self._do(lambda connection: _sessions(connection, limit))

    async def session(self, session: str) -> SessionAnswer:
        """One session with its balance sheet and score.

        Raises:
            StateError: there is no such session.
        """
        return await self._do(lambda connection: _session(connection, session))

    def pulse(self) -> WriterPulse:
        """How the thread that writes is doing; does not wait for it."""
        return self._writer.pulse()

    def close(self) -> None:
        """Finish what is waiting and close the database."""
        self._writer.close()

    async def _do(self, operation: Callable[[Connection], T]) -> T:
        # Shielded: once submitted, the operation happens, whoever stops waiting for it.
        return await asyncio.shield(asyncio.wrap_future(self._writer.submit(operation)))


def _create(connection: Connection, record: SessionRecord) -> None:
    connection.execute(
        insert(tables.sessions).values(
            id=record.session,
            consumer=record.consumer,
            model=record.model,
            classes=list(record.classes),
            dataset=record.dataset,
            dataset_digest=record.dataset_digest,
            fps=record.fps,
            frames=record.frames,
            epoch=record.epoch,
            created=record.created,
            state=str(SessionState.OPENED),
            stored=0,
            unclassified=0,
        )
    )


def _append(connection: Connection, run: Predictions) -> None:
    known = tables.sessions.c
    moved = connection.execute(
        update(tables.sessions)
        .where(known.id == run.session, known.stored == run.first, known.epoch == run.epoch)
        .values(
            stored=known.stored + len(run.labels),
            unclassified=known.unclassified + sum(label < 0 for label in run.labels),
        )
    )
    if moved.rowcount != 1:
        raise StateError(
            "run does not continue the stored frames",
            where=f"session {run.session}, epoch {run.epoch}",
            got=f"frames from {run.first}",
        )
    connection.execute(
        insert(tables.runs).values(
            session=run.session,
            first=run.first,
            epoch=run.epoch,
            labels=np.array(run.labels, "<i2").tobytes(),
            confidences=np.array(run.confidences, "<f4").tobytes(),
            reasons={str(frame.sequence): frame.reason for frame in run.unclassified},
            digest=run.digest,
        )
    )


def _predictions(connection: Connection, session: str) -> StoredPredictions:
    runs = tables.runs.c
    rows = connection.execute(
        select(runs.labels, runs.confidences).where(runs.session == session).order_by(runs.first)
    ).all()
    return StoredPredictions(
        labels=np.frombuffer(b"".join(row.labels for row in rows), "<i2").astype(np.int16),
        confidences=np.frombuffer(b"".join(row.confidences for row in rows), "<f4").astype(
            np.float32
        ),
    )


def _accept(connection: Connection, posted: Results, accepted: Accepted) -> None:
    results = tables.results
    known = connection.scalar(select(results.c.receipt).where(results.c.session == posted.session))
    if known == accepted.receipt:
        return
    if known is not None:
        raise StateError(
            "other results were accepted before",
            where=f"session {posted.session}",
            expected=f"the content with receipt {known}",
            got=accepted.receipt,
        )
    connection.execute(
        insert(results).values(
            session=posted.session,
            receipt=accepted.receipt,
            summary=posted.summary.model_dump(mode="json"),
            balance=accepted.balance.model_dump(mode="json"),
            score=accepted.score and accepted.score.model_dump(mode="json"),
        )
    )
    # Dumped, a picture would be the text of base64 again.
    rows = [
        sample.model_dump() | {"session": posted.session, "png": sample.png}
        for sample in posted.samples
    ]
    if rows:
        connection.execute(insert(tables.samples), rows)
    connection.execute(
        update(tables.sessions)
        .where(tables.sessions.c.id == posted.session)
        .values(state=str(SessionState.ACCEPTED))
    )


_INFO = select(tables.sessions, tables.results.c.balance, tables.results.c.score).outerjoin(
    tables.results, tables.results.c.session == tables.sessions.c.id
)


def _sessions(connection: Connection, limit: int) -> tuple[SessionInfo, ...]:
    newest = _INFO.order_by(tables.sessions.c.created.desc()).limit(limit)
    return tuple(_info(row) for row in connection.execute(newest))


def _session(connection: Connection, session: str) -> SessionAnswer:
    row = connection.execute(_INFO.where(tables.sessions.c.id == session)).one_or_none()
    if row is None:
        raise StateError("no such session", where="the ledger", got=session)
    return SessionAnswer(
        info=_info(row),
        balance=row.balance and BalanceSheet.model_validate(row.balance, strict=False),
        score=row.score and Score.model_validate(row.score, strict=False),
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
