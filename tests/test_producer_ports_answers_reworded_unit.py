"""reworded puts our words in the place of the library's, which quote the peer's."""

from __future__ import annotations

from http import HTTPStatus

import pytest
from websockets.datastructures import Headers
from websockets.http11 import Request
from websockets.server import ServerProtocol
from websockets.typing import Subprotocol

from producer.ports.answers import plain, reworded

MINE = Subprotocol("mine.v1")
GOOD = {
    "Connection": "Upgrade",
    "Upgrade": "websocket",
    "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA==",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Protocol": "mine.v1",
}


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"Sec-WebSocket-Version": "secret"}, 400),
        ({"Sec-WebSocket-Key": "secret"}, 400),
        ({"Sec-WebSocket-Protocol": "secret"}, 400),
        ({"Upgrade": "secret"}, 426),
        ({"Connection": "secret"}, 426),
    ],
)
def test_nothing_of_the_peer_comes_back(changes: dict[str, str], status: int) -> None:
    request = Request("/", Headers({**GOOD, **changes}))
    answer = ServerProtocol(subprotocols=[MINE]).accept(request)
    mine = reworded(answer, MINE)
    assert mine is not None and mine.status_code == answer.status_code == status
    assert mine.body == (
        b"This is no WebSocket handshake (RFC 6455, version 13) with subprotocol mine.v1.\n"
    )
    assert mine.headers["Content-Length"] == str(len(mine.body))
    assert mine.headers.get("Upgrade") == answer.headers.get("Upgrade")


def test_what_a_method_may_be_is_still_said() -> None:
    answer = ServerProtocol(subprotocols=[MINE]).accept(Request("/", Headers(), method="SECRET"))
    mine = reworded(answer, MINE)
    assert mine is not None and mine.headers["Allow"] == "GET"


def test_a_handshake_and_our_own_answers_stay_as_they_are() -> None:
    handshake = ServerProtocol(subprotocols=[MINE]).accept(Request("/", Headers(GOOD)))
    assert handshake.status_code == 101
    assert reworded(handshake, MINE) is None
    assert reworded(plain(HTTPStatus.NOT_FOUND, b"Not here.\n"), MINE) is None
