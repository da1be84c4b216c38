"""Parts of a producer for its tests: small images, messages, a fake ledger and a virtual clock."""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Callable, Coroutine, Sequence
from functools import wraps
from typing import Any, TypeVar, cast

import numpy as np
from message_examples import SUMMARY
from numpy.typing import NDArray

from producer.ledger.ledger import Ledger, SessionRecord, StoredPredictions
from producer.metrics import Metrics
from producer.sessions.live import Clock, House, LiveSession
from producer.sessions.session import Plan, SessionCore
from producer.vitals import WriterPulse
from shared.digests import pixel_crc, run_digest
from shared.intake.imageset import ImageSet
from shared.messages import (
    Accepted,
    Message,
    Predictions,
    Results,
    Session,
    SessionInfo,
    Start,
    Unclassified,
)
from shared.reports import ConsumerCounts, Sample
from shared.states import SessionState

SESSION = "0123456789abcdef"
CLASSES = ("shoe", "coat", "bag")
UNIX_NS = 1_700_000_000 * 10**9

T = TypeVar("T")


def image_set(count: int = 6, *, labels: bool = True) -> ImageSet:
    """Gray images of 4 x 4 pixels that all differ, with labels 0, 1, 2, 0, ..."""
    pixels = np.arange(count * 16, dtype=np.int64).reshape(count, 4, 4) * 7 % 251
    truth = np.arange(count, dtype=np.int64) % len(CLASSES) if labels else None
    return ImageSet(pixels.astype(np.uint8), truth, CLASSES if labels else ())


def crc_of(images: ImageSet, sequence: int) -> int:
    """CRC-32 of the pixels that frame ``sequence`` shows."""
    return pixel_crc(images.images[sequence % len(images)].tobytes())


def crcs_of(images: ImageSet, frames: range) -> list[int]:
    """CRC-32s of these frames."""
    return [crc_of(images, sequence) for sequence in frames]


def predictions(
    crcs: Sequence[int],
    *,
    first: int = 0,
    epoch: int = 1,
    labels: Sequence[int] | None = None,
    digest: str | None = None,
    session: str = SESSION,
) -> Predictions:
    """A run over frames with these CRC-32s; labels 0, 1, 2, 0, ... by sequence number."""
    frames = range(first, first + len(crcs))
    given = tuple(k % len(CLASSES) for k in frames) if labels is None else tuple(labels)
    return Predictions(
        session=session,
        epoch=epoch,
        first=first,
        labels=given,
        confidences=tuple(0.0 if label < 0 else 0.5 for label in given),
        digest=run_digest(crcs) if digest is None else digest,
        unclassified=tuple(
            Unclassified(sequence=k, reason="too-large")
            for k, label in zip(frames, given, strict=True)
            if label < 0
        ),
    )


def results(
    crcs: Sequence[int],
    *,
    unclassified: int = 0,
    samples: tuple[Sample, ...] = (),
    session: str = SESSION,
    received: int | None = None,
) -> Results:
    """Results of a consumer that received frames with these CRC-32s."""
    count = len(crcs) if received is None else received
    return Results(
        session=session,
        counts=ConsumerCounts(
            received=count,
            classified=count - unclassified,
            unclassified=unclassified,
            withdrawn=0,
            duplicates=0,
            corrupt=0,
            digest=run_digest(crcs),
        ),
        summary=SUMMARY,
        samples=samples,
    )


def plan(frames: int = 6, *, fps: float = 0.0, images: int = 6) -> Plan:
    """The plan of session ``SESSION``."""
    return Plan(session=SESSION, frames=frames, images=images, fps=fps)


class FakeLedger:
    """A ledger in memory that can be held back or made to fail."""

    def __init__(self) -> None:
        self.runs: list[Predictions] = []
        self.marks: list[tuple[SessionState, int]] = []
        self.created: list[SessionRecord] = []
        self.receipts: list[str] = []
        self.failure: Exception | None = None
        self.gate = asyncio.Event()
        self.gate.set()
        self.writer = WriterPulse(alive=True, waiting_s=0.0, quiet_s=0.0)

    def pulse(self) -> WriterPulse:
        """What a test says of its writer."""
        return self.writer

    async def create(self, record: SessionRecord) -> None:
        """Keep a new session."""
        await self._commit()
        self.created.append(record)

    async def append(self, run: Predictions) -> None:
        """Keep a run."""
        await self._commit()
        self.runs.append(run)

    async def mark(self, _: str, state: SessionState, frames: int) -> None:
        """Keep the state."""
        if self.failure is not None:
            raise self.failure
        self.marks.append((state, frames))

    async def session(self, session: str) -> Session:
        """A session that was created, with the state it was last marked with and no balance."""
        await self._commit()
        record = next(one for one in self.created if one.session == session)
        return Session(
            info=SessionInfo(
                session=session,
                consumer=record.consumer,
                dataset=record.dataset,
                state=str(self.marks[-1][0]),
                fps=record.fps,
                frames=record.frames,
                stored=sum(len(run.labels) for run in self.runs),
                created=record.created,
            )
        )

    async def predictions(self, _: str) -> StoredPredictions:
        """All runs so far."""
        await self._commit()
        labels = [label for run in self.runs for label in run.labels]
        return StoredPredictions(_int16(labels), np.full(len(labels), 0.5, np.float32))

    async def accept(self, _: Results, accepted: Accepted) -> None:
        """Keep the receipt."""
        await self._commit()
        self.receipts.append(accepted.receipt)

    async def _commit(self) -> None:
        await self.gate.wait()
        if self.failure is not None:
            raise self.failure


