"""How the consumer connects to a producer, on either port: timeouts, TLS, the token."""

from __future__ import annotations

import logging
import ssl
from http import HTTPStatus
from typing import TYPE_CHECKING

from pydantic import SecretStr
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import (
    ConnectionClosed,
    InvalidHandshake,
    InvalidMessage,
    InvalidStatus,
)
from websockets.typing import Subprotocol

from shared.errors import AuthorisationError, ConnectionLost, LimitError, PeerError
from shared.tls import client_context

if TYPE_CHECKING:
    from consumer.settings import ConsumerSettings

OPEN_TIMEOUT_S = 5.0
PING_S = 10.0
TRY_AGAIN_LATER = 1013
UNANSWERED = "closed without an answer"

# At debug level the library logs every header, and one of them is the token.
_silent = logging.getLogger("catwalk.websockets.client")
_silent.addHandler(logging.NullHandler())
_silent.propagate = False


class Link:
    """Opens connections to the producer.

    Args:
        tls: whom to trust at addresses with ``wss``; None where there are none.
        token: what to show at the door; None where nobody asks.
    """

    def __init__(
        self, *, tls: ssl.SSLContext | None = None, token: SecretStr | None = None
    ) -> None:
        self._tls = tls
        self._token = token

    @classmethod
    def of(cls, settings: ConsumerSettings) -> Link:
        """The link that the settings describe.

        Raises:
            SettingsError: the file with the certificates to trust cannot be used.
        """
        secure = settings.producer.startswith("wss:")
        return cls(tls=client_context(settings.tls_ca) if secure else None, token=settings.token)

    async def open(
        self,
        uri: str,
        subprotocol: str,
        *,
        max_size: int,
        close_timeout_s: float = 3.0,
        max_queue: int = 16,
    ) -> ClientConnection:
        """Connect, once, within 5 s.

        Args:
            uri: ``ws://`` or ``wss://``, host, port and path.
            subprotocol: the only one to offer, which the producer must take.
            max_size: of the largest message to accept, bytes.
            close_timeout_s: how long a polite close may take, seconds.
            max_queue: how many messages may wait to be taken.

        Raises:
            OSError: nobody is there, or not now; to try again makes sense.
            AuthorisationError: the producer does not let this consumer in.
            PeerError: somebody is there who is no producer, or cannot prove who it is.
        """
        try:
            connection = await _Connect(
                uri,
                subprotocols=[Subprotocol(subprotocol)],
                additional_headers=self._headers(),
                ssl=self._tls if uri.startswith("wss:") else None,
                logger=_silent,
                compression=None,
                proxy=None,
                open_timeout=OPEN_TIMEOUT_S,
                ping_interval=PING_S,
                ping_timeout=PING_S,
                close_timeout=close_timeout_s,
                max_size=max_size,
                max_queue=max_queue,
            )
        except ssl.SSLError as error:
            raise _untrusted(uri, error) from error
        except (InvalidHandshake, InvalidMessage) as error:
            raise _refused(uri, subprotocol, error) from error
        if connection.subprotocol != subprotocol:
            await connection.close()
            raise _stranger(uri, subprotocol, "no subprotocol")
        return connection

    def _headers(self) -> dict[str, str]:
        if self._token is None:
            return {}
        return {"Authorization": f"Bearer {self._token.get_secret_value()}"}


def lost(what: str, uri: str, closed: ConnectionClosed) -> PeerError:
    """The error that a closed connection is.

    Args:
        what: what was lost, a phrase without a full stop.
        uri: the address it was connected to.
        closed: what the library raised.

    Returns:
        LimitError where the producer has no room now (code 1013), which is worth another try
        later; ConnectionLost in all other cases.
    """
    if closed.rcvd is not None and closed.rcvd.code == TRY_AGAIN_LATER:
        return LimitError("no room at the producer", at=uri, got=closed.rcvd.reason or None)
    return ConnectionLost(what, at=uri, got=closed)


class _Connect(connect):
    """Follows no redirect: no producer sends one, and the token is for the address given alone."""

    def process_redirect(self, exc: Exception) -> Exception:
        return exc


def _refused(uri: str, subprotocol: str, error: Exception) -> Exception:
    """What a handshake that failed says."""
    if isinstance(error.__cause__, EOFError):
        # As a port forwarder does while nobody is behind it, or a producer with a certificate.
        hint = "; where the producer has a certificate, it wants wss:// in --producer"
        return ConnectionResetError(UNANSWERED + (hint if uri.startswith("ws:") else ""))
    status = error.response.status_code if isinstance(error, InvalidStatus) else None
    if status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
        return AuthorisationError(
            "not let in",
            at=uri,
            expected="the producer's token, by --token-file or CATWALK_TOKEN",
            got=f"HTTP {status}",
        )
    if status == HTTPStatus.SERVICE_UNAVAILABLE:
        # As a producer does that stops: another may take its place.
        return ConnectionRefusedError("the producer is stopping")
    return _stranger(uri, subprotocol, error)


def _untrusted(uri: str, error: ssl.SSLError) -> Exception:
    if isinstance(error, (ssl.SSLEOFError, ssl.SSLZeroReturnError)):
        return ConnectionResetError(UNANSWERED)
    words = [getattr(error, name, None) for name in ("verify_message", "reason")]
    return PeerError(
        "no producer to trust",
        at=uri,
        expected="TLS with a certificate for this name, signed by one of --tls-ca or the system's",
        got=next(filter(None, words), error),
    )


def _stranger(uri: str, subprotocol: str, got: object) -> PeerError:
    return PeerError("not a producer", at=uri, expected=subprotocol, got=got)
