"""Door asks for origin and token; with a fake in the place of the library's server."""

from __future__ import annotations

import asyncio
from http import HTTPStatus
from pathlib import Path
from typing import Any

import pytest
from certificates import own_certificate
from producer_wires import FakeConnection, FakeServe
from pydantic import SecretStr
from structlog.testing import capture_logs
from websockets.asyncio.server import ServerConnection
from websockets.datastructures import Headers
from websockets.http11 import Request, Response

from producer.metrics import Metrics
from producer.ports.answers import plain
from producer.ports.door import MAX_ORIGIN, Door
from producer.ports.slots import Slots
from producer.ports.wire import CLOSE_TIMEOUT_S, OPEN_TIMEOUT_S
from producer.settings import ProducerSettings
from shared.errors import SettingsError
from shared.tls import server_context

TOKEN = "0123456789abcdef"
GOOD = ("Authorization", f"Bearer {TOKEN}")
PAGE = ("Origin", "http://page.example")


@pytest.fixture(name="serve")
def fake_serve(monkeypatch: pytest.MonkeyPatch) -> FakeServe:
    """In the place of the library's."""
    serve = FakeServe()
    monkeypatch.setattr("producer.ports.door.serve", serve)
    return serve


class _Scene:
    """A door that listens with a fake server, and the connections that it has let in."""

    def __init__(self, serve: FakeServe, **given: Any) -> None:
        self.serve = serve
        self.metrics = Metrics(lambda: 0)
        self.door = Door(Slots(2, 2), self.metrics, **given)
        self.met: list[ServerConnection] = []
        asyncio.run(self.listen())

    async def listen(self) -> None:
        """Listen, as either port does."""
        await self.door.listen(
            self._meet,
            "127.0.0.1",
            7000,
            protocol="mine.v1",
            route=_route,
            max_size=5,
            max_queue=3,
            public=("/open",),
        )

    async def _meet(self, connection: ServerConnection) -> None:
        self.met.append(connection)

    def ask(self, *headers: tuple[str, str], path: str = "/") -> Response | None:
        """The answer before a WebSocket is made of it."""
        asked = Request(path, Headers(headers))
        answer: Response | None = self.serve.options["process_request"](
            FakeConnection().real, asked
        )
        return answer

    def refusals(self, code: str) -> bool:
        """Whether one refusal with this code was counted."""
        return f'catwalk_refusals_total{{code="{code}"}} 1.0'.encode() in self.metrics.render()


def _route(_: ServerConnection, request: Request) -> Response | None:
    return plain(HTTPStatus.NOT_FOUND, b"Not here.\n") if request.path == "/none" else None


def test_the_server_gets_the_ports_limits(serve: FakeServe) -> None:
    _Scene(serve)
    assert serve.address == ("127.0.0.1", 7000)
    options = serve.options
    assert (options["max_size"], options["max_queue"]) == (5, 3)
    assert options["subprotocols"] == ["mine.v1"]
    assert (options["compression"], options["open_timeout"]) == (None, OPEN_TIMEOUT_S)
    assert not any(name.startswith("ssl") for name in options)


def test_with_tls_a_handshake_has_no_longer_than_without(serve: FakeServe, tmp_path: Path) -> None:
    context = server_context(*own_certificate().write(tmp_path))
    _Scene(serve, tls=context)
    assert serve.options["ssl"] is context
    assert serve.options["ssl_handshake_timeout"] == OPEN_TIMEOUT_S
    assert serve.options["ssl_shutdown_timeout"] == CLOSE_TIMEOUT_S


def test_without_a_token_everyone_comes_in(serve: FakeServe) -> None:
    scene = _Scene(serve)
    assert scene.ask() is None
    assert scene.ask(("Authorization", "Bearer anything")) is None
    connection = FakeConnection()
    asyncio.run(serve.handle(connection))
    assert scene.met == [connection.real] and connection.closed is None


def test_the_route_answers_those_who_were_let_in(serve: FakeServe) -> None:
    answer = _Scene(serve).ask(path="/none")
    assert answer is not None and answer.body == b"Not here.\n"


@pytest.mark.parametrize(
    "headers",
    [(GOOD,), (("authorization", f"bearer {TOKEN}"),), (("Authorization", f"BEARER  {TOKEN} "),)],
)
def test_the_token_opens(headers: tuple[tuple[str, str], ...], serve: FakeServe) -> None:
    assert _Scene(serve, token=SecretStr(TOKEN)).ask(*headers) is None


