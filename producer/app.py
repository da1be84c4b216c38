"""The producer as a service: starts, serves, drains, stops. It alone knows all its parts."""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import Awaitable, Callable, Iterable

import structlog
from websockets.asyncio.server import Server
from websockets.exceptions import ConnectionClosed

from producer.datasets.resolve import ResolvedDataset
from producer.ledger.ledger import Ledger
from producer.metrics import Metrics
from producer.ports.channel import SessionChannel
from producer.ports.door import Door
from producer.ports.rate import RateLimit
from producer.ports.stream import FrameStream
from producer.sessions.chaos import ChaosSpec, parse_chaos
from producer.sessions.feed import Figures, last_event
from producer.sessions.house import Clock, House
from producer.sessions.live import LiveSession
from producer.sessions.pacing import recorded_fps
from producer.sessions.registry import SessionRegistry, Terms
from producer.settings import ProducerSettings
from producer.vitals import Health, Snapshot, judge
from shared.errors import CatwalkError, PortError
from shared.intake.imageset import ImageSet
from shared.messages import Event, Message, SessionQuery, Sessions, SessionsQuery

log = structlog.get_logger()

DRAIN_S = 4.5
"""How long a stop waits for the consumers of running sessions to settle their accounts."""
CLOSE_S = 1.5
"""How long it then waits for all connections to close."""
ABORT_S = 0.5
"""How long those that were cut may take; with the above, less than 8 s."""
MAX_NAME = 200
WINDOW_BYTES = 256 * 2**20
"""How many bytes of pixels may be unacknowledged in a session, but for a single frame."""


def anchored_clock() -> Clock:
    """Clocks that agree with the system's now and cannot be set back or forth from now on."""
    anchor = time.time_ns() - time.monotonic_ns()
    return Clock(monotonic=time.monotonic, unix_ns=lambda: anchor + time.monotonic_ns())


