"""A producer of one session over real ports, with a mishap on any of its connections."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http import HTTPStatus

from consumer_parts import (
    SESSION,
    accepted,
    digest_of,
    finished,
    picture,
    recalled,
    started,
    wire_frame,
)
from fake_producer import on_thread
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response
from websockets.typing import Subprotocol

from shared.balance import balance
from shared.digests import pixel_crc
from shared.messages import (
    FRAMES_PROTOCOL,
    SESSION_PROTOCOL,
    Accepted,
    Error,
    Message,
    Predictions,
    Recalled,
    Results,
    Start,
    Stop,
    Stopped,
    Stored,
    decode_consumer_message,
    encode_message,
)
from shared.reports import ProducerCounts

PAGE = 5
"""How many frames are recalled at once."""


@dataclass(frozen=True, slots=True)
class Mishap:
    """What goes wrong on one connection.

    ==============  ==========================================================================
    ``channel-cut``  the session channel is cut once ``at`` frames are stored and acknowledged
    ``lost-word``    the same, but the last acknowledgement is not sent
    ``stream-cut``   the stream is cut in place of frame ``at``
    ``gap``          frame ``at`` is left out
    ``corrupt``      frame ``at`` has a wrong checksum
    ``error:CODE``   that error answers the first run from frame ``at`` on
    ``refuse:CODE``  that error answers ``start``
    ``door``         nobody is let in: HTTP 401
    ``busy``         closed at once with 1013
    ``silent``       ``start`` is not answered
    ``half-told``    the channel is cut in the midst of what is recalled
    ``twin``         another process has stored ``at`` frames more meanwhile
    ``deaf``         cut instead of an answer to the results, which are kept
    ``lost-post``    cut before the results arrive
    ``unmoved``      a stop is not answered
    ==============  ==========================================================================

    Args:
        kind: one of these.
        at: a sequence number or number of frames.
    """

    kind: str = "none"
    at: int = 0

    def is_due(self, kind: str, number: int) -> bool:
        """Whether this is what happens at this number."""
        return self.kind == kind and number >= self.at


@dataclass(slots=True)
class FakeHouse:
    """A producer that knows its session from connection to connection, whoever comes.

    Args:
        frames: how many the session has.
        mishaps: by the number of the connection, from 1.
        pace_s: time between two frames, seconds.
    """

    frames: int = 12
    mishaps: Mapping[int, Mishap] = field(default_factory=dict)
    pace_s: float = 0.0
    starts: list[Start] = field(default_factory=list)
    posted: list[Results] = field(default_factory=list)
    kept: list[tuple[int, float]] = field(default_factory=list)
    answer: Accepted | None = None
    connections: int = 0
    epoch: int = 0
    end: int | None = None
    _port: int = 0
    _channel: ServerConnection | None = None

    @property
    def labels(self) -> list[int]:
        """Of all frames that are stored."""
        return [label for label, _ in self.kept]

    @property
    def mishap(self) -> Mishap:
        """Of the present connection."""
        return self.mishaps.get(self.connections, Mishap())

    @contextmanager
    def open(self) -> Iterator[str]:
        """Serve both ports on a thread; gives the producer's address."""
        with on_thread(self._serve) as port:
            yield f"ws://127.0.0.1:{port}"

    async def _serve(self, over: asyncio.Event, report: Callable[[int], None]) -> None:
        here, known = ("127.0.0.1", 0), Subprotocol
        async with (
            serve(self._stream, *here, subprotocols=[known(FRAMES_PROTOCOL)]) as stream,
            serve(
                self._converse,
                *here,
                subprotocols=[known(SESSION_PROTOCOL)],
                process_request=self._admit,
                close_timeout=0.2,
            ) as channel,
        ):
            self._port = next(iter(stream.sockets)).getsockname()[1]
            report(next(iter(channel.sockets)).getsockname()[1])
            await over.wait()

    def _admit(self, connection: ServerConnection, _: Request) -> Response | None:
        self.connections += 1
        if self.mishap.kind == "door":
            return connection.respond(HTTPStatus.UNAUTHORIZED, "no\n")
        return None

    async def _converse(self, connection: ServerConnection) -> None:
        with suppress(ConnectionClosed):
            start = decode_consumer_message(await connection.recv())
            assert isinstance(start, Start)
            self.starts.append(start)
            kind, _, code = self.mishap.kind.partition(":")
            if kind == "refuse":
                await _tell(connection, Error(code=code, message="not you"))
            elif kind == "busy":
                await connection.close(1013, "too many sessions")
            elif kind == "silent":
                await connection.wait_closed()
            else:
                await self._begin(connection, recall=start.recall)
                async for text in connection:
                    await self._take(connection, decode_consumer_message(text))

    async def _begin(self, connection: ServerConnection, *, recall: bool) -> None:
        if self.mishap.kind == "twin":
            self.kept += [(0, 0.5)] * self.mishap.at
        self.epoch += 1
        self._channel = connection
        said = started(
            frames=self.frames,
            port=self._port,
            epoch=self.epoch,
            following=len(self.kept),
            digest=_digest(len(self.kept)),
        )
        await _tell(connection, said)
        for first in range(0, len(self.kept) if recall else 0, PAGE):
            await _tell(connection, self._page(first))
            if self.mishap.kind == "half-told":
                # What was told must have arrived before the cut.
                await connection.ping()
                await asyncio.sleep(0.05)
                connection.transport.abort()
        if len(self.kept) == self._end():
            await _tell(connection, finished(self._end()))
        if self.answer is not None:
            await _tell(connection, self.answer)

    async def _take(self, connection: ServerConnection, message: Message) -> None:
        if isinstance(message, Predictions):
            await self._store(connection, message)
        elif isinstance(message, Stop) and self.mishap.kind != "unmoved":
            self.end = message.at
            stop = Stopped(session=SESSION, frames=message.at, by="consumer")
            await _tell(connection, stop)
            await _tell(connection, finished(message.at))
        elif isinstance(message, Results):
            await self._accept(connection, message)

    async def _store(self, connection: ServerConnection, run: Predictions) -> None:
        kind, _, code = self.mishap.kind.partition(":")
        last = run.first + len(run.labels)
        if kind == "error" and last > self.mishap.at:
            await _tell(connection, Error(code=code, message="not this run"))
            await connection.close()
            return
        assert (run.epoch, run.first) == (self.epoch, len(self.kept))
        self.kept += zip(run.labels, run.confidences)
        if not self.mishap.is_due("lost-word", last):
            await _tell(connection, Stored(session=SESSION, through=last - 1))
        if self.mishap.is_due("lost-word", last) or self.mishap.is_due("channel-cut", last):
            # A cut must not overtake the words before it.
            await asyncio.sleep(0.05)
            connection.transport.abort()

    async def _accept(self, connection: ServerConnection, results: Results) -> None:
        if self.mishap.kind == "lost-post":
            connection.transport.abort()
            return
        self.posted.append(results)
        self.answer = self.answer or self._settle(results)
        if self.mishap.kind == "deaf":
            connection.transport.abort()
        else:
            await _tell(connection, self.answer)

    async def _stream(self, connection: ServerConnection) -> None:
        epoch, mishap, first = self.epoch, self.mishap, len(self.kept)
        channel = self._channel
        assert channel is not None
        with suppress(ConnectionClosed):
            for k in range(first, self._end()):
                if k >= self._end():
                    return
                if mishap == Mishap("stream-cut", k):
                    connection.transport.abort()
                    return
                if mishap != Mishap("gap", k):
                    frame = bytearray(wire_frame(k, epoch=epoch))
                    frame[-1] ^= mishap == Mishap("corrupt", k)
                    await connection.send(bytes(frame))
                await asyncio.sleep(self.pace_s)
            if self.end is None and first < self.frames:
                await _tell(channel, finished(self.frames))

    def _page(self, first: int) -> Recalled:
        labels, shares = zip(*self.kept[first : first + PAGE])
        return recalled(first, labels, confidences=shares)

    def _settle(self, results: Results) -> Accepted:
        end = self._end()
        producer = ProducerCounts(
            frames=end,
            sent=end,
            skipped=0,
            withdrawn=0,
            stored=len(self.kept),
            stored_classified=len(self.kept),
            stored_unclassified=0,
            digest=_digest(end),
        )
        sheet = balance(SESSION, producer, results.counts)
        return accepted(results).model_copy(update={"balance": sheet})

    def _end(self) -> int:
        return self.frames if self.end is None else self.end


def _digest(count: int) -> str:
    return digest_of([pixel_crc(picture(k).tobytes()) for k in range(count)])


async def _tell(connection: ServerConnection, message: Message) -> None:
    await connection.send(encode_message(message))