@pytest.mark.parametrize(
    "headers",
    [
        (),
        (("Authorization", ""),),
        (("Authorization", "Bearer"),),
        (("Authorization", "Bearer "),),
        (("Authorization", TOKEN),),
        (("Authorization", f"Basic {TOKEN}"),),
        (("Authorization", f"Bearer {TOKEN}x"),),
        (("Authorization", f"Bearer {TOKEN[:-1]}"),),
        (("Authorization", f"Bearer {TOKEN.upper()}"),),
        (("Authorization", f"Bearer {TOKEN} {TOKEN}"),),
        (("Authorization", "Bearer \xff\xfe"),),
        (GOOD, GOOD),
        (GOOD, ("Authorization", "Bearer other")),
        (("Token", TOKEN),),
    ],
)
@pytest.mark.parametrize("path", ["/", "/none", "/open/", "/open?x=1"])
def test_nothing_else_does_and_the_answer_says_no_more(
    headers: tuple[tuple[str, str], ...], path: str, serve: FakeServe
) -> None:
    scene = _Scene(serve, token=SecretStr(TOKEN))
    with capture_logs() as logs:
        answer = scene.ask(*headers, path=path)
    assert answer is not None and answer.status_code == 401
    assert answer.body == b"A token is needed to come in.\n"
    assert answer.headers["WWW-Authenticate"] == "Bearer"
    assert [(line["event"], line["code"]) for line in logs] == [
        ("refused-at-the-door", "unauthorised")
    ]
    assert TOKEN[:-1] not in str(logs).lower()
    assert scene.refusals("unauthorised")


def test_a_public_path_needs_no_token_but_knows_who_shows_one(serve: FakeServe) -> None:
    scene = _Scene(serve, token=SecretStr(TOKEN))
    assert scene.ask(path="/open") is None
    assert scene.door.knows(Request("/open", Headers([GOOD])))
    assert not scene.door.knows(Request("/open", Headers()))
    assert _Scene(serve).door.knows(Request("/open", Headers()))


@pytest.mark.parametrize("path", ["/", "/none", "/open"])
@pytest.mark.parametrize(
    "headers", [(PAGE,), (PAGE, GOOD), (("Origin", "null"),), (("Origin", ""),), (PAGE, PAGE)]
)
def test_no_page_comes_in_with_or_without_a_token(
    headers: tuple[tuple[str, str], ...], path: str, serve: FakeServe
) -> None:
    scene = _Scene(serve, token=SecretStr(TOKEN))
    with capture_logs() as logs:
        answer = scene.ask(*headers, path=path)
    assert answer is not None and answer.status_code == 403
    assert answer.body == b"This origin may not connect.\n"
    assert logs[0]["origin"] == ", ".join(value for name, value in headers if name == "Origin")
    assert scene.refusals("unauthorised")


def test_a_page_of_a_listed_origin_does(serve: FakeServe) -> None:
    scene = _Scene(serve, origins=("http://page.example",))
    assert scene.ask(PAGE) is None
    for origin in ("http://page.example:80", "https://page.example", "http://page.example.org"):
        assert scene.ask(("Origin", origin)) is not None
    assert scene.ask(PAGE, ("Origin", "http://other")) is not None


def test_a_long_origin_does_not_fill_the_log(serve: FakeServe) -> None:
    with capture_logs() as logs:
        _Scene(serve).ask(("Origin", "x" * 8000))
    assert logs[0]["origin"] == "x" * MAX_ORIGIN


def test_the_door_is_as_the_settings_say(serve: FakeServe, tmp_path: Path) -> None:
    cert, key = own_certificate().write(tmp_path)
    settings = ProducerSettings(
        token=SecretStr(TOKEN), tls_cert=cert, tls_key=key, origins=("http://page.example",)
    )
    scene = _Scene(serve)
    scene.door = Door.of(settings, scene.metrics)
    asyncio.run(scene.listen())
    assert "ssl" in serve.options
    for headers, status in (((GOOD,), None), ((GOOD, PAGE), None), ((), 401)):
        answer = scene.ask(*headers)
        assert (answer and answer.status_code) == status


def test_a_certificate_that_is_gone_meanwhile_is_a_settings_error(tmp_path: Path) -> None:
    cert, key = own_certificate().write(tmp_path)
    settings = ProducerSettings(tls_cert=cert, tls_key=key)
    cert.unlink()
    with pytest.raises(SettingsError, match="cannot read the file in option --tls-cert"):
        Door.of(settings, Metrics(lambda: 0))