class Producer:
    """Serves one data set to any number of consumers.

    Args:
        settings: ports, pace, window.
        dataset: the images and what to call them.
        ledger: where sessions are kept; closed with the producer.
    """

    def __init__(
        self, settings: ProducerSettings, dataset: ResolvedDataset, ledger: Ledger
    ) -> None:
        self._settings = settings
        self._dataset = dataset
        self._stopping = asyncio.Event()
        metrics = Metrics(lambda: len(self._registry))
        self._house = House(
            dataset.images,
            _shortened(dataset.name),
            ledger,
            metrics,
            anchored_clock(),
            chaos=parse_chaos(settings.chaos) if settings.chaos else ChaosSpec(),
            seed=settings.seed,
            offsets_s=None if dataset.recording is None else dataset.recording.offsets_s,
        )
        self._registry = SessionRegistry(self._house, _terms(settings, dataset), self._stopping)
        self._door = Door.of(settings, metrics)
        self._stream = FrameStream(self._registry.streams, self._door)
        self._channel = SessionChannel(
            self._registry.open,
            self._answer,
            Figures(self._registry.present, self._last),
            metrics,
            health=self._health,
            door=self._door,
            rate=lambda: RateLimit(settings.max_rate, time.monotonic),
        )

    async def serve(self) -> None:
        """Listen on both ports until SIGTERM, SIGINT or ``stop``, then drain.

        Raises:
            PortError: a port cannot be listened on.
        """
        self._heed_signals()
        stream = await self._listen(self._stream.listen, self._settings.port)
        self._registry.stream_port = _port(stream)
        try:
            # Only now that the port is ours: another producer may still serve those sessions.
            await self._take_up()
            channel = await self._listen(self._channel.listen, self._settings.session_port)
        except CatwalkError:
            await self._close(stream)
            raise
        log.info(
            "serving",
            dataset=self._dataset.name,
            origin=self._dataset.origin,
            images=len(self._dataset.images),
            host=self._settings.host,
            port=self._registry.stream_port,
            session_port=_port(channel),
        )
        await self._stopping.wait()
        await self._drain()
        await self._close(channel, stream)
        log.info("stopped")

    def stop(self) -> None:
        """Begin to stop, as at SIGTERM: open no session, end those that run, then close."""
        self._stopping.set()

    async def _listen(self, listen: Callable[[str, int], Awaitable[Server]], port: int) -> Server:
        host = self._settings.host
        try:
            return await listen(host, port)
        except OSError as error:
            raise PortError(
                "cannot listen", at=f"{host}:{port}", expected="a free port", got=error.strerror
            ) from error

    def _heed_signals(self) -> None:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._interrupt)

    def _interrupt(self) -> None:
        """What a signal does: the first stops in good order, the next at once."""
        if self._stopping.is_set():
            # Neither a peer that does not read nor a failing database must hold up the end.
            self._door.abort()
            self._house.ledger.hurry()
            raise KeyboardInterrupt
        self.stop()

    async def _take_up(self) -> None:
        left = await self._house.ledger.suspend_all()
        if left:
            log.info("sessions-to-resume", sessions=left)

    async def _answer(self, query: SessionsQuery | SessionQuery) -> Message:
        if isinstance(query, SessionsQuery):
            return Sessions(sessions=await self._house.ledger.sessions(query.limit))
        return await self._house.ledger.session(query.session)

    async def _last(self, told: Event) -> Event:
        return last_event(told, await self._house.ledger.session(told.session))

    def _health(self) -> Health:
        now = self._house.clock.monotonic()
        return judge(
            Snapshot(
                writer=self._house.ledger.pulse(),
                idle_s={live.session: live.idle_s(now) for live in self._registry.live()},
                stopping=self._stopping.is_set(),
            )
        )

    async def _close(self, *servers: Server) -> None:
        for server in servers:
            server.close()
        if not await _closed(servers, CLOSE_S):
            log.warning("close-timed-out", expected_s=CLOSE_S)
            self._door.abort()
            await _closed(servers, ABORT_S)

    async def _drain(self) -> None:
        log.info("stopping", sessions=len(self._registry), deadline_s=DRAIN_S)
        settling = [_settle(live) for live in self._registry.live()]
        try:
            async with asyncio.timeout(DRAIN_S):
                await asyncio.gather(*settling)
        except TimeoutError:
            log.warning("drain-timed-out", sessions=len(self._registry))
        self._house.ledger.hurry()


async def _settle(live: LiveSession) -> None:
    try:
        await live.end_early()
    except (ConnectionClosed, CatwalkError) as error:
        # Its own conversation ends for the same cause; the other sessions go on to settle.
        log.warning("session-not-ended", session=live.session, cause=str(error))
    await live.wait_closed()


def _terms(settings: ProducerSettings, dataset: ResolvedDataset) -> Terms:
    return Terms(
        fps=_fps(settings, dataset),
        count=settings.count,
        windows={
            "every": _window(settings.window, dataset.images),
            "newest": _window(settings.newest_window, dataset.images),
        },
        sessions=settings.max_sessions,
        digest=dataset.images.digest(),
        origin=_shortened(dataset.origin),
    )


def _window(frames: int, images: ImageSet) -> int:
    """The window as set, less where its frames would fill the memory of the consumer."""
    return min(frames, max(1, WINDOW_BYTES // images.largest_bytes))


def _fps(settings: ProducerSettings, dataset: ResolvedDataset) -> float:
    """The rate as told; a recording's own where nothing was said."""
    if dataset.recording is None or "fps" in settings.model_fields_set:
        return settings.fps
    return recorded_fps(dataset.recording.offsets_s)


def _shortened(name: str) -> str:
    """A name as messages may carry it: of a long path its end says most."""
    text = name.encode("utf-8", "replace").decode()
    return text if len(text) <= MAX_NAME else f"...{text[3 - MAX_NAME:]}"


def _port(server: Server) -> int:
    port: int = next(iter(server.sockets)).getsockname()[1]
    return port


async def _closed(servers: Iterable[Server], seconds: float) -> bool:
    waiting = [asyncio.ensure_future(server.wait_closed()) for server in servers]
    _, late = await asyncio.wait(waiting, timeout=seconds)
    for task in late:
        task.cancel()
    return not late
