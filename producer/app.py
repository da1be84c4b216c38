"""The producer as a service: starts, serves, drains, stops. It alone knows all its parts."""

from __future__ import annotations

import asyncio
import secrets
import signal
import time
from collections.abc import Awaitable, Callable, Iterable

import structlog
from websockets.asyncio.server import Server
from websockets.exceptions import ConnectionClosed

from producer.datasets.resolve import ResolvedDataset
from producer.ledger.ledger import Ledger, SessionRecord
from producer.metrics import Metrics
from producer.ports.channel import SessionChannel
from producer.ports.stream import FrameStream
from producer.sessions.feed import Figures, last_event
from producer.sessions.live import Clock, House, LiveSession
from producer.sessions.session import Plan, SessionCore
from producer.settings import ProducerSettings
from producer.vitals import Health, Snapshot, judge
from shared.errors import CatwalkError, PortError, StateError
from shared.messages import Event, Message, SessionQuery, Sessions, SessionsQuery, Start, Started

log = structlog.get_logger()

DRAIN_S = 4.5
"""How long a stop waits for the consumers of running sessions to settle their accounts."""
CLOSE_S = 1.5
"""How long it then waits for all connections to close."""
ABORT_S = 0.5
"""How long those that were cut may take; with the above, less than 8 s."""
MAX_NAME = 200


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
        self._digest = dataset.images.digest()
        self._sessions: dict[str, LiveSession] = {}
        metrics = Metrics(lambda: len(self._sessions))
        self._house = House(
            dataset.images, _shortened(dataset.name), ledger, metrics, anchored_clock()
        )
        self._stream = FrameStream(self._sessions)
        self._channel = SessionChannel(
            self._open,
            self._answer,
            Figures(self._present, self._last),
            metrics,
            health=self._health,
        )
        self._stopping = asyncio.Event()
        self._forgetting: set[asyncio.Task[None]] = set()
        self._stream_port = settings.port

    async def serve(self) -> None:
        """Listen on both ports until SIGTERM, SIGINT or ``stop``, then drain.

        Raises:
            PortError: a port cannot be listened on.
        """
        self._heed_signals()
        stream = await self._listen(self._stream.listen, self._settings.port)
        self._stream_port = _port(stream)
        try:
            channel = await self._listen(self._channel.listen, self._settings.session_port)
        except PortError:
            await _close(stream)
            raise
        log.info(
            "serving",
            dataset=self._dataset.name,
            origin=self._dataset.origin,
            images=len(self._dataset.images),
            host=self._settings.host,
            port=self._stream_port,
            session_port=_port(channel),
        )
        await self._stopping.wait()
        await self._drain()
        await _close(channel, stream)
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
            loop.add_signal_handler(number, self.stop)

    async def _open(self, start: Start, tell: Callable[[Message], Awaitable[None]]) -> LiveSession:
        self._refuse_when_stopping()
        plan = self._plan(start)
        live = LiveSession(
            SessionCore(plan, window=self._settings.window),
            self._house,
            start=start,
            tell=tell,
        )
        await self._house.ledger.create(self._record(plan, start))
        try:
            # Again: a session that begins while the others are ended would not be ended itself.
            self._refuse_when_stopping()
            self._enter(live)
            await tell(self._started(plan))
        except BaseException as error:
            # Nobody else knows of the session yet, so nobody else would let go of it.
            await live.lose(f"not begun: {error}")
            live.leave()
            raise
        return live

    def _refuse_when_stopping(self) -> None:
        if self._stopping.is_set():
            raise StateError("the producer is stopping", where="start")

    def _enter(self, live: LiveSession) -> None:
        self._house.metrics.sessions.inc()
        self._sessions[live.session] = live
        task = asyncio.get_running_loop().create_task(self._forget(live))
        self._forgetting.add(task)
        task.add_done_callback(self._forgetting.discard)
        plan = live.core.plan
        log.info("session-opened", session=plan.session, frames=plan.frames, fps=plan.fps)

    def _plan(self, start: Start) -> Plan:
        images = len(self._dataset.images)
        return Plan(
            session=secrets.token_hex(8),
            frames=start.count or self._settings.count or images,
            images=images,
            fps=self._settings.fps if start.fps is None else start.fps,
        )

    def _record(self, plan: Plan, start: Start) -> SessionRecord:
        return SessionRecord(
            session=plan.session,
            consumer=start.consumer,
            model=start.model,
            classes=start.classes,
            dataset=self._house.dataset,
            dataset_digest=self._digest,
            fps=plan.fps,
            frames=plan.frames,
            epoch=plan.epoch,
            created=self._house.clock.unix_ns() / 1e9,
        )

    def _started(self, plan: Plan) -> Started:
        height, width, channels = self._dataset.images.image_shape
        return Started(
            session=plan.session,
            epoch=plan.epoch,
            frames=plan.frames,
            fps=plan.fps,
            height=height,
            width=width,
            channels=channels,
            classes=self._dataset.images.classes,
            dataset=self._house.dataset,
            origin=_shortened(self._dataset.origin),
            next=0,
            window=self._settings.window,
            port=self._stream_port,
            path=f"/{plan.session}",
        )

    async def _forget(self, live: LiveSession) -> None:
        await live.wait_closed()
        del self._sessions[live.session]

    async def _answer(self, query: SessionsQuery | SessionQuery) -> Message:
        if isinstance(query, SessionsQuery):
            return Sessions(sessions=await self._house.ledger.sessions(query.limit))
        return await self._house.ledger.session(query.session)

    def _present(self) -> dict[str, Event]:
        return {session: live.event() for session, live in self._sessions.items()}

    async def _last(self, told: Event) -> Event:
        return last_event(told, await self._house.ledger.session(told.session))

    def _health(self) -> Health:
        now = self._house.clock.monotonic()
        return judge(
            Snapshot(
                writer=self._house.ledger.pulse(),
                idle_s={name: live.idle_s(now) for name, live in self._sessions.items()},
                stopping=self._stopping.is_set(),
            )
        )

    async def _drain(self) -> None:
        log.info("stopping", sessions=len(self._sessions), deadline_s=DRAIN_S)
        settling = [_settle(live) for live in list(self._sessions.values())]
        try:
            async with asyncio.timeout(DRAIN_S):
                await asyncio.gather(*settling)
        except TimeoutError:
            log.warning("drain-timed-out", sessions=len(self._sessions))


