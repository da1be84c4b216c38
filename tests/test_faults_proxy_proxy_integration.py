"""Tests of faults.proxy.Proxy on real sockets of this machine."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import pytest
from producer_client import real

from faults.proxy import Plan, Proxy, Toxics, harmless
from faults.surroundings import free_port
from faults.toxics import LimitData, ResetPeer, Slicer

HOST = "127.0.0.1"
SILENT_S = 0.2


@asynccontextmanager
async def echoing(plan: Plan = harmless) -> AsyncIterator[tuple[Proxy, int]]:
    """A server that says everything again, behind a proxy: the proxy and its port."""

    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while data := await reader.read(4096):
                writer.write(data)
                await writer.drain()
        writer.close()

    upstream = free_port()
    port = free_port(other_than=upstream)
    server = await asyncio.start_server(echo, HOST, upstream)
    proxy = Proxy((HOST, upstream), plan)
    await proxy.listen((HOST, port))
    try:
        yield proxy, port
    finally:
        await proxy.close()
        server.close()


async def say(port: int, text: bytes) -> bytes:
    """Connect, say something, and hear as much again."""
    reader, writer = await asyncio.open_connection(HOST, port)
    try:
        writer.write(text)
        return await reader.readexactly(len(text))
    finally:
        writer.close()


@real
async def test_it_passes_everything_on() -> None:
    async with echoing() as (proxy, port):
        content = random.Random(0).randbytes(200_000)

        assert await say(port, content) == content
        assert proxy.connections == 1


@real
async def test_slices_arrive_whole() -> None:
    toxics = Toxics(down=[Slicer(100, delay_s=0.0, chance=random.Random(1))])
    async with echoing(lambda _: toxics) as (_, port):
        assert await say(port, b"a" * 5000) == b"a" * 5000


@real
async def test_the_plan_says_what_each_connection_suffers() -> None:
    async with echoing(lambda k: Toxics(down=[LimitData(3)] if k == 0 else [])) as (_, port):
        with pytest.raises(asyncio.IncompleteReadError) as cut:
            await say(port, b"abcdef")

        assert cut.value.partial == b"abc"
        assert await say(port, b"abcdef") == b"abcdef"


@real
async def test_a_reset_is_a_reset() -> None:
    async with echoing(lambda _: Toxics(up=[ResetPeer(0.0)])) as (_, port):
        with pytest.raises(ConnectionResetError):
            await say(port, b"abcdef")


@real
async def test_all_connections_can_be_reset_at_once() -> None:
    async with echoing() as (proxy, port):
        reader, writer = await asyncio.open_connection(HOST, port)
        writer.write(b"a")
        await reader.readexactly(1)
        proxy.reset_all()

        with pytest.raises(ConnectionResetError):
            await reader.readexactly(1)
        writer.close()


@real
async def test_a_silent_proxy_tells_nobody_anything_until_it_is_healed() -> None:
    async with echoing() as (proxy, port):
        reader, writer = await asyncio.open_connection(HOST, port)
        writer.write(b"a")
        await reader.readexactly(1)
        proxy.hush()
        writer.write(b"b")

        with pytest.raises(TimeoutError):
            await asyncio.wait_for(reader.read(1), SILENT_S)
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(say(port, b"c"), SILENT_S)
        proxy.heal()

        assert await say(port, b"d") == b"d"
        # What has lost bytes stays silent: a gap would be no fault of a network.
        writer.write(b"e")
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(reader.read(1), SILENT_S)
        writer.close()


@real
async def test_without_a_server_connections_are_reset() -> None:
    upstream = free_port()
    port = free_port(other_than=upstream)
    proxy = Proxy((HOST, upstream))
    await proxy.listen((HOST, port))

    with pytest.raises((ConnectionResetError, asyncio.IncompleteReadError)):
        await say(port, b"a")
    await proxy.close()
