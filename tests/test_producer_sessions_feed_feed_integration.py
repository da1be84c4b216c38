"""Feed over real ports: those who watch see every session, and none feels it."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from producer_client import Consumer, Service, real, service, until
from websockets.asyncio.client import connect
from websockets.asyncio.server import Server, serve
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from producer.ports.conversation import WATCH_S
from shared.messages import (
    SESSION_PROTOCOL,
    Event,
    Finished,
    Message,
    Session,
    SessionQuery,
    Sessions,
    SessionsQuery,
    Start,
    Watch,
    decode_producer_message,
)


class _Watcher:
    """Keeps every event of a watch, with the time at which it came."""

    def __init__(self, consumer: Consumer) -> None:
        self.consumer = consumer
        self.events: list[Event] = []
        self.times: list[float] = []
        self.others: list[Message] = []

    @classmethod
    @asynccontextmanager
    async def of(cls, running: Service) -> AsyncIterator[_Watcher]:
        """Watches while the block runs."""
        async with Consumer.connect(running.address) as consumer:
            watcher = cls(consumer)
            await consumer.say(Watch())
            listening = asyncio.create_task(watcher._listen())
            yield watcher
        await listening

    async def until_over(self, sessions: int = 1) -> None:
        """Wait for the last events of so many sessions."""
        await until(lambda: len({one.session for one in self.events if one.verdict}) == sessions)

    async def _listen(self) -> None:
        loop = asyncio.get_running_loop()
        async for text in self.consumer.channel:
            message = decode_producer_message(text)
            if isinstance(message, Event):
                self.events.append(message)
                self.times.append(loop.time())
            else:
                self.others.append(message)


async def _session(running: Service, *, fps: float = 40.0, count: int = 40) -> str:
    async with Consumer.connect(running.address) as consumer:
        await consumer.start(fps=fps, count=count)
        await consumer.play(count)
        assert (await consumer.settle()).balance.verdict == "PASS"
        return consumer.session


@real
async def test_a_watcher_sees_a_whole_session_to_its_verdict(tmp_path: Path) -> None:
    async with service(tmp_path) as running, _Watcher.of(running) as watcher:
        session = await _session(running)
        await watcher.until_over()
        await asyncio.sleep(2 * WATCH_S)
        events = watcher.events
    first, *_, last = events
    assert len(events) >= 4
    assert {(event.session, event.consumer, event.dataset, event.fps) for event in events} == {
        (session, "hand", "six.pickle", 40.0)
    }
    assert first.sent < 40 and first.verdict is None
    assert [event.sent for event in events] == sorted(event.sent for event in events)
    assert all(event.stored <= event.sent <= event.frames == 40 for event in events)
    assert (last.state, last.sent, last.stored, last.verdict) == ("accepted", 40, 40, "PASS")
    gaps = [after - before for before, after in zip(watcher.times, watcher.times[1:])]
    assert min(gaps) > 0.5 * WATCH_S


@real
async def test_a_watcher_may_come_in_the_middle_or_after(tmp_path: Path) -> None:
    async with service(tmp_path) as running:
        playing = asyncio.create_task(_session(running))
        await asyncio.sleep(0.5)
        async with _Watcher.of(running) as middle:
            await until(lambda: bool(middle.events))
            assert 0 < middle.events[0].sent < 40
            assert middle.events[0].state == "streaming"
            session = await playing
            await middle.until_over()
            assert middle.events[-1].session == session
        async with _Watcher.of(running) as late:
            await asyncio.sleep(2 * WATCH_S)
            assert not late.events
            second = await _session(running, count=20)
            await late.until_over()
            assert {event.session for event in late.events} == {second}


@real
async def test_two_watchers_are_told_of_all_sessions(tmp_path: Path) -> None:
    async with service(tmp_path) as running:
        async with _Watcher.of(running) as one, _Watcher.of(running) as other:
            sessions = await asyncio.gather(*(_session(running) for _ in range(5)))
            for watcher in (one, other):
                await watcher.until_over(5)
                assert {event.session for event in watcher.events} == {*sessions}


@real
async def test_a_session_that_is_lost_gets_a_last_event_that_says_so(tmp_path: Path) -> None:
    async with service(tmp_path) as running, _Watcher.of(running) as watcher:
        async with Consumer.connect(running.address) as consumer:
            started = await consumer.start(fps=50.0, count=500)
            async with consumer.stream() as stream:
                for _ in range(20):
                    await consumer.frame(stream)
                await consumer.predict(0, 20)
                await until(lambda: bool(watcher.events) and watcher.events[-1].stored == 20)
                consumer.channel.transport.abort()
                await until(lambda: bool(running.events("session-suspended")))
        await until(lambda: watcher.events[-1].state == "suspended")
        await watcher.consumer.say(SessionQuery(session=started.session))
        await until(lambda: bool(watcher.others))
        last, (kept,) = watcher.events[-1], watcher.others
        assert isinstance(kept, Session)
        assert (kept.info.state, kept.info.stored, last.stored) == ("suspended", 20, 20)
        assert 20 <= last.sent < 500 and last.verdict is None


@real
async def test_queries_are_answered_while_watching(tmp_path: Path) -> None:
    async with service(tmp_path) as running, _Watcher.of(running) as watcher:
        session = await _session(running, count=20)
        await watcher.consumer.say(SessionsQuery())
        await until(lambda: bool(watcher.others))
        (answer,) = watcher.others
        assert isinstance(answer, Sessions)
        assert [info.session for info in answer.sessions] == [session]
        await watcher.until_over()


@real
async def test_a_watch_has_a_connection_of_its_own(tmp_path: Path) -> None:
    async with service(tmp_path) as running:
        for first, second in (
            (Watch(), Watch()),
            (Watch(), Start(consumer="hand")),
            (Start(consumer="hand"), Watch()),
        ):
            async with Consumer.connect(running.address) as consumer:
                await consumer.say(first)
                if isinstance(first, Start):
                    await until(lambda: bool(running.events("session-opened")))
                await consumer.say(second)
                texts = [text async for text in _all(consumer)]
                error = decode_producer_message(texts[-1])
                assert error.type == "error" and error.code == "bad-state"
                assert f"{second.model_dump()['type']} beside " in error.message
                assert consumer.channel.close_code == 1008


async def _all(consumer: Consumer) -> AsyncIterator[str | bytes]:
    try:
        while True:
            yield await consumer.channel.recv()
    except ConnectionClosed:
        return


class _NarrowServe:
    """Serves as the library does, through buffers that a frozen peer soon fills."""

    def __init__(self) -> None:
        self.servers: list[Server] = []

    async def __call__(self, *given: Any, **options: Any) -> Server:
        server = await serve(*given, write_limit=1024, **options)
        for listening in server.sockets:
            # Those that are accepted inherit it.
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 2048)
        self.servers.append(server)
        return server

    @property
    def connections(self) -> int:
        """How many are open."""
        return sum(len(server.connections) for server in self.servers)


@asynccontextmanager
async def _frozen(running: Service) -> AsyncIterator[None]:
    """A watcher that takes nothing while the block runs."""
    with socket.socket() as narrow:
        narrow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
        narrow.connect(("127.0.0.1", running.ports[1]))
        narrow.setblocking(False)
        async with connect(
            running.address, sock=narrow, subprotocols=[Subprotocol(SESSION_PROTOCOL)], proxy=None
        ) as channel:
            channel.transport.pause_reading()
            await channel.send('{"type": "watch"}')
            yield
            channel.transport.abort()


@real
async def test_a_frozen_watcher_is_cut_and_does_not_delay_a_session(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    narrow = _NarrowServe()
    monkeypatch.setattr("producer.ports.door.serve", narrow)
    monkeypatch.setattr("producer.ports.conversation.WATCH_S", 0.001)
    monkeypatch.setattr("producer.ports.sender.SEND_TIMEOUT_S", 0.5)
    async with service(tmp_path) as running, _frozen(running), _Watcher.of(running) as sound:
        async with Consumer.connect(running.address) as consumer:
            await consumer.start(fps=100.0, count=150)
            assert narrow.connections == 3
            async with consumer.stream() as stream:
                for sequence in range(150):
                    await consumer.frame(stream)
                    await consumer.predict(sequence, 1)
            finished = await consumer.hear(Finished)
            assert finished.send_lag is not None and finished.send_lag.p99 < 50.0
            assert narrow.connections == 2
            await until(lambda: sound.events[-1].stored == 150)
            assert (await consumer.settle()).balance.verdict == "PASS"
            await sound.until_over()
    assert len(sound.events) > 100
