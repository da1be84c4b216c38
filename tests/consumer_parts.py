"""Parts of a consumer for its tests: frames, results, and fakes of what stands around it."""

from __future__ import annotations

import asyncio
import itertools
import threading
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator, Mapping, Sequence
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any, Self, TypeVar, cast

import numpy as np
from numpy.typing import NDArray

from consumer.classifier.answers import Answers
from consumer.link import Link
from consumer.pipeline.channels import Channel
from consumer.pipeline.records import UNCLASSIFIED, ReceivedFrame, ResultBatch, StageTimes
from consumer.session.conversation import Conversation
from shared.balance import balance
from shared.digests import NO_FRAMES, ContentDigest, pixel_crc
from shared.errors import CatwalkError, WorkerError
from shared.frames import FrameHeader, encode_frame
from shared.messages import (
    Accepted,
    Finished,
    Message,
    Predictions,
    ProducerMessage,
    Recalled,
    Results,
    Started,
    Stored,
    Unclassified,
    receipt,
)
from shared.reports import ProducerCounts

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
    sets: Sequence[Sequence[int]] | None = None,
    novelty: Sequence[float] | None = None,
) -> ResultBatch:
    """The results of a run of frames; CRC-32s are their sequence numbers, confidences 0.5.

    Of doubt they tell what is given; a set as its classes, of twelve.
    """
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
        sets=None if sets is None else _matrix(sets),
        novelty=None if novelty is None else np.array(novelty, np.float32),
    )


def _matrix(sets: Sequence[Sequence[int]]) -> NDArray[np.bool_]:
    matrix = np.zeros((len(sets), 12), np.bool_)
    for place, members in enumerate(sets):
        matrix[place, list(members)] = True
    return matrix


def recalled(first: int, labels: Sequence[int], **changes: Any) -> Recalled:
    """Predictions of an earlier process: confidences 0.25, index 1000 more than the number."""
    numbers = range(first, first + len(labels))
    said = Recalled(
        session=SESSION,
        first=first,
        indices=tuple(k + 1000 for k in numbers),
        labels=tuple(labels),
        confidences=tuple(0.0 if label == UNCLASSIFIED else 0.25 for label in labels),
        unclassified=tuple(
            Unclassified(sequence=k, reason="not-readable")
            for k, label in zip(numbers, labels)
            if label == UNCLASSIFIED
        ),
    )
    return said.model_copy(update=changes)


def started(
    *,
    frames: int = 8,
    window: int = 1024,
    port: int = 6000,
    epoch: int = 1,
    following: int = 0,
    digest: str = NO_FRAMES,
) -> Started:
    """The session as the producer announces it; ``following`` is the next frame."""
    return Started(
        session=SESSION,
        epoch=epoch,
        frames=frames,
        fps=0.0,
        height=4,
        width=4,
        channels=1,
        classes=CLASSES,
        dataset="tiny",
        origin="test",
        next=following,
        digest=digest,
        window=window,
        port=port,
        path=f"/{SESSION}/{epoch}",
    )


def digest_of(crcs: Sequence[int]) -> str:
    """The content digest of frames with these CRC-32s."""
    digest = ContentDigest()
    digest.update(crcs)
    return digest.hexdigest()


def accepted(results_: Results) -> Accepted:
    """The answer of a producer whose counts are the consumer's own."""
    counts = results_.counts
    producer = ProducerCounts(
        frames=counts.received,
        sent=counts.received,
        skipped=0,
        withdrawn=counts.withdrawn,
        stored=counts.received,
        stored_classified=counts.classified,
        stored_unclassified=counts.unclassified,
        digest=counts.digest,
    )
    return Accepted(
        session=SESSION,
        receipt=receipt(results_),
        balance=balance(SESSION, producer, counts),
    )


def stored(through: int, session: str = SESSION) -> Stored:
    """Everything up to here is on disk."""
    return Stored(session=session, through=through)


def finished(frames: int, *, skipped: int = 0) -> Finished:
    """All frames were sent."""
    return Finished(
        session=SESSION, frames=frames + skipped, sent=frames, skipped=skipped, withdrawn=0
    )


