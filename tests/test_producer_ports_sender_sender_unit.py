"""Sender cuts a connection whose peer takes nothing."""

from __future__ import annotations

import asyncio

import pytest
from producer_parts import run_virtual, virtual
from producer_wires import FakeConnection
from websockets.exceptions import ConnectionClosed

from producer.ports.sender import SEND_TIMEOUT_S, Sender
from producer.ports.wire import SERVE_OPTIONS


@virtual
async def test_a_message_is_sent() -> None:
    connection = FakeConnection()
    await Sender(connection.real).send(b"frame")
    assert connection.sent == [b"frame"]
    assert not connection.transport.aborted


def test_a_peer_that_takes_nothing_is_cut_after_five_seconds() -> None:
    connection = FakeConnection()
    connection.frozen = True

    async def scene() -> float:
        with pytest.raises(ConnectionClosed):
            await Sender(connection.real).send(b"frame")
        return asyncio.get_running_loop().time()

    assert run_virtual(scene()) == pytest.approx(SEND_TIMEOUT_S) == 5.0
    assert connection.transport.aborted


@virtual
async def test_a_connection_that_is_gone_is_said_to_be_gone() -> None:
    connection = FakeConnection()
    connection.broken = True
    with pytest.raises(ConnectionClosed):
        await Sender(connection.real).send(b"frame")
    assert not connection.transport.aborted


@virtual
async def test_a_peer_that_is_slow_but_takes_messages_is_not_cut() -> None:
    connection = FakeConnection()
    sender = Sender(connection.real)
    for _ in range(10):
        connection.gate.clear()
        sending = asyncio.create_task(sender.send(b"frame"))
        await asyncio.sleep(SEND_TIMEOUT_S - 0.1)
        connection.gate.set()
        await sending
    assert len(connection.sent) == 10
    assert not connection.transport.aborted


@virtual
async def test_a_peer_that_stops_to_take_is_cut_five_seconds_after_its_last_message() -> None:
    connection = FakeConnection()
    sender = Sender(connection.real)
    for _ in range(3):
        await sender.send(b"frame")
        await asyncio.sleep(1.7)
    connection.frozen = True
    begin = asyncio.get_running_loop().time()
    with pytest.raises(ConnectionClosed):
        await sender.send(b"frame")
    assert asyncio.get_running_loop().time() - begin == pytest.approx(SEND_TIMEOUT_S)
    assert connection.transport.aborted


@virtual
async def test_an_idle_connection_is_not_cut() -> None:
    connection = FakeConnection()
    await Sender(connection.real).send(b"frame")
    await asyncio.sleep(60.0)
    assert not connection.transport.aborted


@virtual
async def test_of_several_that_wait_all_are_told_that_the_connection_was_cut() -> None:
    connection = FakeConnection()
    connection.frozen = True
    sender = Sender(connection.real)
    ends = await asyncio.gather(*(sender.send(b"frame") for _ in range(3)), return_exceptions=True)
    assert [type(end) for end in ends] == [ConnectionClosed] * 3


@virtual
async def test_a_send_that_is_given_up_is_nothing_that_the_peer_has_taken() -> None:
    connection = FakeConnection()
    connection.frozen = True
    sender = Sender(connection.real)
    first, second = (asyncio.create_task(sender.send(b"frame")) for _ in range(2))
    await asyncio.sleep(SEND_TIMEOUT_S - 0.5)
    first.cancel()
    with pytest.raises(ConnectionClosed):
        await second
    assert asyncio.get_running_loop().time() == pytest.approx(SEND_TIMEOUT_S)


@virtual
async def test_a_process_that_was_stopped_itself_does_not_blame_its_peer(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    connection = FakeConnection()
    connection.gate.clear()
    loop = asyncio.get_running_loop()
    sending = asyncio.create_task(Sender(connection.real).send(b"frame"))
    await asyncio.sleep(1.0)
    now = loop.time
    monkeypatch.setattr(loop, "time", lambda: now() + 3600.0)
    await asyncio.sleep(0.1)
    assert not connection.transport.aborted
    connection.gate.set()
    await sending
    assert connection.sent == [b"frame"]


def test_both_ports_compress_nothing() -> None:
    assert SERVE_OPTIONS["compression"] is None
