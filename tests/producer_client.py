"""A producer on real ports and a consumer by hand, for integration tests."""

from __future__ import annotations

import asyncio
import gc
import urllib.error
import urllib.request
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import wraps
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray
from producer_parts import image_set, predictions, results
from structlog.testing import capture_logs
from structlog.typing import EventDict
from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Subprotocol

from producer.app import Producer
from producer.datasets.resolve import ResolvedDataset
from producer.ledger.ledger import Ledger
from producer.settings import ProducerSettings
from shared.frames import FrameHeader, decode_frame
from shared.intake.imageset import ImageSet
from shared.messages import (
    FRAMES_PROTOCOL,
    SESSION_PROTOCOL,
    Accepted,
    Error,
    Finished,
    Message,
    ProducerMessage,
    Progress,
    Start,
    Started,
    Stored,
    decode_producer_message,
    encode_message,
)

PATIENCE_S = 30.0

T = TypeVar("T", bound=ProducerMessage)


def real(scene: Callable[..., Coroutine[Any, Any, None]]) -> Callable[..., None]:
    """Make a test of a coroutine: it runs in real time, but not for ever."""

    @wraps(scene)
    def test(**given: Any) -> None:
        asyncio.run(asyncio.wait_for(scene(**given), PATIENCE_S))

    return test


@dataclass
class Service:
    """A producer that listens on free ports of this machine, and what it has logged."""

    producer: Producer
    serving: asyncio.Task[None]
    logs: list[EventDict] = field(default_factory=list)

    @property
    def ports(self) -> tuple[int, int]:
        """Ports of the stream and of the session channel."""
        (line,) = self.events("serving")
        return line["port"], line["session_port"]

    @property
    def address(self) -> str:
        """Of the session channel."""
        return f"ws://127.0.0.1:{self.ports[1]}"

    def events(self, name: str) -> list[EventDict]:
        """The log lines of one event."""
        return [line for line in self.logs if line["event"] == name]

    async def get(self, path: str) -> tuple[int, str, str]:
        """Status, content type and body of an HTTP GET on the session channel's port."""
        return await asyncio.to_thread(_get, f"http://127.0.0.1:{self.ports[1]}{path}")


def _get(address: str) -> tuple[int, str, str]:
    try:
        with urllib.request.urlopen(address, timeout=5.0) as answer:
            return answer.status, answer.headers["Content-Type"], answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.headers["Content-Type"], error.read().decode()


@asynccontextmanager
async def service(
    folder: Path,
    *,
    images: ImageSet | None = None,
    ledger: Callable[[str], Ledger] = Ledger,
    **options: Any,
) -> AsyncIterator[Service]:
    """Serve while the block runs, then stop; nothing may be left that nobody heard of."""
    unheard: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: unheard.append(context))
    settings = ProducerSettings(port=0, session_port=0, **options)
    dataset = ResolvedDataset(images or image_set(), "six.pickle", "file six.pickle")
    book = ledger(f"sqlite:///{folder / 'ledger.db'}")
    with capture_logs() as logs:
        producer = Producer(settings, dataset, book)
        running = Service(producer, asyncio.create_task(producer.serve()), logs)
        await until(lambda: bool(running.events("serving")))
        try:
            yield running
        finally:
            producer.stop()
            await running.serving
            book.close()
    gc.collect()
    assert not unheard


async def until(condition: Callable[[], bool], *, seconds: float = 10.0) -> None:
    """Wait until a condition holds."""
    async with asyncio.timeout(seconds):
        while not condition():
            await asyncio.sleep(0.005)


class Consumer:
    """One connection to the session channel, and its stream.

    Args:
        channel: the session channel.
    """

    def __init__(self, channel: ClientConnection) -> None:
        self.channel = channel
        self.started: Started | None = None
        self.crcs: list[int] = []

    @classmethod
    @asynccontextmanager
    async def connect(cls, address: str, before: Consumer | None = None) -> AsyncIterator[Consumer]:
        """Connected while the block runs; it remembers what was received ``before``."""
        async with connect(
            address,
            subprotocols=[Subprotocol(SESSION_PROTOCOL)],
            proxy=None,
            max_queue=None,
            max_size=None,
        ) as channel:
            consumer = cls(channel)
            consumer.crcs += before.crcs if before else []
            yield consumer

    @property
    def session(self) -> str:
        """The session's name."""
        assert self.started is not None
        return self.started.session

    async def say(self, message: Message) -> None:
        """Send a message."""
        await self.channel.send(encode_message(message))

    async def hear(self, kind: type[T]) -> T:
        """The next message of this kind; anything else on the way but news is wrong."""
        while True:
            message = decode_producer_message(await self.channel.recv())
            if isinstance(message, kind):
                return message
            assert isinstance(message, (Progress, Stored, Finished)), message

    async def refused(self) -> Error:
        """The fatal error after which the connection is closed for its code."""
        error = await self.hear(Error)
        assert error.fatal
        await self.channel.wait_closed()
        code = 1013 if error.code == "limit" else 1008
        assert (self.channel.close_code, self.channel.close_reason) == (code, error.code)
        return error

    async def start(self, **given: Any) -> Started:
        """Open a session, or come back to one."""
        await self.say(Start(consumer="hand", **given))
        self.started = await self.hear(Started)
        # What comes again is received again.
        del self.crcs[self.started.next :]
        return self.started

    @asynccontextmanager
    async def stream(self) -> AsyncIterator[ClientConnection]:
        """The frame stream while the block runs."""
        assert self.started is not None
        address = f"ws://127.0.0.1:{self.started.port}{self.started.path}"
        async with connect(
            address,
            subprotocols=[Subprotocol(FRAMES_PROTOCOL)],
            proxy=None,
        ) as stream:
            yield stream

    async def frame(self, stream: ClientConnection) -> tuple[FrameHeader, NDArray[np.uint8]]:
        """The next frame; its CRC is remembered."""
        message = await stream.recv()
        assert isinstance(message, bytes)
        header, pixels = decode_frame(message)
        assert header.sequence == len(self.crcs)
        self.crcs.append(header.crc)
        return header, pixels

    async def predict(self, first: int, count: int, *, labels: Sequence[int] | None = None) -> None:
        """Send the predictions of a run."""
        assert self.started is not None
        crcs, epoch = self.crcs[first : first + count], self.started.epoch
        await self.say(
            predictions(crcs, first=first, epoch=epoch, labels=labels, session=self.session)
        )

    async def play(self, frames: int) -> None:
        """Receive and predict the rest of all frames, until the last one is stored."""
        async with self.stream() as stream:
            for sequence in range(len(self.crcs), frames):
                header, _ = await self.frame(stream)
                await self.predict(sequence, 1, labels=[header.index % 3])
            await stream.wait_closed()
            assert stream.close_code == 1000
        while (await self.hear(Stored)).through < frames - 1:
            pass

    async def settle(self) -> Accepted:
        """Post fitting results."""
        await self.say(results(self.crcs, session=self.session))
        return await self.hear(Accepted)
