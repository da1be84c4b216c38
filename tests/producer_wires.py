"""Fake WebSocket servers and connections, so that both ports can be tested without a socket."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from http import HTTPStatus
from typing import Any, cast

from websockets.asyncio.server import ServerConnection
from websockets.datastructures import Headers
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response


class FakeTransport:
    """Knows whether it was cut."""

    def __init__(self) -> None:
        self.cut = asyncio.Event()

    def abort(self) -> None:
        """Cut the connection."""
        self.cut.set()

    @property
    def aborted(self) -> bool:
        """Whether it was cut."""
        return self.cut.is_set()


class FakeConnection:
    """A connection whose other end is two lists; frozen, it takes nothing and never closes."""

    def __init__(self, path: str = "/") -> None:
        self.request: Request | None = request(path)
        self.transport = FakeTransport()
        self.inbox: asyncio.Queue[str | bytes | Exception | None] = asyncio.Queue()
        self.sent: list[Any] = []
        self.closed: tuple[int, str] | None = None
        self.gate = asyncio.Event()
        self.gate.set()
        self.frozen = False
        self.broken = False

    @property
    def real(self) -> ServerConnection:
        """Itself, as what it stands for."""
        return cast(ServerConnection, self)

    async def send(self, message: str | bytes) -> None:
        """Keep a message; frozen, it returns as the real one does: once the connection is cut."""
        if self.frozen:
            await self.transport.cut.wait()
            return
        await self.gate.wait()
        if self.closed or self.broken:
            raise ConnectionClosed(None, None)
        self.sent.append(message)

    async def close(self, code: int = 1000, reason: str = "") -> None:
        """Keep code and reason of the first close."""
        if self.frozen:
            await asyncio.Event().wait()
        self.closed = self.closed or (code, reason)

    async def wait_closed(self) -> None:
        """Return at once: it is only waited for after a cut."""

    @staticmethod
    def respond(status: HTTPStatus, words: str) -> Response:
        """An HTTP answer in plain text."""
        return Response(status.value, status.phrase, Headers(), words.encode())

    async def __aiter__(self) -> AsyncIterator[str | bytes]:
        while (message := await self.inbox.get()) is not None:
            if isinstance(message, Exception):
                raise message
            yield message

    @property
    def answers(self) -> list[dict[str, Any]]:
        """What was sent, read as JSON."""
        return [json.loads(message) for message in self.sent]

    @property
    def kinds(self) -> list[str]:
        """The types of what was sent."""
        return [answer["type"] for answer in self.answers]


def request(path: str) -> Request:
    """A GET of this path."""
    return Request(path, Headers())


class _FakeSocket:
    def __init__(self, port: int) -> None:
        self._port = port

    def getsockname(self) -> tuple[str, int]:
        """Where it is bound."""
        return ("127.0.0.1", self._port)


class FakeServer:
    """What a fake ``serve`` returns; stuck, it never ends to close."""

    stuck = False

    def __init__(self, port: int) -> None:
        self.sockets = [_FakeSocket(port)]
        self.connections: list[FakeConnection] = []
        self.closed = False

    def close(self) -> None:
        """Close."""
        self.closed = True

    async def wait_closed(self) -> None:
        """Wait until closed."""
        if self.stuck:
            await asyncio.Event().wait()


class FakeServe:
    """Stands in for ``websockets.asyncio.server.serve``: keeps the handler and the options."""

    def __init__(self, port: int = 4321) -> None:
        self.server = FakeServer(port)
        self.options: dict[str, Any] = {}
        self.address: tuple[str, int] | None = None
        self.failure: OSError | None = None
        self._handler: Callable[[ServerConnection], Awaitable[None]] | None = None

    async def __call__(self, handler: Any, host: str, port: int, **options: Any) -> FakeServer:
        if self.failure is not None:
            raise self.failure
        self._handler, self.address, self.options = handler, (host, port), options
        return self.server

    async def handle(self, connection: FakeConnection) -> None:
        """Let the server's handler meet a connection."""
        assert self._handler is not None
        await self._handler(connection.real)

    def ask(self, path: str) -> Response | None:
        """The answer to a request before any WebSocket is made of it."""
        answer: Response | None = self.options["process_request"](
            FakeConnection().real, request(path)
        )
        return answer
