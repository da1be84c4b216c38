"""The health port: tells a probe on this machine whether the consumer makes progress."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from http import HTTPStatus

import structlog
from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.datastructures import Headers
from websockets.http11 import Request, Response

from consumer.vitals import Health
from shared.errors import PortError

log = structlog.get_logger()

HOST = "127.0.0.1"
PATH = "/healthz"
LOOK_S = 1.0
"""How often the consumer looks at itself, asked or not: a stall is known when the probe comes."""
OPEN_TIMEOUT_S = 5.0
CLOSE_S = 0.5
"""How long the end waits for a probe that has connected and asks nothing."""

# A probe that hangs up is no news; the library would log it with a traceback.
_silent = logging.getLogger("catwalk.websockets")
_silent.addHandler(logging.NullHandler())
_silent.propagate = False


@asynccontextmanager
async def health_port(port: int | None, look: Callable[[], Health]) -> AsyncIterator[None]:
    """Answer ``GET /healthz`` while the block runs: 200 where all is well, 503 where it is not.

    It is served by the running loop, the session's own, on purpose: where that is frozen the probe
    gets no answer.

    Args:
        port: port of 127.0.0.1; 0 takes a free one, None listens on none.
        look: gives the health of the moment; called once a second and at each request.

    Raises:
        PortError: the port cannot be listened on.
    """
    if port is None:
        yield
        return
    server = await _listen(port, look)
    log.info("health-listening", address=f"http://{HOST}:{_port(server)}{PATH}")
    looking = asyncio.get_running_loop().create_task(_look_on(look))
    try:
        yield
    finally:
        looking.cancel()
        await _close(server, looking)


async def _listen(port: int, look: Callable[[], Health]) -> Server:
    def answer(_: ServerConnection, request: Request) -> Response:
        return _answer(request.path, look)

    try:
        return await serve(
            # Every request is answered before it could become a WebSocket.
            ServerConnection.close,
            HOST,
            port,
            process_request=answer,
            compression=None,
            open_timeout=OPEN_TIMEOUT_S,
            server_header=None,
            logger=_silent,
        )
    except OSError as error:
        raise PortError(
            "cannot listen", at=f"{HOST}:{port}", expected="a free port", got=error.strerror
        ) from error


async def _look_on(look: Callable[[], Health]) -> None:
    failed = False
    while True:
        try:
            look()
        except Exception:  # pylint: disable=broad-exception-caught
            # Top of the task: whatever it was, later looks may succeed. Every look would say it.
            if not failed:
                log.exception("look-failed")
            failed = True
        await asyncio.sleep(LOOK_S)


async def _close(server: Server, looking: asyncio.Task[None]) -> None:
    server.close()
    with suppress(TimeoutError):
        async with asyncio.timeout(CLOSE_S):
            await asyncio.wait([looking])
            await server.wait_closed()


def _port(server: Server) -> int:
    port: int = next(iter(server.sockets)).getsockname()[1]
    return port


def _answer(path: str, look: Callable[[], Health]) -> Response:
    if path != PATH:
        return _response(HTTPStatus.NOT_FOUND, {"error": f"only {PATH} is here"})
    health = look()
    status = HTTPStatus.OK if health.status == "ok" else HTTPStatus.SERVICE_UNAVAILABLE
    return _response(status, health.document())


def _response(status: HTTPStatus, document: dict[str, object]) -> Response:
    body = json.dumps(document, separators=(",", ":")).encode() + b"\n"
    headers = Headers(
        {
            "Content-Type": "application/json",
            "Content-Length": str(len(body)),
            "Connection": "close",
        }
    )
    return Response(status.value, status.phrase, headers, body)
