"""Parts of a producer for its tests: small images, messages, a stage and a virtual clock."""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Callable, Coroutine, Sequence
from functools import wraps
from typing import Any, TypeVar

import numpy as np
from fake_ledger import FakeLedger, new_record
from message_examples import SUMMARY
from websockets.exceptions import ConnectionClosed

from producer.ledger.records import KeptSession
from producer.ledger.sessions import create, resume
from producer.metrics import Metrics
from producer.sessions.house import Clock, House
from producer.sessions.live import LiveSession
from producer.sessions.outstanding import TakenRun
from producer.sessions.plan import Plan, Standing
from producer.sessions.session import SessionCore
from shared.digests import ContentDigest, pixel_crc, run_digest
from shared.intake.imageset import ImageSet
from shared.messages import Delivery, Message, Predictions, Results, Start, Unclassified
from shared.reports import ConsumerCounts, Sample

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
            digest=content_digest(crcs),
        ),
        summary=SUMMARY,
        samples=samples,
    )


def content_digest(crcs: Sequence[int]) -> str:
    """The content digest of frames with these CRC-32s, from the first on."""
    digest = ContentDigest()
    digest.update(crcs)
    return digest.hexdigest()


def plan(frames: int = 6, *, fps: float = 0.0, images: int = 6, **given: Any) -> Plan:
    """The plan of session ``SESSION``."""
    return Plan(session=SESSION, frames=frames, images=images, fps=fps, **given)


def standing(kept: KeptSession) -> Standing:
    """Where a session stands that the ledger has."""
    return Standing(
        state=kept.state,
        stored=kept.stored,
        skipped=kept.skipped,
        digest=kept.digest,
        wire=kept.wire,
    )


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


class FakeWire:
    """Where frames go: each is given to a function; cut, it takes none."""

    def __init__(self, take: Callable[[bytes], Coroutine[Any, Any, None]]) -> None:
        self._take = take
        self.aborted = False

    async def send(self, message: bytes) -> None:
        """Give one frame away."""
        if self.aborted:
            raise ConnectionClosed(None, None)
        await self._take(message)

    def abort(self) -> None:
        """Cut the connection."""
        self.aborted = True


class Stage:
    """A live session with fakes around it; to be made inside a running loop.

    Args:
        frames, fps, window, delivery: of the session.
        images: the data set.
        classes: the model's classes.
        before: where the same session was before this connection.
        house: what else its house has.
    """

    def __init__(
        self,
        frames: int = 6,
        *,
        fps: float = 0.0,
        window: int = 1024,
        delivery: Delivery = "every",
        images: ImageSet | None = None,
        classes: tuple[str, ...] = (),
        before: Stage | None = None,
        **house: Any,
    ) -> None:
        self.loop = asyncio.get_running_loop()
        self.images: ImageSet = images or (before.images if before else image_set())
        self.ledger: FakeLedger = before.ledger if before else FakeLedger()
        self.metrics = Metrics(lambda: 1)
        self.told: list[Message] = []
        self.frames: list[tuple[float, bytes]] = []
        self.wire = FakeWire(self.send)
        self.core = self._core(
            plan(frames, fps=fps, images=len(self.images), delivery=delivery), window, before
        )
        self.house = House(
            self.images, "six.pickle", self.ledger.real, self.metrics, self.clock(), **house
        )
        start = Start(consumer="me", classes=classes)
        self.live = LiveSession(self.core, self.house, start=start, tell=self.tell)

    def _core(self, fresh: Plan, window: int, before: Stage | None) -> SessionCore:
        if before is None:
            self.ledger.at_once(
                create,
                new_record(SESSION, frames=fresh.frames, fps=fresh.fps, delivery=fresh.delivery),
            )
            return SessionCore(fresh, window=window)
        old = before.core.plan
        kept = self.ledger.at_once(resume, SESSION, old.epoch, claim=f"stage-{old.epoch:010}")
        going_on = Plan(
            SESSION, kept.record.frames, old.images, old.fps, old.delivery, epoch=kept.epoch
        )
        return SessionCore(going_on, window=window, standing=standing(kept))

    def clock(self) -> Clock:
        """The loop's own time, as both clocks."""
        return Clock(self.loop.time, lambda: UNIX_NS + round(self.loop.time() * 1e9))

    async def tell(self, message: Message) -> None:
        """Keep a message that the consumer would get."""
        self.told.append(message)

    async def send(self, frame: bytes) -> None:
        """Keep a frame with the time at which it was sent."""
        self.frames.append((self.loop.time(), frame))

    def take(self, count: int, *, first: int | None = None) -> tuple[Predictions, TakenRun]:
        """Predict the next ``count`` frames, checked by the session."""
        start = self.core.predicted if first is None else first
        crcs = crcs_of(self.images, range(start, start + count))
        run = predictions(crcs, first=start, epoch=self.core.plan.epoch)
        return run, self.live.predict(run)

    def said(self, kind: type[T]) -> list[T]:
        """All messages of one kind, in order."""
        return [message for message in self.told if isinstance(message, kind)]


async def settled() -> None:
    """Let every task run until it waits for something."""
    for _ in range(50):
        await asyncio.sleep(0)
