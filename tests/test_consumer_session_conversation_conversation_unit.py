"""Conversation: what it makes of its connection's ends, without a socket."""

from __future__ import annotations

import asyncio
from typing import cast

import pytest
from consumer_parts import started
from producer_parts import run_virtual
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosedError
from websockets.frames import Close

from consumer.session.conversation import SEND_TIMEOUT_S, Conversation
from shared.errors import ConnectionLost, LimitError, RefusedError
from shared.messages import Error, Message, Start, encode_message

START = Start(consumer="me")


class FakeTransport:
    """Knows whether it was aborted."""

    aborted = False

    def abort(self) -> None:
        """Be aborted."""
        self.aborted = True


class FakeConnection:
    """A connection with messages to hear, after which it is closed.

    Args:
        messages: what the other side says.
        takes: whether it takes anything; otherwise a send never ends.
        code: what the other side closes it with.
    """

    def __init__(self, *messages: Message, takes: bool = True, code: int = 1011) -> None:
        self.transport = FakeTransport()
        self.sent: list[str] = []
        self.closed = False
        self._messages = list(messages)
        self._takes = takes
        self._code = code

    async def send(self, text: str) -> None:
        """Keep it."""
        if not self._takes:
            await asyncio.Event().wait()
        if self.closed:
            raise ConnectionClosedError(Close(self._code, "gone"), None)
        self.sent.append(text)

    async def recv(self) -> str:
        """The next message."""
        if not self._messages:
            raise ConnectionClosedError(Close(self._code, "gone"), None)
        return encode_message(self._messages.pop(0))

    async def close(self) -> None:
        """Be closed."""
        self.closed = True

    def conversation(self) -> Conversation:
        """A conversation over this connection."""
        return Conversation(cast(ClientConnection, self), "ws://there")


def test_messages_are_told_and_heard_in_order() -> None:
    connection = FakeConnection(
        started(frames=3), Error(code="late", message="hm", fatal=False), started(frames=4)
    )

    async def work() -> list[object]:
        conversation = connection.conversation()
        await conversation.tell(START)
        heard = [await conversation.hear(), await conversation.hear()]
        await conversation.close()
        return list(heard)

    assert run_virtual(work()) == [started(frames=3), started(frames=4)]
    assert connection.sent == [encode_message(START)]
    assert connection.closed


def test_a_refusal_is_heard_before_the_end() -> None:
    with pytest.raises(RefusedError, match=r"the peer refused \(busy\): later"):
        run_virtual(FakeConnection(Error(code="busy", message="later")).conversation().hear())


def test_the_end_of_the_connection_is_a_lost_channel_for_both_ways() -> None:
    async def tell() -> None:
        connection = FakeConnection()
        conversation = connection.conversation()
        await conversation.close()
        await conversation.tell(START)

    for work in (tell(), FakeConnection().conversation().hear()):
        with pytest.raises(ConnectionLost, match="session channel lost at ws://there: got .*gone"):
            run_virtual(work)


def test_a_close_for_want_of_room_says_so_for_both_ways() -> None:
    async def tell() -> None:
        connection = FakeConnection(code=1013)
        conversation = connection.conversation()
        await conversation.close()
        await conversation.tell(START)

    for work in (tell(), FakeConnection(code=1013).conversation().hear()):
        with pytest.raises(LimitError, match="no room at the producer at ws://there: got gone"):
            run_virtual(work)


def test_an_abort_cuts_the_connection_without_a_close() -> None:
    connection = FakeConnection()
    connection.conversation().abort()
    assert (connection.transport.aborted, connection.closed) == (True, False)


def test_a_peer_that_takes_nothing_is_cut_off_after_five_seconds() -> None:
    connection = FakeConnection(takes=False)

    async def work() -> float:
        with pytest.raises(ConnectionLost, match="got nothing taken for 5 s"):
            await connection.conversation().tell(START)
        return asyncio.get_running_loop().time()

    assert run_virtual(work()) == pytest.approx(SEND_TIMEOUT_S)
    assert connection.transport.aborted
