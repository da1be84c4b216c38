"""FrameWire sends on a connection of the frame stream, and can cut it."""

from __future__ import annotations

import asyncio

import pytest
from producer_parts import virtual
from producer_wires import FakeConnection
from websockets.exceptions import ConnectionClosed

from producer.ports.playing import FrameWire
from producer.ports.sender import SEND_TIMEOUT_S


@virtual
async def test_frames_are_sent_as_they_are() -> None:
    connection = FakeConnection()
    await FrameWire(connection.real).send(b"frame")
    assert connection.sent == [b"frame"]


@virtual
async def test_a_peer_that_takes_nothing_is_cut() -> None:
    connection = FakeConnection()
    connection.frozen = True
    with pytest.raises(ConnectionClosed):
        await FrameWire(connection.real).send(b"frame")
    assert connection.transport.aborted
    assert asyncio.get_running_loop().time() == pytest.approx(SEND_TIMEOUT_S)


@virtual
async def test_a_cut_asks_nobody() -> None:
    connection = FakeConnection()
    connection.frozen = True
    FrameWire(connection.real).abort()
    assert connection.transport.aborted and connection.closed is None