def storing(message: Message) -> list[ProducerMessage]:
    """A producer that stores every run at once."""
    if isinstance(message, Predictions):
        return [stored(message.first + len(message.labels) - 1)]
    return []


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

    def classify(self, images: NDArray[np.uint8]) -> Answers:
        """Labels and confidences (all 0.5)."""
        if self._failure is not None and sum(self.batches) + len(images) > self._fail_at:
            raise self._failure
        self.batches.append(len(images))
        labels = (images[:, 0, 0] % 3).astype(np.int16)
        return Answers(labels, np.full(len(images), 0.5, np.float32))


class HeldEngine(FakeEngine):
    """Keeps a batch until it is released.

    Args:
        at: how many batches go well before.
    """

    def __init__(self, *, at: int = 0) -> None:
        super().__init__()
        self.asked = threading.Event()
        self.release = threading.Event()
        self._at = at

    def classify(self, images: NDArray[np.uint8]) -> Answers:
        """Wait, at most 10 s."""
        if len(self.batches) == self._at:
            self.asked.set()
            self.release.wait(DEADLINE_S)
        return super().classify(images)


class Seen:
    """A metric that keeps what it saw."""

    def __init__(self) -> None:
        self.batches: list[ResultBatch] = []
        self.recalled: list[Recalled] = []

    def update(self, batch: ResultBatch) -> None:
        """Keep it."""
        self.batches.append(batch)

    def recall(self, recalled_: Recalled) -> None:
        """Keep it."""
        self.recalled.append(recalled_)

    @property
    def numbers(self) -> list[int]:
        """The sequence numbers of all frames seen, recalled ones first."""
        before = [k for page in self.recalled for k in _numbers(page.first, len(page.labels))]
        return before + [k for batch in self.batches for k in _numbers(batch.first, len(batch))]


def _numbers(first: int, count: int) -> range:
    return range(first, first + count)


class FakeStream:
    """A frame stream on a fake wire; a context manager, as a connection is.

    Args:
        messages: what comes; an exception is raised where it stands.
        waits: whether nothing more happens after the last message, instead of the end.
        until: the end comes when this is set.
    """

    def __init__(
        self,
        *messages: str | bytes | Exception,
        waits: bool = False,
        until: threading.Event | None = None,
    ) -> None:
        self._messages = messages
        self._waits = waits
        self._until = until
        self.transport = SimpleNamespace(abort=lambda: None)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        pass

    async def __aiter__(self) -> AsyncIterator[str | bytes]:
        for message in self._messages:
            if isinstance(message, Exception):
                raise message
            yield message
        if self._waits:
            await asyncio.Event().wait()
        if self._until is not None:
            await asyncio.to_thread(self._until.wait, DEADLINE_S)


class FakeLink:
    """Opens fake streams, one after the other.

    Args:
        streams: what it opens; an exception is raised instead.
    """

    def __init__(self, *streams: FakeStream | Exception) -> None:
        self.opened: list[tuple[str, str]] = []
        self._streams = iter(streams)

    async def open(self, uri: str, subprotocol: str, **_: Any) -> FakeStream:
        """The next stream."""
        self.opened.append((uri, subprotocol))
        stream = next(self._streams)
        if isinstance(stream, Exception):
            raise stream
        return stream

    def as_link(self) -> Link:
        """Itself, for those who ask for the real thing."""
        return cast(Link, self)


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
        self.ended = ""
        self._answer = answer
        self._said: asyncio.Queue[ProducerMessage | CatwalkError] = asyncio.Queue()

    async def tell(self, message: Message) -> None:
        """Keep the message with the loop's time."""
        if self.failure is not None:
            raise self.failure
        self.told.append((asyncio.get_running_loop().time(), message))
        self.say(*self._answer(message))

    async def hear(self, *, within: float | None = None) -> ProducerMessage:
        """The next thing said."""
        async with asyncio.timeout(within):
            said = await self._said.get()
        if isinstance(said, CatwalkError):
            raise said
        return said

    def say(self, *messages: ProducerMessage | CatwalkError) -> None:
        """Let the consumer hear this."""
        for message in messages:
            self._said.put_nowait(message)

    async def close(self) -> None:
        """Be closed politely."""
        self.ended = "closed"

    def abort(self) -> None:
        """Be cut."""
        self.ended = "aborted"

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


async def run_for(work: Coroutine[Any, Any, object], seconds: float) -> None:
    """Do the work for so long, which must not end before."""
    task = asyncio.ensure_future(work)
    await asyncio.sleep(seconds)
    assert not task.done()
    task.cancel()
    await asyncio.wait({task})
