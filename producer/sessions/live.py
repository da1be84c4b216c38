"""A session while its consumer is connected: the core's decisions, joined to asyncio.

One object is one connection of a session, one epoch. A consumer that comes back gets a new one,
made from what the ledger has: whether it was cut off or the producer was killed makes no odds.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from contextlib import aclosing
from dataclasses import dataclass, field
from itertools import chain
from typing import Literal

import numpy as np
import structlog

from producer.ledger.records import Skip, StoredRun
from producer.sessions.end import End
from producer.sessions.house import House
from producer.sessions.marks import Marks
from producer.sessions.outstanding import TakenRun
from producer.sessions.player import Player, Wire
from producer.sessions.recall import recalled
from producer.sessions.session import SessionCore
from producer.sessions.settlement import settle
from shared.errors import CatwalkError, MessageError, TakenOverError
from shared.messages import (
    Event,
    Finished,
    Message,
    Predictions,
    Progress,
    Results,
    Start,
    Stopped,
    Stored,
)
from shared.reports import BalanceSheet
from shared.states import SessionEvent, SessionState, advance

log = structlog.get_logger()

LINGER_S = 5.0
"""How long a consumer whose stream is lost may store nothing before it is sent away."""

Tell = Callable[[Message], Awaitable[None]]


@dataclass(slots=True)
class _Said:
    """What the consumer was told on this connection."""

    begun: bool = False
    finished: bool = False
    verdict: Literal["PASS", "FAIL"] | None = None
    order: asyncio.Lock = field(default_factory=asyncio.Lock)
    """Who stops the session says so before another says that it is finished."""


class LiveSession:
    """One session of a connected consumer.

    Args:
        core: its counts and state.
        house: what it shares with others.
        start: what its consumer asked for.
        tell: sends a message to the consumer on its session channel.
    """

    def __init__(self, core: SessionCore, house: House, *, start: Start, tell: Tell) -> None:
        self.core = core
        self._house = house
        self._start = start
        self._tell = tell
        self._player = Player(core, house)
        self._closed = asyncio.Event()
        self._end = End(core.plan.session)
        self._marks = Marks(core, house.ledger)
        # A session that is over before its stream is fetched has a stream without frames, once.
        self._empty = core.is_over
        self._said = _Said()
        self._log = log.bind(session=core.plan.session, epoch=core.plan.epoch)

    @property
    def session(self) -> str:
        """The session's name, 16 hexadecimal digits."""
        return self.core.plan.session

    def event(self) -> Event:
        """Its figures as they are now."""
        core = self.core
        return Event(
            session=self.session,
            consumer=self._start.consumer,
            dataset=self._house.dataset,
            state=str(core.state),
            fps=core.plan.fps,
            frames=core.frames,
            sent=core.sent - core.withdrawn,
            stored=core.stored,
            verdict=self._said.verdict,
        )

    def idle_s(self, now: float) -> float:
        """For how long the next frame could have been sent and nothing was, seconds."""
        # Of a lost stream nothing can be sent; what had arrived may still be stored for a while.
        return 0.0 if self._end.is_lost else self._player.idle_s(now)

    async def begin(self, *, recall: bool) -> None:
        """Say, after ``started``, what is left of the time before this connection.

        It says no more once the session was cut or taken over: ``watch_stream`` tells why.

        Args:
            recall: whether the consumer wants the predictions that are stored.

        Raises:
            StoreError: the database failed.
        """
        if recall:
            await self._recall()
        if self._is_sent_away:
            return
        self._said.begun = True
        if self.core.is_over:
            await self._marks.mark_complete()
            await self._finish()
        if self.core.state is SessionState.ACCEPTED:
            accepted = await self._house.ledger.accepted(self.session)
            self._said.verdict = accepted.balance.verdict
            await self._tell(accepted)

    async def play(self, wire: Wire) -> None:
        """Send every frame when it is due and has credit, then say ``finished``.

        Args:
            wire: the frame stream.

        Raises:
            StateError: the stream was fetched before, or the session was lost.
            StoreError: the database failed.
        """
        if self._empty:
            self._empty = False
            return
        self.core.attach()
        await self._marks.mark()
        await self._player.play(wire)
        if self.core.state is not SessionState.SUSPENDED:
            await self._marks.mark_complete()
            await self._finish()

    def predict(self, run: Predictions) -> TakenRun:
        """Take a run of predictions, to be stored next.

        Raises:
            MessageError: it names a class that the consumer's model does not have.
            StateError: it does not continue the runs before.
            DigestError: its digest is not that of the frames sent.
            CatwalkError: the session was cut; what ``cut`` was told.
        """
        self._end.refuse()
        last = run.first + len(run.labels) - 1
        said = chain(run.labels, (classes[-1] for classes in run.sets or () if classes))
        self._check_classes(said, f"frames {run.first} to {last}")
        return self.core.predict(run)

    async def store(self, run: Predictions, taken: TakenRun) -> None:
        """Store a run that was taken, then acknowledge it.

        Raises:
            StoreError: the database failed; nothing is acknowledged.
        """
        await self._house.ledger.append(
            StoredRun(
                run=run,
                sent_ns=np.array(taken.sent_ns, np.int64),
                skips=tuple(Skip(*skip) for skip in taken.skips),
                digest=taken.digest,
                wire=self.core.wire,
            )
        )
        if not self.core.may_send:
            self._player.credited()
        self.core.run_stored(len(run.labels))
        self._house.metrics.stored.inc(len(run.labels))
        self._player.wake()
        await self._marks.mark_complete()
        await self._tell(Stored(session=self.session, through=run.first + len(run.labels) - 1))

    async def stop(self, at: int, by: Literal["consumer", "producer"]) -> None:
        """End the session after ``at`` frames.

        Raises:
            StateError: it cannot end there, or is past stopping.
            StoreError: the database failed.
            CatwalkError: the session was cut; what ``cut`` was told.
        """
        self._end.refuse()
        unfetched = self.core.state is SessionState.OPENED
        self.core.stop(at)
        self._empty = self._empty or unfetched
        self._player.wake()
        self._log.info("session-stopped", frames=at, by=by)
        async with self._said.order:
            await self._marks.mark_or_cut(self._end)
            await self._tell(Stopped(session=self.session, frames=at, by=by))
        # Nobody else would: of a lost stream nothing more is sent.
        if unfetched or self._end.is_lost:
            await self._finish()

    async def accept(self, results: Results) -> None:
        """Balance both sides, store the results and answer them.

        Raises:
            StateError: frames are missing, or other results were accepted before.
            StoreError: the database failed.
            CatwalkError: the session was cut; what ``cut`` was told.
        """
        self._end.refuse()
        self._check_classes((sample.label for sample in results.samples), "the samples")
        advance(self.core.state, SessionEvent.POST)
        ledger = self._house.ledger
        # A stop by the producer may not have come to it yet.
        await self._marks.mark_complete()
        stored = await ledger.predictions(self.session)
        # The consumer may have come back on another connection meanwhile.
        self._end.refuse()
        state = advance(self.core.state, SessionEvent.POST)
        settled = settle(
            self.core,
            results,
            stored,
            images=self._house.images,
            classes=self._start.classes,
        )
        accepted = await ledger.accept(results, settled)
        if self.core.state is not SessionState.ACCEPTED:
            self._count_verdict(accepted.balance)
        self.core.state = state
        self._said.verdict = accepted.balance.verdict
        await self._tell(accepted)

    def cut(self, cause: CatwalkError) -> None:
        """The session's connections are of no more use: the consumer is sent away."""
        self._end.cut(cause)

    def lose_stream(self, cause: CatwalkError) -> None:
        """The frame stream is gone; what came of it may still be reported."""
        self._end.lose(cause)

    def supersede(self) -> None:
        """The consumer has come back on another connection: this one is sent away."""
        self.cut(TakenOverError("the session goes on elsewhere", where=f"session {self.session}"))
        self.core.lose()
        self._player.wake()

    async def watch_stream(self) -> None:
        """Wait for the session to be cut, or for its stream to be lost and nothing to come of it.

        Raises:
            CatwalkError: what ``cut`` or ``lose_stream`` was told.
        """
        end, stored = self._end, -1
        await end.wait()
        while not end.is_cut and stored < self.core.stored:
            stored = self.core.stored
            await end.wait_cut(LINGER_S)
        if end.cause is not None:
            raise end.cause

    async def lose(self, cause: CatwalkError | str) -> None:
        """The consumer is gone, or is sent away: nothing more is sent or stored.

        Args:
            cause: the error it is sent away with, or how it has left.
        """
        if self._suspend(cause):
            await self._marks.mark_lost()

    def abandon(self, cause: str) -> None:
        """As ``lose``, but at once: the ledger is told, and nobody waits for it."""
        if self._suspend(cause):
            self._marks.note()

    async def report_progress(self, every_s: float) -> None:
        """Tell the consumer how far the session is, until nothing more is sent."""
        core = self.core
        while not await self._player.wait_over(every_s):
            await self._tell(
                Progress(
                    session=self.session, sent=core.sent, skipped=core.skipped, stored=core.stored
                )
            )

    async def end_early(self) -> None:
        """End the session after the frames already sent, because the producer stops.

        One that has not begun cannot be ended in good order: its consumer is sent away.
        """
        if not self._said.begun:
            self._end.cut_to_stop()
        elif not self.core.is_over:
            await self.stop(self.core.sent, "producer")

    def leave(self) -> None:
        """The session channel is closed."""
        self._closed.set()

    async def wait_closed(self) -> None:
        """Wait until the consumer has left."""
        await self._closed.wait()

    @property
    def _is_sent_away(self) -> bool:
        return self._end.is_cut or self.core.state is SessionState.SUSPENDED

    def _check_classes(self, said: Iterable[int], where: str) -> None:
        """Refuse what the model has no class for; one that has told no classes may say anything."""
        known, most = len(self._start.classes), max(said, default=-1)
        if known and most >= known:
            raise MessageError(
                "a class that the model does not have",
                where=f"{where} of session {self.session}",
                expected=f"0..{known - 1}",
                got=most,
            )

    def _suspend(self, cause: CatwalkError | str) -> bool:
        """Suspend the session, unless all of it is done; whether it was."""
        if self.core.state is SessionState.ACCEPTED:
            return False
        self.core.lose()
        self._player.wake()
        # A consumer that has left may have had a reason to.
        reason = self._end.cause or cause if isinstance(cause, str) else cause
        self._log.warning("session-suspended", cause=str(reason), stored=self.core.stored)
        return True

    def _count_verdict(self, sheet: BalanceSheet) -> None:
        self._house.metrics.verdicts.labels(sheet.verdict).inc()
        self._log.info("session-accepted", verdict=sheet.verdict, reasons=list(sheet.reasons))

    async def _recall(self) -> None:
        pages = recalled(self._house.ledger, self.core.plan, self.core.stored)
        async with aclosing(pages):
            async for page in pages:
                if self._is_sent_away:
                    return
                await self._tell(page)

    async def _finish(self) -> None:
        """Say once that nothing more is sent."""
        self._player.wake()
        async with self._said.order:
            if self._said.finished or self._is_sent_away:
                return
            self._said.finished = True
            await self._say_finished()

    async def _say_finished(self) -> None:
        core = self.core
        self._log.info("stream-finished", sent=core.sent, withdrawn=core.withdrawn)
        await self._tell(
            Finished(
                session=self.session,
                frames=core.frames,
                sent=core.sent - core.withdrawn,
                skipped=core.skipped,
                withdrawn=core.withdrawn,
                send_lag=self._player.send_lag,
            )
        )
