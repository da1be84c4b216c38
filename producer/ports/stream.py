"""The frame stream, port 6000: one binary message a frame, nothing in return."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from http import HTTPStatus

from websockets.asyncio.server import Server, ServerConnection
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response

from producer.ports.answers import plain
from producer.ports.door import Door
from producer.ports.playing import NO_STREAM, play_out
from producer.ports.wire import POLICY_VIOLATION, close_or_abort
from producer.sessions.live import LiveSession
from shared.messages import FRAMES_PROTOCOL

MAX_INBOUND = 4 * 1024
MAX_QUEUE = 1
"""A client has nothing to say here."""


class FrameStream:
    """Serves the frames of the sessions that are live.

    Args:
        sessions: the live sessions by their streams' paths, without the first slash.
        door: who may come in.
    """

    def __init__(self, sessions: Mapping[str, LiveSession], door: Door) -> None:
        self._sessions = sessions
        self._door = door

    async def listen(self, host: str, port: int) -> Server:
        """Start to serve.

        Raises:
            OSError: the port cannot be listened on.
        """
        return await self._door.listen(
            self._play,
            host,
            port,
            protocol=FRAMES_PROTOCOL,
            route=self._admit,
            max_size=MAX_INBOUND,
            max_queue=MAX_QUEUE,
        )

    def _admit(self, _: ServerConnection, request: Request) -> Response | None:
        if request.path.startswith("/") and request.path[1:] in self._sessions:
            return None
        return plain(
            HTTPStatus.NOT_FOUND, b"No such session: open one on the session channel first.\n"
        )

    async def _play(self, connection: ServerConnection) -> None:
        request = connection.request
        live = self._sessions.get(request.path[1:]) if request is not None else None
        if live is None:
            await close_or_abort(connection, POLICY_VIOLATION, NO_STREAM)
        else:
            # Somebody has to take what comes: unread, it would hold up the answers to pings.
            hushing = asyncio.get_running_loop().create_task(_hush(connection))
            try:
                code, reason = await play_out(live, connection)
            finally:
                hushing.cancel()
            await close_or_abort(connection, code, reason)


async def _hush(connection: ServerConnection) -> None:
    with suppress(ConnectionClosed):
        async for _ in connection:
            await close_or_abort(connection, POLICY_VIOLATION, "there is nothing to say here")
