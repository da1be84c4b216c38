"""A session's frame stream: each frame when it is due and has credit."""

from __future__ import annotations

import asyncio
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from websockets.exceptions import ConnectionClosed

from producer.sessions.chaos import Action, Chaos, Disturbance
from producer.sessions.house import House
from producer.sessions.pacing import Pace, pace_from
from producer.sessions.session import SessionCore
from shared.digests import pixel_crc
from shared.frames import FrameHeader, encode_frame
from shared.latency import LatencyHistogram
from shared.reports import Quantiles
from shared.states import SessionState

LARGE_BYTES = 2**20
"""Images of more bytes are read and summed on a thread: that may take as long as a disk does."""
SPREE = 16
"""How many frames may be sent before the other tasks of the loop get their turn."""


class Wire(Protocol):
    """Where frames go."""

    async def send(self, message: bytes, /) -> None:
        """Send one binary message."""

    def abort(self) -> None:
        """Cut the connection at once."""


class Player:
    """Sends the frames of one session on one connection.

    Args:
        core: the session's counts and state.
        house: what it shares with others.
    """

    def __init__(self, core: SessionCore, house: House) -> None:
        self._core = core
        self._house = house
        self._changed = asyncio.Event()
        self._over = asyncio.Event()
        # Who waits for the next frame to be due.
        self._waiter: asyncio.Future[None] | None = None
        self._pace: Pace | None = None
        self._chaos = Chaos(
            house.chaos,
            seed=house.seed,
            epoch=core.plan.epoch,
            injected=core.wire.injected,
        )
        core.count_injected(self._chaos.injected)
        self._lag = LatencyHistogram()
        # When the last send began or the next frame got credit, whichever was later; while a
        # frame is delayed on request, when that is over.
        self._moved = 0.0

    @property
    def send_lag(self) -> Quantiles | None:
        """How late frames were sent on this connection."""
        return self._lag.compute()

    def idle_s(self, now: float) -> float:
        """For how long the next frame could have been sent and nothing was, seconds.

        It is 0 where the session is not streaming, has no credit, or the next frame is not due.

        Args:
            now: of the session's monotonic clock, seconds.
        """
        core = self._core
        is_free = core.state is SessionState.STREAMING and core.may_send
        if not is_free or self._pace is None:
            return 0.0
        return max(0.0, now - max(self._moved, self._pace.due(core.offered)))

    async def play(self, wire: Wire) -> None:
        """Send every frame when it is due and has credit, until the session is over.

        With delivery "newest", a frame that has no credit when it is due is skipped.
        """
        core, house = self._core, self._house
        self._pace = pace = pace_from(
            core.offered,
            house.clock.monotonic(),
            fps=core.plan.fps,
            offsets_s=house.offsets_s,
        )
        while await self._credit() and await self._due(pace):
            if not core.may_send:
                core.frame_skipped()
                continue
            await self._send_next(wire, pace)

    def credited(self) -> None:
        """Frames were stored that had used up the credit: what comes next has to be sent again."""
        self._moved = self._house.clock.monotonic()

    def wake(self) -> None:
        """Look again: the session's counts or its state have changed."""
        self._changed.set()
        if self._core.is_over:
            self._over.set()
            _wake(self._waiter)

    async def wait_over(self, seconds: float) -> bool:
        """Wait for the end of the sending for some time; whether it came."""
        try:
            async with asyncio.timeout(seconds):
                await self._over.wait()
        except TimeoutError:
            return False
        return True

    async def _credit(self) -> bool:
        """Wait until the next frame may be sent or skipped; False when there is none."""
        core = self._core
        waits = core.plan.delivery == "every"
        while waits and not core.is_over and not core.may_send:
            self._changed.clear()
            await self._changed.wait()
        return not core.is_over

    async def _due(self, pace: Pace) -> bool:
        """Wait until the next frame is due; False when the session ended meanwhile."""
        wait = pace.wait(self._core.offered, self._house.clock.monotonic())
        if wait:
            await self._rest(wait)
        elif self._core.offered % SPREE == 0:
            await asyncio.sleep(0)
        return not self._core.is_over

    async def _rest(self, seconds: float) -> None:
        """Wait for some time, or until the session is over: a future and a timer, as for `sleep`.

        A timeout around an event would cost each frame three times as much.
        """
        loop = asyncio.get_running_loop()
        self._waiter = loop.create_future()
        timer = loop.call_later(seconds, _wake, self._waiter)
        try:
            await self._waiter
        finally:
            timer.cancel()
            self._waiter = None

    async def _send_next(self, wire: Wire, pace: Pace) -> None:
        sequence = self._core.sent
        fault = self._chaos.next(sequence)
        if fault.delay_s:
            self._moved = self._house.clock.monotonic() + fault.delay_s
            await asyncio.sleep(fault.delay_s)
            if self._core.is_over:
                return
        index = self._core.plan.index(self._core.offered)
        image = self._house.images.image(index)
        read = (
            _read(image) if image.nbytes <= LARGE_BYTES else await asyncio.to_thread(_read, image)
        )
        if self._core.is_over:
            return
        self._note_lag(pace)
        # Before it is done: its prediction may be back, and be stored with this, before it ends.
        self._chaos.count(fault)
        is_dropped = fault.action in (Action.DROP, Action.RESET)
        message = self._frame(index, image.shape, read, is_dropped=is_dropped)
        try:
            await _send(wire, message, fault)
        except ConnectionClosed:
            # A stop took this frame back: whoever does not wait for it has lost nothing.
            if sequence < self._core.end:
                raise

    def _note_lag(self, pace: Pace) -> None:
        self._moved = self._house.clock.monotonic()
        if pace.is_paced:
            lateness = pace.lateness(self._core.offered, self._moved)
            self._lag.add(int(lateness * 1e9))

    def _frame(
        self, index: int, shape: tuple[int, ...], read: tuple[bytes, int], *, is_dropped: bool
    ) -> bytes:
        core = self._core
        pixels, crc = read
        header = FrameHeader(
            height=shape[0],
            width=shape[1],
            channels=shape[2] if len(shape) == 3 else 1,
            epoch=core.plan.epoch,
            sequence=core.sent,
            index=index,
            sent_ns=self._house.clock.unix_ns(),
            crc=crc,
        )
        # Counted before it is on its way: its prediction may be back before the send returns.
        core.frame_sent(header.crc, header.sent_ns, is_dropped=is_dropped)
        if not is_dropped:
            self._house.metrics.sent.inc()
        return encode_frame(header, pixels)


def _read(image: NDArray[np.uint8]) -> tuple[bytes, int]:
    """Pixels and their CRC-32; those of a file that is mapped come from the disk now."""
    pixels = image.tobytes()
    return pixels, pixel_crc(pixels)


async def _send(wire: Wire, message: bytes, fault: Disturbance) -> None:
    """Send a frame, or do with it what was asked for."""
    if fault.action is Action.SEND:
        await wire.send(message)
    elif fault.action is Action.CORRUPT:
        await wire.send(fault.damaged(message))
    elif fault.action is Action.RESET:
        wire.abort()
        raise ConnectionClosed(None, None)


def _wake(waiter: asyncio.Future[None] | None) -> None:
    if waiter is not None and not waiter.done():
        waiter.set_result(None)
