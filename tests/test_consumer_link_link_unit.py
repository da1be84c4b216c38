"""Link holds the options of every connection; with a fake in the place of the library's."""

from __future__ import annotations

import asyncio
import ssl
from pathlib import Path
from typing import Any

import pytest
from certificates import own_certificate
from pydantic import SecretStr
from websockets.datastructures import Headers
from websockets.exceptions import InvalidHandshake, InvalidMessage, InvalidStatus
from websockets.http11 import Response

from consumer import link as module
from consumer.link import Link
from consumer.settings import ConsumerSettings
from shared.errors import AuthorisationError, PeerError

TOKEN = "0123456789abcdef"
URI = "ws://127.0.0.1:7000"


class _FakeConnection:
    closed = False

    def __init__(self, subprotocol: str | None) -> None:
        self.subprotocol = subprotocol

    async def close(self) -> None:
        """Close."""
        self.closed = True


class _FakeConnect:
    """Stands in for ``websockets.connect``: keeps its arguments, gives what it is told to."""

    def __init__(self) -> None:
        self.failure: Exception | None = None
        self.connection = _FakeConnection("mine.v1")
        self.uri = ""
        self.options: dict[str, Any] = {}

    async def __call__(self, uri: str, **options: Any) -> _FakeConnection:
        self.uri, self.options = uri, options
        if self.failure is not None:
            raise self.failure
        return self.connection


@pytest.fixture(name="fake")
def fake_connect(monkeypatch: pytest.MonkeyPatch) -> _FakeConnect:
    """In the place of the library's."""
    fake = _FakeConnect()
    monkeypatch.setattr(module, "_Connect", fake)
    return fake


def _open(link: Link, uri: str = URI, **given: Any) -> object:
    return asyncio.run(link.open(uri, "mine.v1", max_size=7, **given))


def _fails(fake: _FakeConnect, failure: Exception) -> Exception:
    fake.failure = failure
    with pytest.raises(Exception) as caught:
        _open(Link(token=SecretStr(TOKEN)))
    assert TOKEN not in str(caught.value)
    return caught.value


def _status(status: int) -> InvalidStatus:
    return InvalidStatus(Response(status, "", Headers(), b"words of somebody"))


def test_every_connection_has_the_same_timeouts_and_no_proxy_or_compression(
    fake: _FakeConnect,
) -> None:
    assert _open(Link()) is fake.connection
    options = fake.options
    assert (fake.uri, options["subprotocols"], options["max_size"]) == (URI, ["mine.v1"], 7)
    assert (options["compression"], options["proxy"], options["ssl"]) == (None, None, None)
    assert (options["open_timeout"], options["close_timeout"]) == (5.0, 3.0)
    assert (options["ping_interval"], options["ping_timeout"]) == (10.0, 10.0)
    assert (options["max_queue"], options["additional_headers"]) == (16, {})


def test_a_stage_may_close_faster_and_queue_more(fake: _FakeConnect) -> None:
    _open(Link(), close_timeout_s=1.0, max_queue=64)
    assert (fake.options["close_timeout"], fake.options["max_queue"]) == (1.0, 64)


def test_the_token_is_shown_and_logged_nowhere(fake: _FakeConnect) -> None:
    _open(Link(token=SecretStr(TOKEN)))
    assert fake.options["additional_headers"] == {"Authorization": f"Bearer {TOKEN}"}
    assert not fake.options["logger"].propagate
    assert TOKEN not in repr(vars(Link(token=SecretStr(TOKEN))))


def test_the_link_is_as_the_settings_say(fake: _FakeConnect, tmp_path: Path) -> None:
    cert, _ = own_certificate().write(tmp_path)
    settings = ConsumerSettings(producer="wss://there", tls_ca=cert, token=SecretStr(TOKEN))
    _open(Link.of(settings), "wss://there")
    assert isinstance(fake.options["ssl"], ssl.SSLContext)
    assert len(fake.options["ssl"].get_ca_certs()) == 1
    assert fake.options["additional_headers"] == {"Authorization": f"Bearer {TOKEN}"}
    _open(Link.of(ConsumerSettings()))
    assert fake.options["ssl"] is None


@pytest.mark.parametrize("status", [401, 403])
def test_who_is_not_let_in_is_told_that_it_is_the_token(status: int, fake: _FakeConnect) -> None:
    error = _fails(fake, _status(status))
    assert isinstance(error, AuthorisationError)
    assert str(error) == (
        f"not let in at {URI}: expected the producer's token, by "
        f"--token-file or CATWALK_TOKEN, got HTTP {status}"
    )


def test_a_producer_that_stops_is_worth_another_try(fake: _FakeConnect) -> None:
    assert isinstance(_fails(fake, _status(503)), ConnectionRefusedError)


def test_a_connection_closed_without_an_answer_is_worth_another_try(fake: _FakeConnect) -> None:
    failure = InvalidMessage("did not receive a valid HTTP response")
    failure.__cause__ = EOFError()
    for one in (failure, ssl.SSLEOFError(8, "EOF"), ssl.SSLZeroReturnError(6, "closed")):
        assert isinstance(_fails(fake, one), ConnectionResetError)


@pytest.mark.parametrize(("uri", "hinted"), [(URI, True), (f"wss{URI[2:]}", False)])
def test_only_without_tls_it_is_hinted_that_the_producer_may_want_it(
    uri: str, hinted: bool, fake: _FakeConnect
) -> None:
    fake.failure = InvalidMessage("did not receive a valid HTTP response")
    fake.failure.__cause__ = EOFError()
    with pytest.raises(ConnectionResetError, match="^closed without an answer") as caught:
        _open(Link(), uri)
    assert ("wss://" in str(caught.value)) is hinted


@pytest.mark.parametrize("failure", [ConnectionRefusedError(111, "refused"), TimeoutError("late")])
def test_nobody_there_is_passed_on(failure: OSError, fake: _FakeConnect) -> None:
    assert _fails(fake, failure) is failure


@pytest.mark.parametrize(
    ("failure", "words"),
    [
        (_status(404), "not a producer at .*: expected mine.v1, got .*404"),
        (_status(302), "not a producer at .*: expected mine.v1, got .*302"),
        (InvalidMessage("no HTTP"), "not a producer at .*: expected mine.v1, got no HTTP"),
        (InvalidHandshake("strange"), "not a producer at .*: expected mine.v1, got strange"),
        (ssl.SSLError(1, "WRONG_VERSION_NUMBER"), "no producer to trust at .*: expected TLS"),
    ],
    ids=["404", "redirect", "no HTTP", "no handshake", "no TLS"],
)
def test_anyone_else_is_no_producer(failure: Exception, words: str, fake: _FakeConnect) -> None:
    error = _fails(fake, failure)
    assert isinstance(error, PeerError) and error.code == "peer-error"
    with pytest.raises(PeerError, match=words):
        raise error


def test_a_producer_of_another_version_is_left(fake: _FakeConnect) -> None:
    fake.connection = _FakeConnection(None)
    with pytest.raises(PeerError, match="expected mine.v1, got no subprotocol"):
        _open(Link())
    assert fake.connection.closed
