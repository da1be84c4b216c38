"""What the producer remembers: sessions, runs of predictions, results and samples."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable
from typing import TypeVar

from sqlalchemy import Connection

from producer.ledger import answers, runs, sessions
from producer.ledger.database import open_database
from producer.ledger.records import (
    KeptSession,
    SessionRecord,
    Skip,
    StoredPredictions,
    StoredRun,
    Wish,
)
from producer.ledger.writer import LedgerWriter
from producer.vitals import WriterPulse
from shared.messages import Accepted, Results, SessionInfo
from shared.messages import Session as SessionAnswer
from shared.reports import ProducerWire
from shared.states import SessionState

T = TypeVar("T")


class Ledger:
    """The database behind an asyncio face; every method returns once its work is on disk.

    While the database fails, work is tried again for some seconds (see LedgerWriter), even where
    it was in doubt whether it had been committed: every method may be repeated without harm. One
    that fails for good raises StoreError, besides the errors it names. After ``hurry`` a failing
    database is not waited for.

    Args:
        url: a SQLAlchemy URL, such as ``sqlite:///catwalk.db``.

    Raises:
        SettingsError: the URL is none, its driver is not installed, or it names no file.
        StoreError: the database cannot be opened, is damaged, or a newer version wrote it.
    """

    def __init__(self, url: str) -> None:
        engine, where = open_database(url)
        self._writer = LedgerWriter(engine, where=where)

    async def create(self, record: SessionRecord) -> None:
        """Write down a new session.

        Raises:
            StateError: another session has its name.
        """
        await self._do(lambda connection: sessions.create(connection, record))

    async def kept(self, session: str) -> KeptSession:
        """A session as it is now.

        Raises:
            NoSessionError: there is none of this name.
            StateError: an earlier version stored frames of it, and no digest to go on from.
        """
        return await self._do(lambda connection: sessions.kept(connection, session))

    async def latest(self, wish: Wish) -> str | None:
        """The newest session that is not accepted and fits the wish; None where none does."""
        return await self._do(lambda connection: sessions.latest(connection, wish))

    async def resume(self, session: str, epoch: int) -> KeptSession:
        """Begin the session's next epoch, if it is still in ``epoch``, and give it as it is then.

        Raises:
            NoSessionError: there is none of this name.
            StateError: its epoch has moved, or an earlier version kept no digest to go on from.
        """
        claim = secrets.token_hex(8)
        return await self._do(
            lambda connection: sessions.resume(connection, session, epoch, claim=claim)
        )

    async def append(self, stored: StoredRun) -> None:
        """Store a run of predictions where it continues the stored prefix.

        Raises:
            StateError: it does not continue it, or is of another epoch; nothing is stored.
        """
        await self._do(lambda connection: runs.append(connection, stored))

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
        """Write down how a session is; see ``producer.ledger.sessions.mark``."""
        await self._do(
            lambda connection: sessions.mark(
                connection, session, epoch, state, frames, skips=skips, wire=wire
            )
        )

    def note(
        self,
        session: str,
        epoch: int,
        state: SessionState,
        frames: int,
        *,
        skips: tuple[Skip, ...] = (),
        wire: ProducerWire,
    ) -> None:
        """As ``mark``, but nobody waits for it or learns whether it failed.

        Raises:
            StoreError: the ledger is closed.
        """
        self._writer.submit(
            lambda connection: sessions.mark(
                connection, session, epoch, state, frames, skips=skips, wire=wire
            )
        )

    async def predictions(
        self, session: str, *, first: int = 0, limit: int | None = None
    ) -> StoredPredictions:
        """Read back stored predictions from frame ``first`` on, at most ``limit``, in order."""
        return await self._do(
            lambda connection: runs.predictions(connection, session, first=first, limit=limit)
        )

    async def accept(self, posted: Results, accepted: Accepted) -> Accepted:
        """Store posted results and the answer to them; the same again gives the answer stored.

        Raises:
            StateError: other results were accepted for the session before.
        """
        return await self._do(lambda connection: answers.accept(connection, posted, accepted))

    async def accepted(self, session: str) -> Accepted:
        """The answer that was given to the session's results.

        Raises:
            StateError: none was given yet.
        """
        return await self._do(lambda connection: answers.accepted(connection, session))

    async def suspend_all(self) -> int:
        """Suspend every session that an earlier life left as if it were connected; how many."""
        return await self._do(sessions.suspend_all)

    async def sessions(self, limit: int) -> tuple[SessionInfo, ...]:
        """The newest sessions, newest first."""
        return await self._do(lambda connection: answers.list_sessions(connection, limit))

    async def session(self, session: str) -> SessionAnswer:
        """One session with its balance sheet and score.

        Raises:
            NoSessionError: there is no such session.
        """
        return await self._do(lambda connection: answers.show_session(connection, session))

    def pulse(self) -> WriterPulse:
        """How the thread that writes is doing; does not wait for it."""
        return self._writer.pulse()

    def hurry(self) -> None:
        """Wait for a failing database no more: the producer ends."""
        self._writer.hurry()

    def close(self) -> None:
        """Finish what is waiting and close the database."""
        self._writer.close()

    async def _do(self, operation: Callable[[Connection], T]) -> T:
        future = asyncio.wrap_future(self._writer.submit(operation))
        # Shielded: once submitted, the operation happens, whoever stops waiting for it. Then
        # nobody is left to be told of its failure, and the loop must not complain of that.
        future.add_done_callback(lambda done: done.cancelled() or done.exception())
        return await asyncio.shield(future)