async def _settle(live: LiveSession) -> None:
    try:
        await live.end_early()
    except (ConnectionClosed, CatwalkError) as error:
        # Its own conversation ends for the same cause; the other sessions go on to settle.
        log.warning("session-not-ended", session=live.session, cause=str(error))
    await live.wait_closed()


def _shortened(name: str) -> str:
    """A name as messages may carry it: of a long path its end says most."""
    text = name.encode("utf-8", "replace").decode()
    return text if len(text) <= MAX_NAME else f"...{text[3 - MAX_NAME:]}"


def _port(server: Server) -> int:
    port: int = next(iter(server.sockets)).getsockname()[1]
    return port


async def _close(*servers: Server) -> None:
    connections = [connection for server in servers for connection in server.connections]
    for server in servers:
        server.close()
    if not await _closed(servers, CLOSE_S):
        log.warning("close-timed-out", connections=len(connections), expected_s=CLOSE_S)
        for connection in connections:
            connection.transport.abort()
        await _closed(servers, ABORT_S)


async def _closed(servers: Iterable[Server], seconds: float) -> bool:
    waiting = [asyncio.ensure_future(server.wait_closed()) for server in servers]
    _, late = await asyncio.wait(waiting, timeout=seconds)
    for task in late:
        task.cancel()
    return not late
