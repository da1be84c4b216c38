"""A session while its consumer is connected: the core's decisions, joined to asyncio."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import structlog
from websockets.exceptions import ConnectionClosed

from producer.ledger.ledger import Ledger
from producer.metrics import Metrics
from producer.sessions.pacing import Schedule
from producer.sessions.session import SessionCore
from producer.sessions.settlement import settle
from shared.digests import pixel_crc
from shared.errors import CatwalkError, StoreError
from shared.frames import FrameHeader, encode_frame
from shared.intake.imageset import ImageSet
from shared.latency import LatencyHistogram
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
from shared.states import SessionEvent, SessionState, advance

log = structlog.get_logger()

SPREE = 16
"""How many frames may be sent before the other tasks of the loop get their turn."""


@dataclass(frozen=True, slots=True)
class Clock:
    """The clocks of a session, passed in so that tests can bring their own.

    Args:
        monotonic: seconds, for schedules; never set back.
        unix_ns: nanoseconds since 1970-01-01 UTC, for the frames' send times.
    """

    monotonic: Callable[[], float]
    unix_ns: Callable[[], int]


@dataclass(frozen=True, slots=True)
class House:
    """What all sessions of a producer share."""

    images: ImageSet
    dataset: str
    ledger: Ledger
    metrics: Metrics
    clock: Clock


@dataclass(slots=True)
class _Pace:
    """How the stream keeps to its schedule.

    Args:
        schedule: when the frames are due; None before the stream is fetched.
        lag: how late they were sent, nanoseconds.
        moved: when the last send began or the next frame got credit, whichever was later.
    """

    schedule: Schedule | None = None
    lag: LatencyHistogram = field(default_factory=LatencyHistogram)
    moved: float = 0.0

    def idle_s(self, k: int, now: float) -> float:
        """For how many seconds frame k has been due while nothing moved."""
        if self.schedule is None:
            return 0.0
        return max(0.0, now - max(self.moved, self.schedule.due(k)))


class LiveSession:
    """One session of a connected consumer.

    Args:
        core: its counts and state.
        house: what it shares with others.
        start: what its consumer asked for.
        tell: sends a message to the consumer on its session channel.
    """

    def __init__(
        self,
        core: SessionCore,
        house: House,
        *,
        start: Start,
        tell: Callable[[Message], Awaitable[None]],
    ) -> None:
        self.core = core
        self._house = house
        self._start = start
        self._tell = tell
        self._changed = asyncio.Event()
        self._over = asyncio.Event()
        self._closed = asyncio.Event()
        self._cut: asyncio.Future[CatwalkError] = asyncio.get_running_loop().create_future()
        self._pace = _Pace()
        self._ended_unfetched = False
        self._verdict: Literal["PASS", "FAIL"] | None = None
        self._log = log.bind(session=core.plan.session)

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
            frames=core.end,
            sent=core.sent - core.withdrawn,
            stored=core.stored,
            verdict=self._verdict,
        )

    def idle_s(self, now: float) -> float:
        """For how long the next frame could have been sent and nothing was, seconds.

        It is 0 where the session is not streaming, has no credit, or the next frame is not due.

        Args:
            now: of the session's monotonic clock, seconds.
        """
        core = self.core
        is_free = core.state is SessionState.STREAMING and core.may_send
        return self._pace.idle_s(core.sent, now) if is_free else 0.0

    async def play(self, send: Callable[[bytes], Awaitable[None]]) -> None:
        """Send every frame when it is due and has credit, then say ``finished``.

        Args:
            send: sends one binary message on the frame stream.

        Raises:
            StateError: the stream was fetched before, or the session was lost.
            StoreError: the database failed.
        """
        if self._ended_unfetched:
            # The stop crossed the fetch: a stream without frames, once, that ends as usual.
            self._ended_unfetched = False
            return
        self.core.attach()
        await self._mark()
        clock = self._house.clock
        schedule = Schedule(clock.monotonic(), self.core.plan.fps)
        pace = self._pace
        pace.schedule = schedule
        while await self._credit():
            if await self._due(schedule):
                pace.moved = clock.monotonic()
                if schedule.fps:
                    lateness = schedule.lateness(self.core.sent, pace.moved)
                    pace.lag.update(np.array([lateness * 1e9], np.int64))
                await self._send_next(send)
        if self.core.state is not SessionState.BROKEN:
            await self._finish()

    def predict(self, run: Predictions) -> None:
        """Take a run of predictions, to be stored next.

        Raises:
            StateError: it does not continue the runs before.
            DigestError: its digest is not that of the frames sent.
        """
        self.core.predict(run)

    async def store(self, run: Predictions) -> None:
        """Store a run that was taken, then acknowledge it.

        Raises:
            StoreError: the database failed; nothing is acknowledged.
        """
        await self._house.ledger.append(run)
        if not self.core.may_send:
            self._pace.moved = self._house.clock.monotonic()
        self.core.run_stored(len(run.labels))
        self._house.metrics.stored.inc(len(run.labels))
        self._wake()
        await self._tell(Stored(session=self.session, through=run.first + len(run.labels) - 1))
        if self.core.state is SessionState.COMPLETE:
            await self._mark()

    async def stop(self, at: int, by: Literal["consumer", "producer"]) -> None:
        """End the session after ``at`` frames."""
        unfetched = self.core.state is SessionState.OPENED
        self.core.stop(at)
        self._ended_unfetched = self._ended_unfetched or unfetched
        self._wake()
        self._log.info("session-stopped", frames=at, by=by)
        await self._tell(Stopped(session=self.session, frames=at, by=by))
        if unfetched:
            await self._finish()
        await self._mark()

    async def accept(self, results: Results) -> None:
        """Balance both sides, store the results and answer them.

        Raises:
            StateError: frames are missing, or other results were accepted before.
        """
        state = advance(self.core.state, SessionEvent.POST)
        stored = await self._house.ledger.predictions(self.session)
        accepted = settle(
            self.core,
            results,
            stored.labels,
            images=self._house.images,
            classes=self._start.classes,
        )
        sheet = accepted.balance
        await self._house.ledger.accept(results, accepted)
        self.core.state = state
        self._verdict = sheet.verdict
        self._house.metrics.verdicts.labels(sheet.verdict).inc()
        self._log.info("session-accepted", verdict=sheet.verdict, reasons=list(sheet.reasons))
        await self._tell(accepted)

    def cut(self, cause: CatwalkError) -> None:
        """The frame stream was lost before its end."""
        if not self._cut.done():
            self._cut.set_result(cause)

    async def watch_stream(self) -> None:
        """Wait for the frame stream to be lost.

        Raises:
            CatwalkError: it was; what ``cut`` was told.
        """
        raise await self._cut

    async def lose(self, cause: str) -> None:
        """The consumer is gone, or is sent away: nothing more is sent or stored."""
        if self.core.state is SessionState.ACCEPTED:
            return
        self.core.lose()
        self._wake()
        self._log.warning("session-lost", cause=cause, stored=self.core.stored)
        try:
            await self._mark()
        except StoreError as error:
            # Nobody is left to be told; the stored runs say the same.
            self._log.error("session-not-marked", code=error.code, reason=str(error))

    async def report_progress(self, every_s: float) -> None:
        """Tell the consumer how far the session is, until nothing more is sent."""
        while not await _within(self._over, every_s):
            await self._tell(
                Progress(
                    session=self.session, sent=self.core.sent, skipped=0, stored=self.core.stored
                )
            )

    async def end_early(self) -> None:
        """End the session after the frames already sent, because the producer stops."""
        if not self.core.is_over:
            await self.stop(self.core.sent, "producer")

    def leave(self) -> None:
        """The session channel is closed."""
        self._closed.set()

    async def wait_closed(self) -> None:
        """Wait until the consumer has left."""
        await self._closed.wait()

    async def _credit(self) -> bool:
        """Wait until the next frame may be sent; False when there is none."""
        while not self.core.is_over and not self.core.may_send:
            self._changed.clear()
            await self._changed.wait()
        return not self.core.is_over

    async def _due(self, schedule: Schedule) -> bool:
        """Wait until the next frame is due; False when the session ended meanwhile."""
        wait = schedule.wait(self.core.sent, self._house.clock.monotonic())
        if wait:
            await _within(self._over, wait)
        elif self.core.sent % SPREE == 0:
            await asyncio.sleep(0)
        return not self.core.is_over

    async def _send_next(self, send: Callable[[bytes], Awaitable[None]]) -> None:
        sequence = self.core.sent
        try:
            await send(self._next_frame())
        except ConnectionClosed:
            # A stop took this frame back: whoever does not wait for it has lost nothing.
            if sequence < self.core.end:
                raise

    def _next_frame(self) -> bytes:
        core, images = self.core, self._house.images
        sequence = core.sent
        index = core.plan.index(sequence)
        pixels = images.images[index].tobytes()
        height, width, channels = images.image_shape
        header = FrameHeader(
            height=height,
            width=width,
            channels=channels,
            epoch=core.plan.epoch,
            sequence=sequence,
            index=index,
            sent_ns=self._house.clock.unix_ns(),
            crc=pixel_crc(pixels),
        )
        # Counted before it is on its way: its prediction may be back before the send returns.
        core.frame_sent(header.crc)
        self._house.metrics.sent.inc()
        return encode_frame(header, pixels)

    def _wake(self) -> None:
        self._changed.set()
        if self.core.is_over:
            self._over.set()

    async def _finish(self) -> None:
        self._over.set()
        core = self.core
        self._log.info("stream-finished", sent=core.sent, withdrawn=core.withdrawn)
        await self._tell(
            Finished(
                session=self.session,
                frames=core.end,
                sent=core.sent - core.withdrawn,
                skipped=0,
                withdrawn=core.withdrawn,
                send_lag=self._pace.lag.compute(),
            )
        )

    async def _mark(self) -> None:
        await self._house.ledger.mark(self.session, self.core.state, self.core.end)


async def _within(event: asyncio.Event, seconds: float) -> bool:
    """Wait for an event for some time; whether it happened."""
    try:
        async with asyncio.timeout(seconds):
            await event.wait()
    except TimeoutError:
        return False
    return True
