"""Sender against real sockets whose other end stops to read."""

from __future__ import annotations

import asyncio

import pytest
from producer_client import real
from websockets.asyncio.client import connect
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed

from producer.ports import sender, wire
from producer.ports.sender import Sender
from producer.ports.wire import SERVE_OPTIONS, close_or_abort


async def _fill(connection: ServerConnection) -> float:
    """Send until it fails; the seconds that the last send took."""
    loop = asyncio.get_running_loop()
    patient = Sender(connection)
    while True:
        begin = loop.time()
        try:
            await patient.send(bytes(2**20))
        except ConnectionClosed:
            return loop.time() - begin


@real
async def test_a_peer_that_never_reads_is_cut_when_its_time_is_up() -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sender, "SEND_TIMEOUT_S", 0.2)
        took: asyncio.Future[float] = asyncio.get_running_loop().create_future()

        async def handle(connection: ServerConnection) -> None:
            took.set_result(await _fill(connection))

        async with serve(handle, "127.0.0.1", 0, **SERVE_OPTIONS) as server:
            port = next(iter(server.sockets)).getsockname()[1]
            client = await connect(f"ws://127.0.0.1:{port}", proxy=None, max_queue=1)
            client.transport.pause_reading()
            assert 0.15 < await took < 1.5
            client.transport.abort()
            await client.wait_closed()


@real
async def test_closing_a_peer_whose_buffers_are_full_ends_in_time() -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(wire, "CLOSE_TIMEOUT_S", 0.2)
        ended = asyncio.Event()

        async def handle(connection: ServerConnection) -> None:
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.2):
                    while True:
                        await connection.send(bytes(2**20))
            await close_or_abort(connection, 1000)
            ended.set()

        async with serve(handle, "127.0.0.1", 0, **SERVE_OPTIONS) as server:
            port = next(iter(server.sockets)).getsockname()[1]
            client = await connect(f"ws://127.0.0.1:{port}", proxy=None, max_queue=1)
            client.transport.pause_reading()
            async with asyncio.timeout(2.0):
                await ended.wait()
            client.transport.abort()
            await client.wait_closed()
