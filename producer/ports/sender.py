"""Sends on a connection that a frozen peer cannot hold."""

from __future__ import annotations

import asyncio

from websockets.asyncio.server import ServerConnection
from websockets.exceptions import ConnectionClosed

SEND_TIMEOUT_S = 5.0
STOOD_STILL_S = 1.0
"""A timer that is so late says that this process itself was stopped."""


class Sender:
    """Sends messages on one connection, and cuts it when its peer takes nothing for 5 s.

    The library's keepalive does not notice a frozen peer once the buffers are full, and a polite
    close would wait for it again.

    Args:
        connection: of either port.
    """

    def __init__(self, connection: ServerConnection) -> None:
        self._connection = connection
        self._loop = asyncio.get_running_loop()
        self._waiting = 0
        # When the peer last took a message, or the first of those that wait began to.
        self._moved = 0.0
        # One for all messages, set anew only when it strikes: one for each would be a tenth of
        # what sending a frame costs.
        self._timer: asyncio.TimerHandle | None = None
        self._is_cut = False

    async def send(self, message: str | bytes) -> None:
        """Send one message.

        Raises:
            ConnectionClosed: the connection is gone, or was cut.
        """
        if not self._waiting:
            self._moved = self._loop.time()
        self._waiting += 1
        if self._timer is None:
            self._timer = self._loop.call_at(self._moved + SEND_TIMEOUT_S, self._look)
        try:
            await self._connection.send(message)
            self._moved = self._loop.time()
        finally:
            self._waiting -= 1
        if self._is_cut:
            await self._connection.wait_closed()
            raise ConnectionClosed(None, None)

    def _look(self) -> None:
        timer, self._timer = self._timer, None
        if timer is None or not self._waiting:
            return
        now = self._loop.time()
        if now - timer.when() > STOOD_STILL_S:
            # Then nobody was sent anything, and what the peer has taken meanwhile is not known.
            self._moved = now
        due = self._moved + SEND_TIMEOUT_S
        if now < due:
            self._timer = self._loop.call_at(due, self._look)
        else:
            self._is_cut = True
            self._connection.transport.abort()
