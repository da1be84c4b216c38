"""send_or_abort cuts a connection whose peer takes nothing."""

from __future__ import annotations

import asyncio

import pytest
from producer_parts import run_virtual, virtual
from producer_wires import FakeConnection
from websockets.exceptions import ConnectionClosed

from producer.ports.wire import SEND_TIMEOUT_S, SERVE_OPTIONS, send_or_abort


@virtual
async def test_a_message_is_sent() -> None:
    connection = FakeConnection()
    await send_or_abort(connection.real, b"frame")
    assert connection.sent == [b"frame"]
    assert not connection.transport.aborted


def test_a_peer_that_takes_nothing_is_cut_after_five_seconds() -> None:
    connection = FakeConnection()
    connection.frozen = True

    async def scene() -> float:
        with pytest.raises(ConnectionClosed):
            await send_or_abort(connection.real, b"frame")
        return asyncio.get_running_loop().time()

    assert run_virtual(scene()) == pytest.approx(SEND_TIMEOUT_S) == 5.0
    assert connection.transport.aborted


@virtual
async def test_a_connection_that_is_gone_is_said_to_be_gone() -> None:
    connection = FakeConnection()
    connection.broken = True
    with pytest.raises(ConnectionClosed):
        await send_or_abort(connection.real, b"frame")
    assert not connection.transport.aborted


def test_both_ports_compress_nothing() -> None:
    assert SERVE_OPTIONS["compression"] is None