def _int16(labels: Sequence[int]) -> NDArray[np.int16]:
    return np.array(labels, np.int16)


class _Selector(selectors.BaseSelector):
    """Does not wait: moves the loop's time instead."""

    def __init__(self) -> None:
        self.now = 0.0
        self._real = selectors.DefaultSelector()

    def register(self, fileobj: Any, events: int, data: Any = None) -> selectors.SelectorKey:
        """As the real one does."""
        return self._real.register(fileobj, events, data)

    def unregister(self, fileobj: Any) -> selectors.SelectorKey:
        """As the real one does."""
        return self._real.unregister(fileobj)

    def get_map(self) -> Any:
        """As the real one does."""
        return self._real.get_map()

    def close(self) -> None:
        """As the real one does."""
        self._real.close()

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        """Ready events; where there are none, time jumps to the next timer."""
        ready = self._real.select(5.0 if timeout is None else 0.0)
        if not ready and timeout is None:
            raise TimeoutError("nothing is left that could happen")
        if not ready and timeout is not None:
            self.now += max(0.0, timeout)
        return ready


class VirtualLoop(asyncio.SelectorEventLoop):
    """An event loop whose time passes only while everybody waits, and then at once."""

    def __init__(self) -> None:
        self._virtual = _Selector()
        super().__init__(self._virtual)

    def time(self) -> float:
        """Seconds since the loop was made."""
        return self._virtual.now


def run_virtual(work: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine to its end in virtual time."""
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(work)


def virtual(scene: Callable[..., Coroutine[Any, Any, None]]) -> Callable[..., None]:
    """Make a test of a coroutine: it runs in virtual time."""

    @wraps(scene)
    def test(**given: Any) -> None:
        run_virtual(scene(**given))

    return test


class Stage:
    """A live session with fakes around it; to be made inside a running loop.

    Args:
        frames, fps, window: of the session.
        images: the data set.
        classes: the model's classes.
    """

    def __init__(
        self,
        frames: int = 6,
        *,
        fps: float = 0.0,
        window: int = 1024,
        images: ImageSet | None = None,
        classes: tuple[str, ...] = (),
    ) -> None:
        self.loop = asyncio.get_running_loop()
        self.images = images or image_set()
        self.ledger = FakeLedger()
        self.metrics = Metrics(lambda: 1)
        self.told: list[Message] = []
        self.frames: list[tuple[float, bytes]] = []
        self.core = SessionCore(plan(frames, fps=fps, images=len(self.images)), window=window)
        ledger = cast(Ledger, self.ledger)
        self.house = House(self.images, "six.pickle", ledger, self.metrics, self.clock())
        start = Start(consumer="me", classes=classes)
        self.live = LiveSession(self.core, self.house, start=start, tell=self.tell)

    def clock(self) -> Clock:
        """The loop's own time, as both clocks."""
        return Clock(self.loop.time, lambda: UNIX_NS + round(self.loop.time() * 1e9))

    async def tell(self, message: Message) -> None:
        """Keep a message that the consumer would get."""
        self.told.append(message)

    async def send(self, frame: bytes) -> None:
        """Keep a frame with the time at which it was sent."""
        self.frames.append((self.loop.time(), frame))

    def take(self, count: int, *, first: int | None = None) -> Predictions:
        """Predict the next ``count`` frames, checked by the session."""
        start = self.core.predicted if first is None else first
        run = predictions(crcs_of(self.images, range(start, start + count)), first=start)
        self.live.predict(run)
        return run

    def said(self, kind: type[T]) -> list[T]:
        """All messages of one kind, in order."""
        return [message for message in self.told if isinstance(message, kind)]


async def settled() -> None:
    """Let every task run until it waits for something."""
    for _ in range(50):
        await asyncio.sleep(0)
