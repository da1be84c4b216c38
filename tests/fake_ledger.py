"""A ledger for tests, without disk and thread: its own statements, on a database in memory."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from itertools import count
from typing import Any, Concatenate, ParamSpec, TypeVar, cast

from sqlalchemy import Connection, create_engine
from sqlalchemy.pool import StaticPool

from producer.ledger import answers, runs, sessions, tables
from producer.ledger.ledger import Ledger
from producer.ledger.records import (
    KeptSession,
    SessionRecord,
    Skip,
    StoredPredictions,
    StoredRun,
    Wish,
)
from producer.vitals import WriterPulse
from shared.messages import Accepted, Results, Session, SessionInfo
from shared.reports import ProducerWire
from shared.states import SessionState

P = ParamSpec("P")
T = TypeVar("T")


class FakeLedger:
    """A ledger that can be held back or made to fail, and keeps what it was given.

    While its gate is shut everything waits but marks, which wait while ``marking`` is not set;
    while it has a failure all raises that.
    """

    def __init__(self) -> None:
        self._engine = create_engine("sqlite://", poolclass=StaticPool)
        tables.metadata.create_all(self._engine)
        self.runs: list[StoredRun] = []
        self.marks: list[tuple[SessionState, int]] = []
        self.created: list[SessionRecord] = []
        self.receipts: list[str] = []
        self.failure: Exception | None = None
        self._claims = count()
        self.hurried = False
        self.gate = asyncio.Event()
        self.gate.set()
        self.marking = asyncio.Event()
        self.marking.set()
        self.writer = WriterPulse(alive=True, waiting_s=0.0, quiet_s=0.0)

    @property
    def real(self) -> Ledger:
        """Itself, as what it stands for."""
        return cast(Ledger, self)

    def at_once(
        self, work: Callable[Concatenate[Connection, P], T], *args: P.args, **given: P.kwargs
    ) -> T:
        """Do a piece of the ledger's work in a transaction, whatever the gate says."""
        with self._engine.begin() as connection:
            return work(connection, *args, **given)

    def close(self) -> None:
        """Let go of the database."""
        self._engine.dispose()

    def pulse(self) -> WriterPulse:
        """What a test says of its writer."""
        return self.writer

    async def create(self, record: SessionRecord) -> None:
        """Keep a new session."""
        await self._do(sessions.create, record)
        self.created.append(record)

    async def kept(self, session: str) -> KeptSession:
        """A session as it is now."""
        return await self._do(sessions.kept, session)

    async def latest(self, wish: Wish) -> str | None:
        """The newest session that fits."""
        return await self._do(sessions.latest, wish)

    async def resume(self, session: str, epoch: int) -> KeptSession:
        """Begin the session's next epoch."""
        return await self._do(sessions.resume, session, epoch, claim=f"{next(self._claims):016x}")

    async def append(self, stored: StoredRun) -> None:
        """Keep a run."""
        await self._do(runs.append, stored)
        self.runs.append(stored)

    async def mark(
        self,
        session: str,
        epoch: int,
        state: SessionState,
        frames: int,
        *,
        skips: tuple[Skip, ...] = (),
        wire: ProducerWire,
    ) -> None:
        """Keep how a session is."""
        await self.marking.wait()
        if self.failure is not None:
            raise self.failure
        self.at_once(sessions.mark, session, epoch, state, frames, skips=skips, wire=wire)
        self.marks.append((state, frames))

    def note(self, *given: Any, **named: Any) -> None:
        """Keep how a session is, and wait for nothing."""
        if self.failure is None:
            self.at_once(sessions.mark, *given, **named)
            self.marks.append(given[2:4])

    def hurry(self) -> None:
        """Remember that no failing database is to be waited for."""
        self.hurried = True

    async def predictions(
        self, session: str, *, first: int = 0, limit: int | None = None
    ) -> StoredPredictions:
        """Stored predictions, in order."""
        return await self._do(runs.predictions, session, first=first, limit=limit)

    async def accept(self, posted: Results, accepted: Accepted) -> Accepted:
        """Keep posted results and their answer."""
        answer = await self._do(answers.accept, posted, accepted)
        self.receipts.append(answer.receipt)
        return answer

    async def accepted(self, session: str) -> Accepted:
        """The answer that was given."""
        return await self._do(answers.accepted, session)

    async def suspend_all(self) -> int:
        """Suspend what an earlier life left."""
        return await self._do(sessions.suspend_all)

    async def sessions(self, limit: int) -> tuple[SessionInfo, ...]:
        """The newest sessions."""
        return await self._do(answers.list_sessions, limit)

    async def session(self, session: str) -> Session:
        """One session with what was answered."""
        return await self._do(answers.show_session, session)

    async def _do(
        self, work: Callable[Concatenate[Connection, P], T], *args: P.args, **given: P.kwargs
    ) -> T:
        await self.gate.wait()
        if self.failure is not None:
            raise self.failure
        return self.at_once(work, *args, **given)


def new_record(session: str, **given: Any) -> SessionRecord:
    """What is written when a session is opened; what is not given is plain."""
    plain: dict[str, Any] = {
        "consumer": "me",
        "model": "",
        "classes": (),
        "dataset": "six.pickle",
        "dataset_digest": "0" * 32,
        "fps": 0.0,
        "frames": 6,
        "delivery": "every",
        "created": 1_700_000_000.0,
    }
    return SessionRecord(session, **plain | given)
