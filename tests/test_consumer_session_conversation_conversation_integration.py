"""Conversation with a real WebSocket server: found, not found, refusing, talking nonsense, gone."""

from __future__ import annotations

import asyncio
import random
import re
import socket
import time
from http import HTTPStatus
from typing import Any

import pytest
from consumer_parts import SESSION, started
from fake_producer import Act, Script, answering, playing
from structlog.testing import capture_logs
from websockets.asyncio.server import ServerConnection

from consumer.link import Link
from consumer.session.conversation import Conversation
from shared.errors import (
    CatwalkError,
    ConnectionLost,
    MessageError,
    PeerError,
    ProducerUnavailable,
    RefusedError,
)
from shared.messages import SESSION_PROTOCOL, Error, Message, Start, Stored, encode_message

PROTOCOLS = (SESSION_PROTOCOL,)
START = Start(consumer="me")


def address(port: int) -> str:
    """Of a producer on this machine."""
    return f"ws://127.0.0.1:{port}"


def free_port() -> int:
    """A port on which nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as holder:
        return int(holder.getsockname()[1])


async def opened(port: int, *, patience: float = 0.3) -> Conversation:
    """A conversation with whoever listens there."""
    return await Conversation.open(
        address(port), link=Link(), patience=patience, chance=random.Random(1)
    )


def saying(*messages: Message | str | bytes) -> Script:
    """A script that says this and waits for the other side to leave."""

    async def say(connection: ServerConnection) -> None:
        for message in messages:
            spoken = encode_message(message) if isinstance(message, Message) else message
            await connection.send(spoken)
        await connection.wait_closed()

    return say


def converse(script: Script, *, hear: int = 1) -> list[Any]:
    """Say START and hear so many messages."""

    async def work(port: int) -> list[Any]:
        conversation = await opened(port)
        try:
            await conversation.tell(START)
            return [await conversation.hear() for _ in range(hear)]
        finally:
            await conversation.close()

    with playing(Act(script, PROTOCOLS)) as port:
        return asyncio.run(work(port))


def test_what_is_told_arrives_and_what_is_answered_is_heard() -> None:
    told: list[str | bytes] = []

    async def answer(connection: ServerConnection) -> None:
        told.append(await connection.recv())
        await saying(started(), Stored(session=SESSION, through=7))(connection)

    assert converse(answer, hear=2) == [started(), Stored(session=SESSION, through=7)]
    assert told == [encode_message(START)]


@pytest.mark.parametrize("patience", [0.0, 0.3])
def test_nobody_there_is_known_when_the_patience_is_over(patience: float) -> None:
    port = free_port()
    began = time.monotonic()
    with capture_logs() as lines, pytest.raises(ProducerUnavailable) as caught:
        asyncio.run(opened(port, patience=patience))
    assert patience <= time.monotonic() - began < patience + 2.0
    assert caught.value.exit_code == 3
    assert re.fullmatch(
        f"no producer at {address(port)}: expected an answer within {patience:g} s, got .+",
        str(caught.value),
    )
    waiting = ["waiting-for-producer"] if patience else []
    assert [line["event"] for line in lines] == waiting


class LongWaits(random.Random):
    """Chance that always asks for eight seconds."""

    def uniform(self, a: float, b: float) -> float:
        """Eight."""
        return 8.0 + 0.0 * (a + b)


def test_no_wait_goes_beyond_the_patience() -> None:
    began = time.monotonic()
    with pytest.raises(ProducerUnavailable):
        asyncio.run(
            Conversation.open(address(free_port()), link=Link(), patience=0.1, chance=LongWaits())
        )
    assert time.monotonic() - began < 4.0


def test_a_name_without_an_address_is_nobody() -> None:
    with pytest.raises(ProducerUnavailable):
        asyncio.run(
            Conversation.open(
                "ws://nobody.invalid:7000", link=Link(), patience=0.0, chance=random.Random(1)
            )
        )


def test_a_producer_that_comes_late_is_found() -> None:
    port = free_port()

    async def work() -> object:
        opening = asyncio.create_task(opened(port, patience=20.0))
        await asyncio.sleep(0.2)
        assert not opening.done()
        with playing(Act(saying(started()), PROTOCOLS), port=port):
            conversation = await opening
            heard = await conversation.hear()
            await conversation.close()
            return heard

    assert asyncio.run(work()) == started()


@pytest.mark.parametrize(
    ("act", "got"),
    [
        (Act(saying(), PROTOCOLS, HTTPStatus.NOT_FOUND), ".*HTTP 404"),
        (Act(saying(), PROTOCOLS, HTTPStatus.OK), ".*HTTP 200"),
        (Act(saying(), ("catwalk.session.v9",)), ".+"),
        (Act(saying(), None), "no subprotocol"),
    ],
    ids=["404", "200", "other version", "no subprotocol"],
)
def test_a_server_that_does_not_speak_the_protocol_is_no_producer(act: Act, got: str) -> None:
    with playing(act) as port, pytest.raises(PeerError) as caught:
        asyncio.run(opened(port, patience=20.0))
    expected = f"not a producer at {address(port)}: expected catwalk.session.v1, got {got}"
    assert re.fullmatch(expected, str(caught.value))
    assert caught.value.exit_code == 4


def test_a_server_of_something_else_is_no_producer() -> None:
    with answering(b"SSH-2.0-OpenSSH\r\n") as port, pytest.raises(PeerError) as caught:
        asyncio.run(opened(port, patience=20.0))
    assert "not a producer" in str(caught.value)


def test_a_forwarder_with_nobody_behind_it_is_nobody() -> None:
    with answering(b"") as port, pytest.raises(ProducerUnavailable) as caught:
        asyncio.run(opened(port))
    assert str(caught.value).endswith("it wants wss:// in --producer")


@pytest.mark.parametrize("code", ["busy", "bad-state"])
def test_a_fatal_error_is_a_refusal_with_the_peers_code(code: str) -> None:
    with pytest.raises(RefusedError) as caught:
        converse(saying(Error(code=code, message="not now")))
    assert caught.value.code == code
    assert str(caught.value) == f"the peer refused ({code}): not now"


def test_a_warning_is_logged_and_passed_over() -> None:
    warning = Error(code="bad-state", message="no such session", fatal=False)
    with capture_logs() as lines:
        assert converse(saying(warning, started())) == [started()]
    assert lines == [
        {
            "event": "producer-warned",
            "log_level": "warning",
            "code": "bad-state",
            "reason": "no such session",
        }
    ]


@pytest.mark.parametrize(
    "nonsense", ["", "hello", "{}", '{"type":"start"}', '{"type":"stored"}', b"binary", "[1]"]
)
def test_what_is_no_message_of_the_protocol_is_an_error(nonsense: str | bytes) -> None:
    with pytest.raises(MessageError, match="a producer's message"):
        converse(saying(nonsense))


async def _abort(connection: ServerConnection) -> None:
    await connection.recv()
    connection.transport.abort()


async def _leave(connection: ServerConnection) -> None:
    await connection.recv()
    await connection.close(1001, "restarting")


@pytest.mark.parametrize(
    ("script", "got"),
    [(_abort, "no close frame received or sent"), (_leave, "received 1001 .*restarting.*")],
    ids=["abort", "close"],
)
def test_a_cut_connection_is_a_lost_channel(script: Script, got: str) -> None:
    with pytest.raises(ConnectionLost) as caught:
        converse(script)
    assert re.fullmatch(
        f"session channel lost at ws://127.0.0.1:[0-9]+: got {got}", str(caught.value)
    )


def test_an_answer_that_does_not_come_in_time_is_a_lost_channel() -> None:
    async def wait() -> None:
        async with asyncio.timeout(10):
            conversation = await opened(port)
            try:
                with pytest.raises(ConnectionLost, match="no answer within 0.2 s"):
                    await conversation.hear(within=0.2)
            finally:
                await conversation.close()

    with playing(Act(saying(), PROTOCOLS)) as port:
        asyncio.run(wait())


def test_nothing_can_be_told_on_a_lost_channel() -> None:
    async def work(port: int) -> None:
        conversation = await opened(port)
        await conversation.tell(START)
        with pytest.raises(ConnectionLost):
            await conversation.hear()
        try:
            await conversation.tell(START)
        finally:
            await conversation.close()

    with playing(Act(_abort, PROTOCOLS)) as port, pytest.raises(CatwalkError) as caught:
        asyncio.run(work(port))
    assert isinstance(caught.value, ConnectionLost)


def test_a_producer_that_takes_nothing_is_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("consumer.session.conversation.SEND_TIMEOUT_S", 0.2)
    large = Start(consumer="me", classes=("x" * 200,) * 1000)

    async def freeze(connection: ServerConnection) -> None:
        connection.transport.pause_reading()
        await asyncio.sleep(1.0)
        connection.transport.abort()

    async def work(port: int) -> None:
        conversation = await opened(port)
        try:
            for _ in range(1000):
                await conversation.tell(large)
        finally:
            await conversation.close()

    with playing(Act(freeze, PROTOCOLS)) as port, pytest.raises(ConnectionLost) as caught:
        asyncio.run(work(port))
    assert str(caught.value).endswith("got nothing taken for 0.2 s")
