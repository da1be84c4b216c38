"""Door on real sockets: who is counted, who is told, who is cut, and by when."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager
from functools import wraps
from pathlib import Path
from typing import Any

import pytest
from certificates import own_certificate
from structlog.testing import capture_logs
from websockets.asyncio.client import ClientConnection, connect
from websockets.asyncio.server import ServerConnection
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.typing import Subprotocol

from producer.metrics import Metrics
from producer.ports.door import Door
from producer.ports.slots import COURTESY, Slots
from producer.ports.wire import SERVE_OPTIONS
from shared.tls import client_context, server_context

PROTOCOL = Subprotocol("mine.v1")
Stream = tuple[asyncio.StreamReader, asyncio.StreamWriter]


def real(scene: Callable[..., Coroutine[Any, Any, None]]) -> Callable[..., None]:
    """Make a test of a coroutine: it runs in real time, but not for ever."""

    @wraps(scene)
    def test(**given: Any) -> None:
        asyncio.run(asyncio.wait_for(scene(**given), 30.0))

    return test


@pytest.fixture(autouse=True)
def short_handshake(monkeypatch: pytest.MonkeyPatch) -> None:
    """Half a second where it is five: the tests need not wait so long."""
    monkeypatch.setitem(SERVE_OPTIONS, "open_timeout", 0.5)
    monkeypatch.setattr("producer.ports.door.OPEN_TIMEOUT_S", 0.5)


class _House:
    """Two ports behind one door; who comes in hears a greeting and may stay."""

    def __init__(self, slots: Slots, tls: ssl.SSLContext | None) -> None:
        self.slots = slots
        self.door = Door(slots, Metrics(lambda: 0), tls=tls)
        self.ports: list[int] = []
        self._scheme = "wss" if tls else "ws"

    @asynccontextmanager
    async def open(self) -> AsyncIterator[_House]:
        """Serve while the block runs."""
        async with AsyncExitStack() as stack:
            for _ in range(2):
                server = await self.door.listen(
                    _greet,
                    "127.0.0.1",
                    0,
                    protocol=PROTOCOL,
                    route=lambda _, __: None,
                    max_size=100,
                    max_queue=1,
                )
                await stack.enter_async_context(server)
                self.ports.append(server.sockets[0].getsockname()[1])
            yield self

    async def visit(self, which: int = 0, **given: Any) -> ClientConnection:
        """A connection to one of the ports."""
        return await connect(
            f"{self._scheme}://127.0.0.1:{self.ports[which]}/",
            subprotocols=[PROTOCOL],
            proxy=None,
            compression=None,
            **given,
        )

    async def knock(self) -> Stream:
        """A TCP connection that says nothing."""
        return await asyncio.open_connection("127.0.0.1", self.ports[0])

    async def empty(self) -> None:
        """Wait until nobody is here."""
        while self.slots.taken:
            await asyncio.sleep(0.01)


async def _greet(connection: ServerConnection) -> None:
    await connection.send("welcome")
    await connection.wait_closed()


@asynccontextmanager
async def _house(
    total: int = 9, per_address: int = 9, tls: ssl.SSLContext | None = None
) -> AsyncIterator[_House]:
    with capture_logs():
        async with _House(Slots(total, per_address), tls).open() as house:
            yield house


async def _sent_away(visitor: ClientConnection) -> tuple[int | None, str | None]:
    with pytest.raises(ConnectionClosed):
        await visitor.recv()
    return visitor.close_code, visitor.close_reason


@real
async def test_beyond_the_total_over_both_ports_the_next_is_told_so_and_closed() -> None:
    async with _house(total=3) as house:
        inside = [await house.visit(which) for which in (0, 1, 0)]
        for which in (0, 1):
            visitor = await house.visit(which)
            assert await _sent_away(visitor) == (1013, "too many connections")
        assert [await visitor.recv() for visitor in inside] == ["welcome"] * 3
        await inside[0].close()
        assert await (await house.visit(1)).recv() == "welcome"


@real
async def test_beyond_an_addresss_share_only_that_address_is_closed() -> None:
    async with _house(per_address=1) as house:
        await house.visit()
        assert await _sent_away(await house.visit(1)) == (
            1013,
            "too many connections of one address",
        )
        other = await house.visit(local_addr=("127.0.0.2", 0))
        assert await other.recv() == "welcome"


@real
async def test_a_connection_that_is_cut_leaves_its_place() -> None:
    async with _house(total=1) as house:
        for _ in range(5):
            visitor = await house.visit()
            assert await visitor.recv() == "welcome"
            visitor.transport.abort()
            await house.empty()


@pytest.mark.parametrize(
    "said",
    [
        b"",
        b"GET / HTTP/1.1\r\nHost: a\r\n",
        b"GET / HTTP/1.1\r\n" + b"A: b\r\n" * 129 + b"\r\n",
        b"\x16\x03\x01 this is no HTTP\r\n\r\n",
        b"x" * 100_000,
        b"GET /" + b"x" * 9000 + b" HTTP/1.1\r\n\r\n",
    ],
    ids=["nothing", "half", "129 headers", "garbage", "no line", "long line"],
)
@real
async def test_whoever_does_not_shake_hands_holds_a_place_only_so_long(said: bytes) -> None:
    async with _house(total=1) as house:
        reader, writer = await house.knock()
        writer.write(said)
        await asyncio.sleep(0)
        async with asyncio.timeout(5.0):
            answer = await reader.read()
            await house.empty()
        assert answer == b"" or answer.startswith((b"HTTP/1.1 431 ", b"HTTP/1.1 414 "))
        assert await (await house.visit()).recv() == "welcome"
        writer.close()


@real
async def test_one_byte_now_and_then_does_not_hold_a_place_longer() -> None:
    async with _house(total=1) as house:
        reader, writer = await house.knock()
        for byte in b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n" * 100:
            if reader.at_eof():
                break
            writer.write(bytes([byte]))
            await asyncio.sleep(0.05)
        else:
            raise AssertionError("it holds its place")
        await house.empty()
        writer.close()


@real
async def test_dawdlers_are_counted() -> None:
    async with _house(total=2) as house:
        dawdlers = [await house.knock() for _ in range(2)]
        assert await _sent_away(await house.visit()) == (1013, "too many connections")
        for reader, writer in dawdlers:
            assert await reader.read() == b""
            writer.close()
        assert await (await house.visit()).recv() == "welcome"


@real
async def test_of_a_crowd_without_room_only_some_are_told_and_the_rest_is_cut() -> None:
    async with _house(total=1) as house:
        await house.visit()
        crowd = [await house.knock() for _ in range(COURTESY + 8)]
        cut, _ = await asyncio.wait(
            [asyncio.create_task(reader.read()) for reader, _ in crowd[COURTESY:]], timeout=0.4
        )
        assert len(cut) == 8
        for reader, writer in crowd:
            assert await _rest(reader) == b""
            writer.close()
        assert await _sent_away(await house.visit()) == (1013, "too many connections")


async def _rest(reader: asyncio.StreamReader) -> bytes:
    try:
        return await reader.read()
    except ConnectionResetError:
        return b""


@real
async def test_a_foreign_version_is_refused_without_a_word_of_the_peers() -> None:
    async with _house() as house:
        with pytest.raises(InvalidStatus) as caught:
            await connect(
                f"ws://127.0.0.1:{house.ports[0]}/",
                subprotocols=[Subprotocol("secret.v9")],
                proxy=None,
            )
        assert caught.value.response.status_code == 400
        assert b"secret" not in caught.value.response.body
        assert b"mine.v1" in caught.value.response.body


@real
async def test_both_ports_speak_tls_and_nothing_else(tmp_path: Path) -> None:
    cert, key = own_certificate().write(tmp_path)
    async with _house(total=2, tls=server_context(cert, key)) as house:
        for which in (0, 1):
            visitor = await house.visit(which, ssl=client_context(cert))
            assert await visitor.recv() == "welcome"
            await visitor.close()
        reader, writer = await house.knock()
        writer.write(b"GET / HTTP/1.1\r\n\r\n")
        assert await _rest(reader) == b""
        silent, closing = await house.knock()
        assert await _rest(silent) == b""
        for one in (writer, closing):
            one.close()


@real
async def test_nothing_older_than_tls_1_2_is_spoken(tmp_path: Path) -> None:
    cert, key = own_certificate().write(tmp_path)
    old = client_context(cert)
    with pytest.warns(DeprecationWarning):
        old.minimum_version = ssl.TLSVersion.TLSv1
        old.maximum_version = ssl.TLSVersion.TLSv1_1
    async with _house(tls=server_context(cert, key)) as house:
        with pytest.raises((ssl.SSLError, OSError)):
            await house.visit(ssl=old)
