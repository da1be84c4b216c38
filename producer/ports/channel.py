"""The session channel, port 7000: conversations, and plain HTTP for probes."""

from __future__ import annotations

import json
from collections.abc import Callable
from http import HTTPStatus

from websockets.asyncio.server import Server, ServerConnection
from websockets.http11 import Request, Response

from producer.metrics import Metrics
from producer.ports.answers import plain
from producer.ports.conversation import Conversation, Open, Query
from producer.ports.door import Door
from producer.ports.rate import RateLimit
from producer.sessions.feed import Figures
from producer.vitals import Health
from shared.messages import SESSION_PROTOCOL

MAX_RESULTS = 4 * 1024 * 1024
MAX_QUEUE = 4
"""Small, because each message may be of that size."""
HEALTHZ = "/healthz"


class SessionChannel:
    """Serves the session channel, and ``/healthz`` and ``/metrics`` on the same port.

    Args:
        open_session: makes a session of a ``start`` message.
        answer: answers a query.
        figures: what those who watch are told.
        metrics: what ``/metrics`` shows.
        health: gives the health of the moment, which ``/healthz`` shows.
        door: who may come in.
        rate: makes the limit of one connection's messages.
    """

    def __init__(
        self,
        open_session: Open,
        answer: Query,
        figures: Figures,
        metrics: Metrics,
        *,
        health: Callable[[], Health],
        door: Door,
        rate: Callable[[], RateLimit],
    ) -> None:
        self._rate = rate
        self._open = open_session
        self._answer = answer
        self._figures = figures
        self._metrics = metrics
        self._health = health
        self._door = door

    async def listen(self, host: str, port: int) -> Server:
        """Start to serve.

        Raises:
            OSError: the port cannot be listened on.
        """
        return await self._door.listen(
            self._converse,
            host,
            port,
            protocol=SESSION_PROTOCOL,
            route=self._answer_http,
            max_size=MAX_RESULTS,
            max_queue=MAX_QUEUE,
            public=(HEALTHZ,),
        )

    def _answer_http(self, _: ServerConnection, request: Request) -> Response | None:
        if request.path == "/":
            return None
        if request.path == HEALTHZ:
            return _healthz(self._health(), known=self._door.knows(request))
        if request.path == "/metrics":
            kind = "text/plain; version=0.0.4; charset=utf-8"
            return plain(HTTPStatus.OK, self._metrics.render(), kind)
        return plain(
            HTTPStatus.NOT_FOUND,
            b"Here are /healthz, /metrics and, at /, the session channel (WebSocket).\n",
        )

    async def _converse(self, connection: ServerConnection) -> None:
        await Conversation(
            connection,
            self._open,
            self._answer,
            figures=self._figures,
            metrics=self._metrics,
            rate=self._rate(),
        ).run()


def _healthz(health: Health, *, known: bool) -> Response:
    status = HTTPStatus.OK if health.serves else HTTPStatus.SERVICE_UNAVAILABLE
    # Without the token a probe learns whether to restart, and nobody learns who is here.
    document = health.document() if known else {"status": health.status}
    body = json.dumps(document, separators=(",", ":")).encode() + b"\n"
    return plain(status, body, "application/json")
