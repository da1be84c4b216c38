"""A bare client of the protocol, for sessions by the hundred and for peers that misbehave."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any, Self

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, WebSocketException
from websockets.typing import Subprotocol

from faults.accounts import CLASSES, CONFIDENCE, Accounts, Said, Wish, results
from faults.values import FaultError
from shared.digests import pixel_crc, run_digest
from shared.frames import HEADER_BYTES, decode_frame
from shared.messages import FRAMES_PROTOCOL, SESSION_PROTOCOL

PATIENCE_S = 30.0
RETRY_S = 0.1
PASSING = ("store-failed", "stopping", "the stream ended", "taken-over")
"""How what says that to come back later makes sense begins."""


class Client:
    """One connection to a session channel.

    Args:
        channel: the connection.
        wish: what it wants.
        accounts: of its session.
    """

    def __init__(self, channel: ClientConnection, wish: Wish, accounts: Accounts) -> None:
        self.channel = channel
        self.wish = wish
        self.accounts = accounts
        self.started: Said = {}
        self.finished: Said = {}

    @classmethod
    @asynccontextmanager
    async def connected(
        cls, address: str, wish: Wish, accounts: Accounts | None = None
    ) -> AsyncIterator[Self]:
        """Connected while the block runs."""
        async with connect(
            address,
            subprotocols=[Subprotocol(SESSION_PROTOCOL)],
            proxy=None,
            max_queue=None,
            max_size=None,
            compression=None,
            local_addr=(wish.host, 0),
            open_timeout=PATIENCE_S,
            close_timeout=1.0,
        ) as channel:
            yield cls(channel, wish, accounts or Accounts())

    @property
    def session(self) -> str:
        """The session's name."""
        return str(self.started["session"])

    async def say(self, **message: Any) -> None:
        """Send an object."""
        await self.channel.send(json.dumps(message))

    async def hear(self, *kinds: str, within: float = PATIENCE_S) -> Said:
        """The next message of one of these types; what is told on the way is remembered.

        Raises:
            FaultError: an error came that was not asked for, or nothing in time.
            ConnectionClosed: the producer left.
        """
        try:
            async with asyncio.timeout(within):
                while True:
                    said: Said = json.loads(await self.channel.recv())
                    self._note(said)
                    if said["type"] in kinds:
                        return said
                    if said["type"] == "error":
                        raise FaultError(f"{said['code']}: {said['message']}")
        except TimeoutError:
            raise FaultError(f"no {' or '.join(kinds)} within {within:g} s") from None

    async def start(self, **changes: Any) -> Said:
        """Open a session, or come back to one; forgets the frames that will come again."""
        wish = self.wish
        start = {"type": "start", "consumer": wish.consumer, "fps": wish.fps, "count": wish.frames}
        start |= {"delivery": wish.delivery, "model": "bare", "classes": CLASSES}
        await self.say(**(start | changes))
        self.started = await self.hear("started")
        self.accounts.forget_from(int(self.started["next"]))
        return self.started

    @asynccontextmanager
    async def stream(self) -> AsyncIterator[ClientConnection]:
        """The frame stream while the block runs."""
        host = self.channel.remote_address[0]
        self.accounts.connections += 1
        async with connect(
            f"ws://{host}:{self.started['port']}{self.started['path']}",
            subprotocols=[Subprotocol(FRAMES_PROTOCOL)],
            proxy=None,
            max_size=None,
            compression=None,
            local_addr=(self.wish.host, 0),
            open_timeout=PATIENCE_S,
            close_timeout=1.0,
        ) as stream:
            yield stream

    async def take(self, stream: ClientConnection, count: int) -> None:
        """Receive frames and label them."""
        for _ in range(count):
            async with asyncio.timeout(PATIENCE_S):
                message = await stream.recv(decode=False)
            self._take(message)

    async def predict(self, first: int, count: int, **changes: Any) -> None:
        """Send the predictions of a run."""
        await self.say(**(self.run(first, count) | changes))

    def run(self, first: int, count: int) -> Said:
        """The predictions of a run as a message."""
        return {
            "type": "predictions",
            "session": self.session,
            "epoch": self.started["epoch"],
            "first": first,
            "labels": self.accounts.labels[first : first + count],
            "confidences": [CONFIDENCE] * count,
            "digest": run_digest(self.accounts.crcs[first : first + count]),
        }

    async def wait_stored(self, frames: int) -> None:
        """Wait until so many frames are acknowledged."""
        while self.accounts.acknowledged < frames:
            await self.hear("stored")

    async def play(self) -> Said:
        """Take and predict all frames from the present one on, and settle: the answer."""
        if self.started["next"] < self.started["frames"]:
            async with self.stream() as stream:
                await self._play_stream(stream)
        if not self.finished:
            await self.hear("finished")
        await self.wait_stored(len(self.accounts.crcs))
        return await self.settle()

    async def settle(self) -> Said:
        """Post fitting results: the answer."""
        await self.say(**self.results())
        return await self.hear("accepted")

    def results(self, **counts: Any) -> Said:
        """Fitting results as a message."""
        return results(self.session, self.accounts, counts)

    async def _play_stream(self, stream: ClientConnection) -> None:
        sent = int(self.started["next"])
        # At most a quarter of the window, so that there is always credit on its way back.
        run = max(1, min(self.wish.run, int(self.started["window"]) // 4))
        async for message in stream:
            self._take(message)
            if len(self.accounts.crcs) - sent >= run or self._has_all():
                await self.predict(sent, len(self.accounts.crcs) - sent)
                sent = len(self.accounts.crcs)
        if stream.close_code != 1000:
            raise FaultError(f"the stream ended with {stream.close_code} {stream.close_reason}")
        if len(self.accounts.crcs) > sent:
            await self.predict(sent, len(self.accounts.crcs) - sent)

    def _has_all(self) -> bool:
        return len(self.accounts.crcs) >= int(self.started["frames"])

    def _take(self, message: str | bytes) -> None:
        assert isinstance(message, bytes)
        header, _ = decode_frame(message)
        if header.sequence != len(self.accounts.crcs):
            raise FaultError(f"frame {header.sequence}: expected {len(self.accounts.crcs)}")
        self.accounts.wire += 1
        self.accounts.crcs.append(pixel_crc(message[HEADER_BYTES:]))
        self.accounts.labels.append(header.index % len(CLASSES))

    def _note(self, said: Said) -> None:
        if said["type"] == "stored":
            self.accounts.acknowledged = max(self.accounts.acknowledged, said["through"] + 1)
        if said["type"] == "finished":
            self.finished = said


async def play(address: str, wish: Wish, accounts: Accounts | None = None) -> tuple[Client, Said]:
    """Play one session from start to end: the client, no longer connected, and the answer."""
    async with Client.connected(address, wish, accounts) as client:
        await client.start()
        return client, await client.play()


async def persist(address: str, wish: Wish, accounts: Accounts, *, within: float) -> Said:
    """Play one session to its end, however often the connection is lost: the answer.

    Args:
        address: of the session channel.
        wish: what the client wants.
        accounts: of the session; kept up to date, so that others can look.
        within: seconds that it may take.

    Raises:
        FaultError: it took longer, or the producer refused for another reason than a failure of
            its own.
    """
    session: Said = {}
    last: Exception | None = None
    try:
        async with asyncio.timeout(within):
            while True:
                try:
                    async with Client.connected(address, wish, accounts) as client:
                        session = {"session": (await client.start(**session))["session"]}
                        return await client.play()
                except (OSError, WebSocketException) as error:
                    last = error
                except FaultError as error:
                    if not str(error).startswith(PASSING):
                        raise
                    last = error
                await asyncio.sleep(RETRY_S)
    except TimeoutError:
        raise FaultError(f"not accepted within {within:g} s, at last: {last!r}") from None


async def refused(channel: ClientConnection, *, within: float = PATIENCE_S) -> Sequence[Said]:
    """Every message until the producer closes the connection.

    Raises:
        FaultError: it does not.
    """
    heard: list[Said] = []
    try:
        async with asyncio.timeout(within):
            while True:
                heard.append(json.loads(await channel.recv()))
    except ConnectionClosed:
        return heard
    except TimeoutError:
        raise FaultError(f"not sent away within {within:g} s: {heard[-3:]}") from None
