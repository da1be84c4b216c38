"""One connection as the consumer's main loop sees it: results out, acknowledgements in."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import TypeVar

import structlog

from consumer.pipeline.channels import Channel
from consumer.pipeline.records import ResultBatch
from consumer.session.accounts import Accounts
from consumer.session.conversation import Conversation
from consumer.session.runs import RunBuilder
from shared.errors import ConnectionLost, FrameError, PeerError, StateError
from shared.messages import (
    MAX_RUN,
    Accepted,
    Finished,
    ProducerMessage,
    Progress,
    Started,
    Stop,
    Stopped,
    Stored,
)

log = structlog.get_logger()

RUN_S = 0.1
"""How long a result may wait for others before its run is sent."""
HAND_IN_S = 3.0
"""How long to wait, when the stream has broken, until what came of it is stored."""
STALL_S = 30.0
"""How long the producer may be silent once every result was sent."""


_M = TypeVar("_M", Finished, Accepted)


@dataclass(slots=True)
class _EarlyEnd:
    """An early end of the session: after how many frames; None where there is no word of it.

    Args:
        asked: what the producer was asked for.
        agreed: what the producer has said.
    """

    asked: int | None = None
    agreed: int | None = None


class Desk:
    """Carries a session's messages both ways on one connection.

    Args:
        conversation: the open session channel.
        started: the session.
        results: where classified frames come from.
        ready: set whenever ``results`` changed.
        accounts: what is known of the session for certain.
    """

    def __init__(
        self,
        conversation: Conversation,
        started: Started,
        results: Channel[ResultBatch],
        *,
        ready: asyncio.Event,
        accounts: Accounts,
    ) -> None:
        self._conversation = conversation
        self._started = started
        self._results = results
        self._ready = ready
        self._accounts = accounts
        self._moved = asyncio.Event()
        self._early = _EarlyEnd()
        loop = asyncio.get_running_loop()
        self.runs = RunBuilder(started.session, started.epoch, first=started.next)
        self.sent = started.next
        self.finished: asyncio.Future[Finished] = loop.create_future()
        self.accepted: asyncio.Future[Accepted] = loop.create_future()

    @property
    def stored(self) -> int:
        """Frames of the session that are stored."""
        return self._accounts.stored

    async def listen(self, tick: Callable[[], None]) -> None:
        """Take the producer's messages until the results are accepted.

        Args:
            tick: called after each message.

        Raises:
            PeerError: the producer refused, went away, or broke the protocol.
        """
        while not self.accepted.done():
            self._note(await self._conversation.hear())
            tick()

    async def report(self) -> None:
        """Send every result as part of a run, after at most 0.1 s or 256 frames.

        Raises:
            CatwalkError: what a worker thread failed with.
        """
        try:
            await self._report()
        except PeerError:
            # The stream is of no more use, but the producer may still take what has come of it.
            await self._hand_in()
            if self._early.asked is None or self.runs.frames < self._early.asked:
                raise

    async def stop(self, at: int) -> None:
        """Ask the producer to end the session after ``at`` frames, unless all are stored."""
        if self._is_settled():
            return
        self._early.asked = at
        # A lost channel is for `listen` to report, which hears the reason if there was one.
        with suppress(ConnectionLost):
            await self._conversation.tell(Stop(session=self._started.session, at=at))

    async def settle(self) -> Finished:
        """Wait, after ``report``, until everything was sent and every frame is stored.

        Raises:
            FrameError: the stream ended before the session's last frame.
            ConnectionLost: the producer said nothing for 30 s.
        """
        while not self.finished.done():
            await self._move()
        finished = self.finished.result()
        while self.stored < self._end(finished):
            self._check_end(finished)
            await self._move()
        return finished

    async def _report(self) -> None:
        # A quarter of the window at most, so that there is always credit on its way back.
        full = max(1, min(MAX_RUN, self._started.window // 4))
        ended = False
        deadline: float | None = None
        while not ended:
            await self._wait(deadline)
            batches, ended = self._results.drain()
            for batch in batches:
                self._take(batch)
            await self._send_runs(full)
            now = asyncio.get_running_loop().time()
            if ended or (deadline is not None and now >= deadline):
                await self._send_runs(1)
            deadline = (deadline or now + RUN_S) if self.runs.pending else None

    async def _hand_in(self) -> None:
        """Report what is in hand, and wait a little until it is stored."""
        # A lost channel is for `listen` to report, which hears the reason if there was one.
        with suppress(TimeoutError, ConnectionLost):
            async with asyncio.timeout(HAND_IN_S):
                await self._send_runs(1)
                while self.stored < self.runs.frames:
                    self._moved.clear()
                    await self._moved.wait()

    async def _move(self) -> None:
        """Wait for the producer's next word."""
        self._moved.clear()
        try:
            async with asyncio.timeout(STALL_S):
                await self._moved.wait()
        except TimeoutError:
            raise ConnectionLost(
                "no progress",
                where=f"session {self._started.session}",
                expected=f"a message within {STALL_S:g} s",
            ) from None

    def _is_settled(self) -> bool:
        return self.finished.done() and self.stored >= self._end(self.finished.result())

    def _end(self, finished: Finished) -> int:
        """How many frames are to be stored, as far as is known now."""
        return finished.sent if self._early.agreed is None else self._early.agreed

    def _check_end(self, finished: Finished) -> None:
        end = self._end(finished)
        is_stopping = self._early.asked is not None and self._early.asked < end
        if end > self.runs.frames and not is_stopping:
            raise FrameError(
                "frames are missing", where="the stream's end", expected=end, got=self.runs.frames
            )

    async def _wait(self, deadline: float | None) -> None:
        """Wait for results, or until those that are pending must go."""
        if self._results.failure is not None:
            return
        try:
            async with asyncio.timeout_at(deadline):
                await self._ready.wait()
        except TimeoutError:
            return
        self._ready.clear()

    def _take(self, batch: ResultBatch) -> None:
        self.runs.add(batch)
        self._accounts.take(batch)

    async def _send_runs(self, least: int) -> None:
        while self.runs.pending >= least and (run := self.runs.cut()) is not None:
            await self._conversation.tell(run)

    def _note(self, message: ProducerMessage) -> None:
        if getattr(message, "session", None) != self._started.session:
            raise _unexpected(message)
        self._moved.set()
        if isinstance(message, (Progress, Finished)):
            # `progress` counts frames that a stop takes back, `finished` does not.
            self.sent = max(self.sent, message.sent)
        if isinstance(message, Stored):
            self._acknowledge(message.through + 1)
        elif isinstance(message, Finished):
            _resolve(self.finished, message)
        elif isinstance(message, Accepted) and self._is_settled():
            _resolve(self.accepted, message)
        elif isinstance(message, Stopped):
            log.info("session-stopped", frames=message.frames, by=message.by)
            self._early.agreed = message.frames
        elif not isinstance(message, Progress):
            raise _unexpected(message)

    def _acknowledge(self, stored: int) -> None:
        if not self.stored < stored <= self.runs.frames:
            raise StateError(
                "wrong acknowledgement",
                where="a running session",
                expected=f"{self.stored + 1}..{self.runs.frames} frames stored",
                got=stored,
            )
        self._accounts.store(stored)


def _resolve(future: asyncio.Future[_M], message: _M) -> None:
    if future.done():
        raise _unexpected(message)
    future.set_result(message)


def _unexpected(message: ProducerMessage) -> StateError:
    return StateError("unexpected message", where="a running session", got=repr(message.type))
