"""A producer that plays what a test tells it to, on a thread and a loop of its own."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from websockets.asyncio.server import ServerConnection, serve
from websockets.http11 import Request, Response
from websockets.typing import Subprotocol

Script = Callable[[ServerConnection], Awaitable[None]]

JOIN_S = 10.0


@dataclass(frozen=True, slots=True)
class Act:
    """What a fake producer does.

    Args:
        script: played with every connection.
        subprotocols: those that it knows; with None it knows of none.
        status: answer every request with this instead.
    """

    script: Script
    subprotocols: tuple[str, ...] | None
    status: HTTPStatus | None = None

    def options(self) -> dict[str, Any]:
        """Arguments for ``websockets.serve``."""
        known = self.subprotocols
        return {
            "subprotocols": None if known is None else [Subprotocol(name) for name in known],
            "process_request": None if self.status is None else self._refuse,
            "compression": None,
            "ping_interval": None,
            "close_timeout": 0.2,
        }

    def _refuse(self, connection: ServerConnection, _: Request) -> Response:
        return connection.respond(self.status or HTTPStatus.OK, "no\n")


@contextmanager
def on_thread(
    main: Callable[[asyncio.Event, Callable[[int], None]], Awaitable[None]],
) -> Iterator[int]:
    """Run a server on a thread; gives its port.

    Args:
        main: serves until the event is set, and reports its port when it listens.
    """
    ports: list[int] = []
    listening = threading.Event()
    running: list[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = []

    def report(port: int) -> None:
        ports.append(port)
        listening.set()

    async def work() -> None:
        over = asyncio.Event()
        running.append((asyncio.get_running_loop(), over))
        await main(over, report)

    thread = threading.Thread(target=lambda: asyncio.run(work()), daemon=True)
    thread.start()
    assert listening.wait(JOIN_S)
    try:
        yield ports[0]
    finally:
        loop, over = running[0]
        loop.call_soon_threadsafe(over.set)
        thread.join(JOIN_S)
        assert not thread.is_alive()


@contextmanager
def playing(act: Act, *, port: int = 0) -> Iterator[int]:
    """A WebSocket server that plays an act; gives its port."""

    async def main(over: asyncio.Event, report: Callable[[int], None]) -> None:
        async with serve(act.script, "127.0.0.1", port, **act.options()) as server:
            report(next(iter(server.sockets)).getsockname()[1])
            await over.wait()

    with on_thread(main) as found:
        yield found


@contextmanager
def answering(answer: bytes) -> Iterator[int]:
    """A TCP server that answers anything with these bytes and hangs up; gives its port."""

    async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer)
        await writer.drain()
        writer.close()

    async def main(over: asyncio.Event, report: Callable[[int], None]) -> None:
        async with await asyncio.start_server(hang_up, "127.0.0.1", 0) as server:
            report(server.sockets[0].getsockname()[1])
            await over.wait()

    with on_thread(main) as found:
        yield found
