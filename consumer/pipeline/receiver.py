"""The receiver thread: frames from the wire, decoded, checked and made to fit the model."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from functools import partial

import cv2
import numpy as np
import structlog
from numpy.typing import NDArray
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed, WebSocketException

from consumer.link import Link
from consumer.pipeline.channels import Channel, ChannelClosed
from consumer.pipeline.gate import FrameGate
from consumer.pipeline.preprocess import preprocess
from consumer.pipeline.records import ReceivedFrame
from consumer.vitals import Pulse
from shared.errors import (
    AuthorisationError,
    CatwalkError,
    ConnectionLost,
    FrameError,
    PeerError,
    WorkerError,
)
from shared.frames import HEADER_BYTES, FrameHeader, decode_frame
from shared.messages import FRAMES_PROTOCOL

log = structlog.get_logger()

MAX_SIDE = 4096
MAX_FRAME = HEADER_BYTES + 4 * MAX_SIDE * MAX_SIDE
MAX_QUEUE = 64
CLOSE_TIMEOUT_S = 1.0
"""Short: an error becomes known only after the close, which a frozen producer does not answer."""
JOIN_S = 5.0


class Receiver:
    """Owns the thread named "receiver", its event loop and the frame stream.

    Args:
        uri: address of the session's stream.
        gate: decides which frames belong to the session.
        frames: where received frames go; ended when the stream ends, failed when it breaks.
        link: opens connections.
        size: height and width of the model's input, pixels.
        channels: of the model's input, 1 for gray, 3 for RGB.
        now_ns: nanoseconds since 1970.
    """

    def __init__(
        self,
        uri: str,
        gate: FrameGate,
        frames: Channel[ReceivedFrame],
        *,
        link: Link,
        size: tuple[int, int],
        channels: int = 1,
        now_ns: Callable[[], int],
    ) -> None:
        self._uri = uri
        self._link = link
        self._gate = gate
        self._frames = frames
        self._size = size
        self._channels = channels
        self._now_ns = now_ns
        self._lock = threading.Lock()
        self._leaving = False
        self._passed = gate.received
        self._cancel: Callable[[], object] | None = None
        self._thread = threading.Thread(target=self._run, name=self.name, daemon=True)

    name = "receiver"

    def start(self) -> None:
        """Fetch the stream on a thread of its own."""
        self._thread.start()

    def join(self, within_s: float = JOIN_S) -> None:
        """Cut the stream if it still runs, and wait for the thread, at most so long.

        Raises:
            WorkerError: the thread did not end.
        """
        self._frames.close()
        with self._lock:
            self._leaving = True
            if self._cancel is not None:
                self._cancel()
        self._thread.join(within_s)
        if self._thread.is_alive():
            raise WorkerError("the receiver thread did not end", expected=f"within {within_s} s")

    def pulse(self) -> Pulse:
        """How many frames it has passed on, and whether its thread has died or failed."""
        return Pulse(
            self._passed,
            # The stream may be cut once a stop was agreed on: what else was sent need not come.
            end=self._gate.received if self._gate.stopped else None,
            dead=self._frames.is_abandoned_by(self._thread),
            failure=str(self._frames.failure or ""),
        )

    def _run(self) -> None:
        try:
            asyncio.run(self._main())
        except (ChannelClosed, asyncio.CancelledError):
            log.debug("receiver-cut")
        except CatwalkError as error:
            self._frames.fail(error)
        except BaseException as error:  # pylint: disable=broad-exception-caught
            # Top of the thread: the analyst must learn of it, whatever it was.
            failure = WorkerError("the receiver thread failed", got=repr(error))
            failure.__cause__ = error
            self._frames.fail(failure)
        finally:
            # However it ended: nobody may wait for another frame.
            self._frames.close()

    async def _main(self) -> None:
        loop = asyncio.get_running_loop()
        fetching = loop.create_task(self._fetch())
        with self._lock:
            self._cancel = partial(loop.call_soon_threadsafe, fetching.cancel)
            if self._leaving:
                fetching.cancel()
        try:
            await fetching
        finally:
            with self._lock:
                # From here on the loop may be closed at any time.
                self._cancel = None

    async def _fetch(self) -> None:
        try:
            connection = await self._open()
            try:
                await self._receive(connection)
            finally:
                # Closed by the producer at the end; before it, nobody waits for a polite close.
                connection.transport.abort()
        except ConnectionClosed as closed:
            self._lose("frame stream cut", closed)
        except (OSError, WebSocketException) as error:
            self._lose("no frame stream", error)

    async def _open(self) -> ClientConnection:
        try:
            return await self._link.open(
                self._uri,
                FRAMES_PROTOCOL,
                max_size=MAX_FRAME,
                close_timeout_s=CLOSE_TIMEOUT_S,
                max_queue=MAX_QUEUE,
            )
        except AuthorisationError:
            raise
        except PeerError as error:
            # It is a producer, as the session channel has shown: the session was lost there.
            raise ConnectionRefusedError(str(error)) from error

    def _lose(self, what: str, error: Exception) -> None:
        if not self._gate.stopped:
            raise ConnectionLost(what, at=self._uri, got=error) from error
        # The session ends with the frames received before the stop: nothing is missing.
        log.info("stream-ended-by-stop", reason=str(error))

    async def _receive(self, connection: ClientConnection) -> None:
        async for message in connection:
            received_ns = self._now_ns()
            header, image = self._decode(message)
            if self._gate.admit(header):
                model_input, reason = self._fit(image)
                # Before the put: a frame that finds no room waits for the analyst.
                self._passed += 1
                self._frames.put(ReceivedFrame(header, image, model_input, received_ns, reason))

    def _decode(self, message: str | bytes) -> tuple[FrameHeader, NDArray[np.uint8]]:
        try:
            if not isinstance(message, bytes):
                raise FrameError("wrong kind", where="a frame", expected="binary", got="text")
            return decode_frame(message)
        except FrameError:
            self._gate.refuse()
            raise

    def _fit(self, image: NDArray[np.uint8]) -> tuple[NDArray[np.uint8] | None, str]:
        if max(image.shape[:2]) > MAX_SIDE:
            return None, "too-large"
        try:
            return preprocess(image, self._size, self._channels), ""
        except cv2.error as error:
            log.warning("frame-not-readable", reason=str(error))
            return None, "not-readable"
