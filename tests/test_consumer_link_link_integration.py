"""Link against real servers: TLS that can be trusted or not, tokens, redirects."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from http import HTTPStatus
from pathlib import Path

import pytest
from certificates import other_certificate, own_certificate
from pydantic import SecretStr
from websockets.asyncio.server import ServerConnection, serve
from websockets.http11 import Request, Response
from websockets.typing import Subprotocol

from consumer.link import Link
from shared.errors import AuthorisationError, PeerError
from shared.tls import client_context, server_context

TOKEN = "0123456789abcdef"
PROTOCOL = Subprotocol("mine.v1")


class _Producer:
    """A server that lets in who shows the token, and keeps what was shown."""

    def __init__(self) -> None:
        self.shown: list[str | None] = []
        self.port = 0
        self.redirect = ""

    def admit(self, connection: ServerConnection, request: Request) -> Response | None:
        """Ask for the token."""
        self.shown.append(request.headers.get("Authorization"))
        if self.redirect:
            answer = connection.respond(HTTPStatus.TEMPORARY_REDIRECT, "Elsewhere.\n")
            answer.headers["Location"] = self.redirect
            return answer
        if self.shown[-1] == f"Bearer {TOKEN}":
            return None
        return connection.respond(HTTPStatus.UNAUTHORIZED, "No.\n")


@asynccontextmanager
async def _producer(
    tls: ssl.SSLContext | None = None, host: str = "127.0.0.1"
) -> AsyncIterator[_Producer]:
    producer = _Producer()

    async def greet(connection: ServerConnection) -> None:
        await connection.send("welcome")

    async with serve(
        greet,
        host,
        0,
        subprotocols=[PROTOCOL],
        process_request=producer.admit,
        ssl=tls,
    ) as server:
        producer.port = server.sockets[0].getsockname()[1]
        yield producer


def _link(ca: Path | None = None, token: str = TOKEN) -> Link:
    return Link(tls=client_context(ca), token=SecretStr(token))


async def _open(link: Link, uri: str) -> str | bytes:
    connection = await link.open(uri, PROTOCOL, max_size=100)
    async with connection:
        return await connection.recv()


def test_the_token_opens_the_door() -> None:
    async def scene() -> None:
        async with _producer() as producer:
            uri = f"ws://127.0.0.1:{producer.port}"
            assert await _open(_link(), uri) == "welcome"
            with pytest.raises(AuthorisationError, match="got HTTP 401"):
                await _open(_link(token="another-012345678"), uri)
            with pytest.raises(AuthorisationError, match="got HTTP 401"):
                await _open(Link(), uri)

    asyncio.run(scene())


def test_a_certificate_of_the_trusted_file_is_trusted(tmp_path: Path) -> None:
    async def scene() -> None:
        cert, key = own_certificate().write(tmp_path)
        async with _producer(server_context(cert, key)) as producer:
            for host in ("127.0.0.1", "localhost"):
                uri = f"wss://{host}:{producer.port}"
                assert await _open(_link(cert), uri) == "welcome"

    asyncio.run(scene())


@pytest.mark.parametrize(
    ("other", "words"),
    [(True, "self-signed certificate"), (False, "self-signed certificate")],
    ids=["another file", "the system's"],
)
def test_to_anyone_else_no_token_is_shown(other: bool, words: str, tmp_path: Path) -> None:
    async def scene() -> None:
        cert, key = own_certificate().write(tmp_path)
        ca = tmp_path / "other.pem"
        ca.write_bytes(other_certificate().cert)
        async with _producer(server_context(cert, key)) as producer:
            with pytest.raises(PeerError, match=f"no producer to trust at .*{words}") as caught:
                await _open(_link(ca if other else None), f"wss://127.0.0.1:{producer.port}")
            assert TOKEN not in str(caught.value)
            assert not producer.shown

    asyncio.run(scene())


def test_a_certificate_for_another_name_is_not_trusted(tmp_path: Path) -> None:
    async def scene() -> None:
        cert, key = own_certificate().write(tmp_path)
        async with _producer(server_context(cert, key), "127.0.0.2") as producer:
            with pytest.raises(PeerError, match="not valid for '127.0.0.2'|mismatch"):
                await _open(_link(cert), f"wss://127.0.0.2:{producer.port}")
            assert not producer.shown

    asyncio.run(scene())


def test_a_producer_without_tls_is_not_trusted() -> None:
    async def scene() -> None:
        async with _producer() as producer:
            with pytest.raises((PeerError, OSError)):
                await _open(_link(), f"wss://127.0.0.1:{producer.port}")
            assert not producer.shown

    asyncio.run(scene())


def test_a_producer_with_a_certificate_is_hinted_at_where_none_was_expected(tmp_path: Path) -> None:
    async def scene() -> None:
        cert, key = own_certificate().write(tmp_path)
        async with _producer(server_context(cert, key)) as producer:
            with pytest.raises(ConnectionResetError, match="it wants wss:// in --producer"):
                await _open(Link(), f"ws://127.0.0.1:{producer.port}")
            assert not producer.shown

    asyncio.run(scene())


def test_no_redirect_is_followed() -> None:
    async def scene() -> None:
        async with _producer() as producer, _producer() as elsewhere:
            producer.redirect = f"ws://127.0.0.1:{elsewhere.port}/"
            with pytest.raises(PeerError, match="not a producer at .*307"):
                await _open(_link(), f"ws://127.0.0.1:{producer.port}")
            assert not elsewhere.shown

    asyncio.run(scene())
