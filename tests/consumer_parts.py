"""Parts of a consumer for its tests: frames, results, a fake engine and a fake conversation."""

from __future__ import annotations

import asyncio
import itertools
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar, cast

import numpy as np
from numpy.typing import NDArray

from consumer.pipeline.channels import Channel
from consumer.pipeline.records import UNCLASSIFIED, ReceivedFrame, ResultBatch, StageTimes
from consumer.session.conversation import Conversation
from shared.digests import pixel_crc
from shared.errors import CatwalkError, WorkerError
from shared.frames import FrameHeader, encode_frame
from shared.messages import Message, Predictions, ProducerMessage, Started

SESSION = "0123456789abcdef"
CLASSES = ("shoe", "coat", "bag")
SIZE = (4, 4)
DEADLINE_S = 10.0

T = TypeVar("T")


def picture(sequence: int, shape: tuple[int, ...] = SIZE) -> NDArray[np.uint8]:
    """An image that tells its sequence number: all pixels have that value, modulo 256."""
    return np.full(shape, sequence % 256, np.uint8)


def header(sequence: int, *, image: NDArray[np.uint8] | None = None, epoch: int = 1) -> FrameHeader:
    """The header of a frame that shows ``image``, or else its picture."""
    pixels = picture(sequence) if image is None else image
    return FrameHeader(
        height=pixels.shape[0],
        width=pixels.shape[1],
        channels=1 if pixels.ndim == 2 else pixels.shape[2],
        epoch=epoch,
        sequence=sequence,
        index=(sequence + 1000) % 2**32,
        sent_ns=10 * sequence,
        crc=pixel_crc(pixels.tobytes()),
    )


def wire_frame(sequence: int, *, image: NDArray[np.uint8] | None = None, epoch: int = 1) -> bytes:
    """A frame as it travels."""
    pixels = picture(sequence) if image is None else image
    return encode_frame(header(sequence, image=pixels, epoch=epoch), pixels.tobytes())


def received(sequence: int, *, reason: str = "") -> ReceivedFrame:
    """A frame as the receiver passes it on; with a reason, it has no model input."""
    image = picture(sequence)
    model_input = None if reason else image
    return ReceivedFrame(header(sequence), image, model_input, 10 * sequence + 1, reason)


def results(
    first: int,
    labels: Sequence[int],
    *,
    confidences: Sequence[float] | None = None,
    crcs: Sequence[int] | None = None,
    reasons: Mapping[int, str] | None = None,
) -> ResultBatch:
    """The results of a run of frames; CRC-32s are their sequence numbers, confidences 0.5."""
    numbers = range(first, first + len(labels))
    missing = {k: "too-large" for k, label in zip(numbers, labels) if label == UNCLASSIFIED}
    times = np.array(numbers, np.int64)
    return ResultBatch(
        first=first,
        images=tuple(picture(k) for k in numbers),
        indices=np.array(numbers, np.int64),
        crcs=np.array(numbers if crcs is None else crcs, np.uint32),
        labels=np.array(labels, np.int16),
        confidences=np.array(
            [0.5] * len(labels) if confidences is None else confidences, np.float32
        ),
        times=StageTimes(sent=times, received=times + 1, taken=times + 2, done=times + 3),
        reasons=missing if reasons is None else reasons,
    )


def started(*, frames: int = 8, window: int = 1024, port: int = 6000) -> Started:
    """The session as the producer announces it."""
    return Started(
        session=SESSION,
        epoch=1,
        frames=frames,
        fps=0.0,
        height=4,
        width=4,
        channels=1,
        classes=CLASSES,
        dataset="tiny",
        origin="test",
        next=0,
        window=window,
        port=port,
        path=f"/{SESSION}",
    )


def counting_clock() -> Callable[[], int]:
    """A clock that is one nanosecond later at each look."""
    return itertools.count(1).__next__


class FakeEngine:
    """Labels an image by its first pixel, modulo 3; keeps the batches' sizes.

    Args:
        failure: raised once ``fail_at`` frames were classified.
        fail_at: how many frames go well.
    """

    def __init__(self, failure: BaseException | None = None, *, fail_at: int = 0) -> None:
        self.batches: list[int] = []
        self._failure = failure
        self._fail_at = fail_at

    def classify(self, images: NDArray[np.uint8]) -> tuple[NDArray[np.int16], NDArray[np.float32]]:
        """Labels and confidences (all 0.5)."""
        if self._failure is not None and sum(self.batches) + len(images) > self._fail_at:
            raise self._failure
        self.batches.append(len(images))
        labels = (images[:, 0, 0] % 3).astype(np.int16)
        return labels, np.full(len(images), 0.5, np.float32)


class FakeConversation:
    """Keeps what is told; what is heard comes from ``say`` and, where given, from ``answer``.

    Args:
        answer: what the producer says to each message it is told.
    """

    def __init__(
        self, answer: Callable[[Message], Sequence[ProducerMessage]] = lambda _: ()
    ) -> None:
        self.told: list[tuple[float, Message]] = []
        self.failure: CatwalkError | None = None
        self._answer = answer
        self._said: asyncio.Queue[ProducerMessage | CatwalkError] = asyncio.Queue()

    async def tell(self, message: Message) -> None:
        """Keep the message with the loop's time."""
        if self.failure is not None:
            raise self.failure
        self.told.append((asyncio.get_running_loop().time(), message))
        self.say(*self._answer(message))

    async def hear(self) -> ProducerMessage:
        """The next thing said."""
        said = await self._said.get()
        if isinstance(said, CatwalkError):
            raise said
        return said

    def say(self, *messages: ProducerMessage | CatwalkError) -> None:
        """Let the consumer hear this."""
        for message in messages:
            self._said.put_nowait(message)

    def runs(self) -> list[Predictions]:
        """All predictions told."""
        return [message for _, message in self.told if isinstance(message, Predictions)]

    def as_conversation(self) -> Conversation:
        """Itself, for those who ask for the real thing."""
        return cast(Conversation, self)


@contextmanager
def ending(*channels: Channel[Any]) -> Iterator[None]:
    """Fail the channels after a deadline, so that a test that would hang fails."""
    late = WorkerError("the test took too long", expected=f"within {DEADLINE_S} s")

    def fail_all() -> None:
        for channel in channels:
            channel.fail(late)

    timer = threading.Timer(DEADLINE_S, fail_all)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        timer.join()


def take_all(channel: Channel[T], *, limit: int = 64) -> list[T]:
    """Take until the end.

    Raises:
        CatwalkError: what the channel failed with.
    """
    taken: list[T] = []
    with ending(channel):
        while items := channel.take(limit):
            taken += items
    return taken
