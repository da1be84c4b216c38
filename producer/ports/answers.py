"""What the ports say in plain HTTP, in words of their own."""

from __future__ import annotations

from http import HTTPStatus

from websockets.datastructures import Headers
from websockets.http11 import Response

TEXT = "text/plain; charset=utf-8"
_FAILED = b"Failed to open a WebSocket connection"
"""How the library begins its own answers, which quote what the peer sent."""


def plain(status: HTTPStatus, body: bytes, kind: str = TEXT) -> Response:
    """An HTTP answer after which the connection ends.

    Args:
        status: of the answer.
        body: what it says.
        kind: the body's media type.
    """
    headers = Headers(
        [("Content-Type", kind), ("Content-Length", str(len(body))), ("Connection", "close")]
    )
    return Response(status.value, status.phrase, headers, body)


def reworded(answer: Response, protocol: str) -> Response | None:
    """In place of an answer in the library's words our own; None where it is no such answer.

    Args:
        answer: what is about to be sent.
        protocol: the subprotocol that a client must offer.
    """
    if not answer.body.startswith(_FAILED):
        return None
    words = f"This is no WebSocket handshake (RFC 6455, version 13) with subprotocol {protocol}.\n"
    mine = plain(HTTPStatus(answer.status_code), words.encode())
    for name in ("Allow", "Upgrade"):
        if name in answer.headers:
            mine.headers[name] = answer.headers[name]
    return mine
