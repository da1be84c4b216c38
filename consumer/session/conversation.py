"""The consumer's end of the session channel."""

from __future__ import annotations

import asyncio
import math
import random
import time
from urllib.parse import urlsplit, urlunsplit

import structlog
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed

from consumer.link import Link, lost
from shared.errors import ConnectionLost, ProducerUnavailable, RefusedError
from shared.messages import (
    SESSION_PROTOCOL,
    Error,
    Message,
    ProducerMessage,
    Started,
    decode_producer_message,
    encode_message,
)

log = structlog.get_logger()

SEND_TIMEOUT_S = 5.0
MAX_MESSAGE = 16 * 1024 * 1024
FIRST_DELAY_S = 0.1
LAST_DELAY_S = 5.0


def backoff(attempt: int, chance: random.Random, *, waited: float = math.inf) -> float:
    """Seconds to wait after failed attempt 0, 1, ...: 0.1 s doubling to 5 s, with full jitter.

    Args:
        attempt: which one failed.
        chance: of the jitter.
        waited: seconds since the first failure. It is not waited longer than that, beyond 0.1 s,
            so that an outage at most doubles: a producer that is back after 1 s is found within
            another.
    """
    longest = min(LAST_DELAY_S, FIRST_DELAY_S * 2.0 ** min(attempt, 16))
    return chance.uniform(0.0, min(longest, max(FIRST_DELAY_S, waited)))


def stream_uri(producer: str, started: Started) -> str:
    """The stream's address: the producer's host with the port and path that it gave."""
    parts = urlsplit(producer)
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
    return urlunsplit((parts.scheme, f"{host}:{started.port}", started.path, "", ""))


class Conversation:
    """An open session channel.

    Args:
        connection: the WebSocket connection; closed by ``close``.
        uri: the producer's address, for errors.
    """

    def __init__(self, connection: ClientConnection, uri: str) -> None:
        self._connection = connection
        self._uri = uri

    @classmethod
    async def open(
        cls, uri: str, *, link: Link, patience: float, chance: random.Random
    ) -> Conversation:
        """Connect, and try again until ``patience`` seconds have passed; once at least.

        Raises:
            ProducerUnavailable: nobody answered in time.
            PeerError: somebody answered who does not speak the session protocol, or lets nobody in.
        """
        begin = time.monotonic()
        attempt = 0
        while True:
            try:
                return cls(await link.open(uri, SESSION_PROTOCOL, max_size=MAX_MESSAGE), uri)
            except OSError as error:
                waited = time.monotonic() - begin
                if waited >= patience:
                    raise ProducerUnavailable(
                        "no producer",
                        at=uri,
                        expected=f"an answer within {patience:.3g} s",
                        got=_words(error),
                    ) from error
                if attempt == 0:
                    log.info("waiting-for-producer", address=uri, reason=_words(error))
                pause = backoff(attempt, chance, waited=waited)
                await asyncio.sleep(min(patience - waited, pause))
                attempt += 1

    async def tell(self, message: Message) -> None:
        """Send a message.

        Raises:
            ConnectionLost: the connection is gone, or the producer took nothing for 5 s.
        """
        try:
            async with asyncio.timeout(SEND_TIMEOUT_S):
                await self._connection.send(encode_message(message))
        except ConnectionClosed as closed:
            raise lost("session channel lost", self._uri, closed) from closed
        except TimeoutError as error:
            # The keepalive does not notice a frozen peer once the buffers are full, and a polite
            # close would wait for it again.
            self._connection.transport.abort()
            raise self._lost(f"nothing taken for {SEND_TIMEOUT_S:g} s") from error

    async def hear(self, *, within: float | None = None) -> ProducerMessage:
        """The next message.

        Args:
            within: seconds to wait for it; None waits as long as the connection lives.

        Raises:
            RefusedError: it is a fatal ``error``.
            MessageError: it is none of the protocol.
            ConnectionLost: the connection is gone, or the time is up.
        """
        while True:
            try:
                async with asyncio.timeout(within):
                    message = decode_producer_message(await self._connection.recv())
            except ConnectionClosed as closed:
                raise lost("session channel lost", self._uri, closed) from closed
            except TimeoutError:
                raise self._lost(f"no answer within {within:g} s") from None
            if not isinstance(message, Error):
                return message
            if message.fatal:
                raise RefusedError(message.code, message.message)
            log.warning("producer-warned", code=message.code, reason=message.message)

    async def close(self) -> None:
        """Close the connection politely."""
        await self._connection.close()

    def abort(self) -> None:
        """Cut the connection at once."""
        self._connection.transport.abort()

    def _lost(self, cause: object) -> ConnectionLost:
        return ConnectionLost("session channel lost", at=self._uri, got=cause)


def _words(error: OSError) -> str:
    return error.strerror or str(error) or type(error).__name__
