"""An asyncio TCP proxy between two services on this machine, with toxics."""

from __future__ import annotations

import asyncio
import socket
import struct
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass

import structlog

from faults.toxics import End, Piece, Toxic, shaped

log = structlog.get_logger()

CLOSE_S = 5.0
CHUNK = 16 * 1024
IN_FLIGHT = 256
"""How many pieces may be on their way in one direction."""
_LINGER_NOT = struct.pack("ii", 1, 0)

Address = tuple[str, int]


@dataclass(frozen=True, slots=True)
class Toxics:
    """What one connection suffers: ``up`` towards the server, ``down`` towards the client."""

    up: Sequence[Toxic] = ()
    down: Sequence[Toxic] = ()


Plan = Callable[[int], Toxics]
"""The toxics of the connection with this number, from 0."""


def harmless(_: int) -> Toxics:
    """No toxics at all."""
    return Toxics()


class Proxy:
    """Passes connections on; what they suffer is planned, or done to all of them at once.

    ``accepted`` and ``ended`` say when connections were, seconds on the monotonic clock.

    Args:
        upstream: where connections go.
        plan: the toxics of each connection.
    """

    def __init__(self, upstream: Address, plan: Plan = harmless) -> None:
        self._upstream = upstream
        self.plan = plan
        self._links: set[_Link] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None
        self._silent = False
        self.connections = 0
        self.accepted: list[float] = []
        self.ended: list[float] = []

    async def listen(self, address: Address) -> None:
        """Take connections at this address from now on."""
        self._server = await asyncio.start_server(self._accept, *address)

    def renew(self, plan: Plan) -> None:
        """Count connections from 0 again, under another plan."""
        self.plan = plan
        self.connections = 0
        self.accepted.clear()
        self.ended.clear()

    def reset_all(self) -> None:
        """Reset every connection, both ways."""
        for link in list(self._links):
            link.end(End.RESET)

    def hush(self) -> None:
        """From now on nothing passes, neither bytes nor ends, and new connections are as mute.

        So it is when a cable is cut. What has lost bytes stays mute for ever.
        """
        self._silent = True
        for link in self._links:
            link.silent = True

    def heal(self) -> None:
        """New connections pass again."""
        self._silent = False

    async def close(self) -> None:
        """End everything."""
        if self._server is not None:
            self._server.close()
        for link in list(self._links):
            link.end(End.RESET)
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=CLOSE_S)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        toxics = self.plan(self.connections)
        self.connections += 1
        self.accepted.append(time.monotonic())
        link = _Link(toxics, silent=self._silent)
        self._links.add(link)
        try:
            await link.join((reader, writer), self._upstream)
        finally:
            self._links.discard(link)
            self.ended.append(time.monotonic())


_Stream = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class _Link:
    """One connection with both its sides."""

    def __init__(self, toxics: Toxics, *, silent: bool) -> None:
        self._toxics = toxics
        self._writers: list[asyncio.StreamWriter] = []
        self._ended = asyncio.Event()
        self.silent = silent

    async def join(self, client: _Stream, upstream: Address) -> None:
        """Connect the client with the server, until either ends it."""
        self._writers.append(client[1])
        try:
            server = await asyncio.open_connection(*upstream)
        except OSError:
            self.end(End.RESET)
            return
        self._writers.append(server[1])
        if self._ended.is_set():
            self.end(End.RESET)
        ways = [
            asyncio.ensure_future(self._carry(client[0], server[1], self._toxics.up)),
            asyncio.ensure_future(self._carry(server[0], client[1], self._toxics.down)),
        ]
        try:
            await self._ended.wait()
        finally:
            for way in ways:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)
            self.end(End.CLOSE)

    def end(self, end: End) -> None:
        """End both sides."""
        for writer in self._writers:
            if end is End.RESET:
                _linger_not(writer)
                # Buffered bytes are lost as they would be on the way.
                writer.transport.abort()
            else:
                writer.close()
        self._ended.set()

    async def _carry(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, toxics: Sequence[Toxic]
    ) -> None:
        queue: asyncio.Queue[Piece] = asyncio.Queue(IN_FLIGHT)
        reading = asyncio.ensure_future(_read(reader, queue, toxics))
        try:
            await self._write(writer, queue)
        finally:
            reading.cancel()
            with suppress(asyncio.CancelledError):
                await reading

    async def _write(self, writer: asyncio.StreamWriter, queue: asyncio.Queue[Piece]) -> None:
        loop = asyncio.get_running_loop()
        while True:
            piece = await queue.get()
            await asyncio.sleep(max(0.0, piece.due - loop.time()))
            if self.silent or piece.end is End.SILENCE:
                self.silent = True
                continue
            with suppress(OSError):
                writer.write(piece.data)
                await writer.drain()
            if piece.end is not None:
                self.end(piece.end)


async def _read(
    reader: asyncio.StreamReader, queue: asyncio.Queue[Piece], toxics: Sequence[Toxic]
) -> None:
    now = asyncio.get_running_loop().time
    data = b"-"
    while data:
        try:
            data = await reader.read(CHUNK)
            piece = Piece(data, now(), None if data else End.CLOSE)
        except OSError:
            data, piece = b"", Piece(b"", now(), End.RESET)
        for shape in shaped(piece, toxics):
            await queue.put(shape)


def _linger_not(writer: asyncio.StreamWriter) -> None:
    """Make the close that follows a reset."""
    found: socket.socket | None = writer.get_extra_info("socket")
    if found is not None:
        with suppress(OSError):
            found.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_NOT)
