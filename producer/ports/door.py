"""The door of both ports: who may come in, and how many."""

from __future__ import annotations

import asyncio
import hmac
import ssl
from collections.abc import Awaitable, Callable, Collection
from functools import partial
from http import HTTPStatus
from typing import Any

import structlog
from pydantic import SecretStr
from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.http11 import Request, Response
from websockets.typing import Subprotocol

from producer.metrics import Metrics
from producer.ports.answers import plain, reworded
from producer.ports.slots import Slot, Slots
from producer.ports.wire import (
    CLOSE_TIMEOUT_S,
    OPEN_TIMEOUT_S,
    SERVE_OPTIONS,
    TRY_AGAIN_LATER,
    close_or_abort,
)
from producer.settings import ProducerSettings
from shared.errors import AuthorisationError, LimitError
from shared.tls import server_context

log = structlog.get_logger()

MAX_ORIGIN = 200

Handler = Callable[[ServerConnection], Awaitable[None]]
Route = Callable[[ServerConnection, Request], Response | None]


class Door:
    """What both ports ask of a connection before anybody speaks with it.

    Args:
        slots: the room there is.
        metrics: where refusals are counted.
        token: what must be shown; None lets everyone in.
        origins: the web origins whose pages may connect.
        tls: the producer's certificate and key; None for plain TCP.
    """

    def __init__(
        self,
        slots: Slots,
        metrics: Metrics,
        *,
        token: SecretStr | None = None,
        origins: Collection[str] = (),
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._slots = slots
        self._metrics = metrics
        self._token = token
        self._origins = frozenset(origins)
        self._tls = tls
        self._guests: set[ServerConnection] = set()

    @classmethod
    def of(cls, settings: ProducerSettings, metrics: Metrics) -> Door:
        """The door that the settings describe.

        Raises:
            SettingsError: certificate or key cannot be used.
        """
        tls = None
        if settings.tls_cert is not None and settings.tls_key is not None:
            tls = server_context(settings.tls_cert, settings.tls_key)
        return cls(
            Slots(settings.max_connections, settings.max_per_address),
            metrics,
            token=settings.token,
            origins=settings.origins,
            tls=tls,
        )

    async def listen(
        self,
        handler: Handler,
        host: str,
        port: int,
        *,
        protocol: str,
        route: Route,
        max_size: int,
        max_queue: int,
        public: Collection[str] = (),
    ) -> Server:
        """Serve one port.

        Args:
            handler: converses with a connection that was let in.
            host: the address to bind.
            port: its port, 0 for a free one.
            protocol: the subprotocol that a client must offer.
            route: answers a request that is for no connection; gives None for one that is.
            max_size: of the largest message to accept, bytes.
            max_queue: how many messages of a connection may wait to be taken.
            public: the paths that need no token.

        Raises:
            OSError: the port cannot be listened on.
        """
        return await serve(
            partial(self._welcome, handler),
            host,
            port,
            subprotocols=[Subprotocol(protocol)],
            process_request=partial(self._admit, route, public),
            process_response=lambda _, __, answer: reworded(answer, protocol),
            max_size=max_size,
            max_queue=max_queue,
            **self._options(),
        )

    def abort(self) -> None:
        """Cut every connection at once, those in the middle of opening or closing too."""
        for guest in tuple(self._guests):
            guest.transport.abort()

    def knows(self, request: Request) -> bool:
        """Whether the request shows the token, or none is asked for."""
        if self._token is None:
            return True
        shown = request.headers.get_all("Authorization")
        scheme, _, token = shown[0].partition(" ") if len(shown) == 1 else ("", "", "")
        expected = self._token.get_secret_value().encode()
        equal = hmac.compare_digest(token.strip().encode(), expected)
        return equal and scheme.lower() == "bearer"

    def _admit(
        self, route: Route, public: Collection[str], connection: ServerConnection, request: Request
    ) -> Response | None:
        origins = request.headers.get_all("Origin")
        if any(origin not in self._origins for origin in origins):
            # Cut to what fits a line: whoever refuses a page by mistake has to know which.
            named = ", ".join(origins)[:MAX_ORIGIN]
            return self._refuse(
                HTTPStatus.FORBIDDEN, "This origin may not connect.\n", origin=named
            )
        if request.path not in public and not self.knows(request):
            answer = self._refuse(HTTPStatus.UNAUTHORIZED, "A token is needed to come in.\n")
            answer.headers["WWW-Authenticate"] = "Bearer"
            return answer
        return route(connection, request)

    def _refuse(self, status: HTTPStatus, words: str, **fields: str) -> Response:
        self._note(AuthorisationError.code, words.strip(), **fields)
        return plain(status, words.encode())

    def _note(self, code: str, reason: str, **fields: str) -> None:
        self._metrics.refusals.labels(code).inc()
        log.warning("refused-at-the-door", code=code, reason=reason, **fields)

    async def _welcome(self, handler: Handler, connection: ServerConnection) -> None:
        refusal = connection.refusal if isinstance(connection, _Guest) else ""
        if refusal:
            self._note(LimitError.code, refusal)
            await close_or_abort(connection, TRY_AGAIN_LATER, refusal)
        else:
            await handler(connection)

    def _options(self) -> dict[str, Any]:
        options = {"create_connection": partial(_Guest, self._slots, self._guests), **SERVE_OPTIONS}
        if self._tls is not None:
            options |= {
                "ssl": self._tls,
                "ssl_handshake_timeout": OPEN_TIMEOUT_S,
                "ssl_shutdown_timeout": CLOSE_TIMEOUT_S,
            }
        return options


class _Guest(ServerConnection):
    """A connection that has a slot from its first byte to its last, or is sent away."""

    def __init__(
        self, slots: Slots, guests: set[ServerConnection], *args: Any, **given: Any
    ) -> None:
        super().__init__(*args, **given)
        self._slots = slots
        self._guests = guests
        self._slot: Slot | None = None

    @property
    def refusal(self) -> str:
        """Why it has to go, in words; empty where it may stay."""
        return self._slot.refusal if self._slot is not None else ""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # There is none where the peer has gone already.
        peer = transport.get_extra_info("peername") or ("unknown",)
        self._slot = self._slots.take(peer[0])
        super().connection_made(transport)
        self._guests.add(self)
        if self._slot is None:
            self.transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        self._guests.discard(self)
        if self._slot is not None:
            self._slots.give_back(self._slot)
