"""Opens sessions, lets consumers come back to theirs, and knows those that are live."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import structlog

from producer.ledger.records import KeptSession, SessionRecord, Wish
from producer.sessions.house import House
from producer.sessions.live import LiveSession, Tell
from producer.sessions.plan import Plan, Standing
from producer.sessions.session import SessionCore
from shared.errors import LimitError, OwnerError, StateError, StoppingError, TakenOverError
from shared.messages import LATEST, Delivery, Event, Start, Started

log = structlog.get_logger()

RACES = 3
"""How often a resume is tried again that another resume of the same session came before."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What a producer offers.

    Args:
        fps: frames a second where a consumer does not say; 0 for as fast as acknowledged.
        count: frames of a session where a consumer does not say; None for the data set once.
        windows: for each delivery, how many frames may be unacknowledged.
        sessions: how many may be live at once.
        digest: of the data set.
        origin: where the data set is from.
    """

    fps: float
    count: int | None
    windows: Mapping[Delivery, int]
    sessions: int
    digest: str
    origin: str


class SessionRegistry:
    """The sessions of one producer.

    Args:
        house: what they share.
        terms: what they are opened with.
        stopping: set once no more may be opened.
    """

    def __init__(self, house: House, terms: Terms, stopping: asyncio.Event) -> None:
        self._house = house
        self._terms = terms
        self._stopping = stopping
        self._live: dict[str, LiveSession] = {}
        self._forgetting: set[asyncio.Task[None]] = set()
        self.stream_port = 0
        self.streams: dict[str, LiveSession] = {}

    def __len__(self) -> int:
        """How many sessions are live."""
        return len(self._live)

    def live(self) -> Iterable[LiveSession]:
        """The live sessions."""
        return tuple(self._live.values())

    def present(self) -> dict[str, Event]:
        """The figures of the live sessions, by session."""
        return {session: live.event() for session, live in self._live.items()}

    async def open(self, start: Start, tell: Tell) -> LiveSession:
        """Open or resume a session, and tell its consumer.

        Raises:
            PeerError: it may not be opened, or not by this consumer.
            StoreError: the database failed.
        """
        self._refuse_when_stopping()
        kept = await self._kept(start)
        core = await self._new(start) if kept is None else await self._resumed(kept)
        live = LiveSession(core, self._house, start=start, tell=tell)
        try:
            # Again: a session that begins while the others are ended would not be ended itself.
            self._refuse_when_stopping()
            self._enter(live)
            await tell(self._started(core))
            await live.begin(recall=start.recall)
        except BaseException as error:
            # Nobody else knows of the session yet, so nobody else would let go of it.
            try:
                await _lose(live, error)
            finally:
                live.leave()
            raise
        return live

    async def _kept(self, start: Start) -> KeptSession | None:
        """The session to be resumed; None where a new one is to be opened."""
        ledger, session = self._house.ledger, start.session
        if session == LATEST:
            session = await ledger.latest(
                Wish(
                    consumer=start.consumer,
                    model=start.model,
                    classes=start.classes,
                    dataset_digest=self._terms.digest,
                    delivery=start.delivery,
                    fps=start.fps,
                    frames=start.count,
                )
            )
        if session is None:
            return None
        kept = await ledger.kept(session)
        _check_owner(kept.record, start, self._terms.digest)
        return kept

    async def _new(self, start: Start) -> SessionCore:
        if start.delivery == "newest" and self._fps(start) == 0.0:
            raise StateError(
                "delivery newest needs a schedule", where="start", expected="fps above 0", got=0
            )
        self._check_room()
        plan = Plan(
            session=secrets.token_hex(8),
            frames=start.count or self._terms.count or len(self._house.images),
            images=len(self._house.images),
            fps=self._fps(start),
            delivery=start.delivery,
        )
        await self._house.ledger.create(self._record(plan, start))
        log.info("session-opened", session=plan.session, frames=plan.frames, fps=plan.fps)
        return SessionCore(plan, window=self._terms.windows[plan.delivery])

    async def _resumed(self, kept: KeptSession) -> SessionCore:
        session = kept.record.session
        other = self._live.get(session)
        if other is None:
            self._check_room()
        else:
            # What it has in hand is stored before the epoch moves on, or not at all.
            other.supersede()
        kept = await self._next_epoch(kept)
        record = kept.record
        plan = Plan(
            session=session,
            frames=record.frames,
            images=len(self._house.images),
            fps=record.fps,
            delivery=record.delivery,
            epoch=kept.epoch,
        )
        standing = Standing(
            state=kept.state,
            stored=kept.stored,
            skipped=kept.skipped,
            digest=kept.digest,
            wire=kept.wire,
        )
        log.info("session-resumed", session=session, epoch=kept.epoch, stored=kept.stored)
        self._house.metrics.resumed.inc()
        return SessionCore(plan, window=self._terms.windows[plan.delivery], standing=standing)

    async def _next_epoch(self, kept: KeptSession) -> KeptSession:
        ledger, session = self._house.ledger, kept.record.session
        for _ in range(RACES):
            try:
                return await ledger.resume(session, kept.epoch)
            except StateError as error:
                log.info("resume-raced", session=session, reason=str(error))
                kept = await ledger.kept(session)
        return await ledger.resume(session, kept.epoch)

    def _enter(self, live: LiveSession) -> None:
        plan = live.core.plan
        other = self._live.get(plan.session)
        if other is None:
            # Again: others may have come in while the ledger was asked.
            self._check_room()
        else:
            if other.core.plan.epoch > plan.epoch:
                raise TakenOverError("resumed meanwhile", where=f"session {plan.session}")
            other.supersede()
        if plan.epoch == 1:
            self._house.metrics.sessions.inc()
        self._live[plan.session] = live
        self.streams[_path(plan)] = live
        task = asyncio.get_running_loop().create_task(self._forget(live))
        self._forgetting.add(task)
        task.add_done_callback(self._forgetting.discard)

    async def _forget(self, live: LiveSession) -> None:
        await live.wait_closed()
        del self.streams[_path(live.core.plan)]
        if self._live.get(live.session) is live:
            del self._live[live.session]

    def _refuse_when_stopping(self) -> None:
        if self._stopping.is_set():
            raise StoppingError("the producer is stopping", where="start")

    def _check_room(self) -> None:
        if len(self._live) >= self._terms.sessions:
            raise LimitError("no room for another session", expected="that one ends first")

    def _fps(self, start: Start) -> float:
        return self._terms.fps if start.fps is None else start.fps

    def _record(self, plan: Plan, start: Start) -> SessionRecord:
        return SessionRecord(
            session=plan.session,
            consumer=start.consumer,
            model=start.model,
            classes=start.classes,
            dataset=self._house.dataset,
            dataset_digest=self._terms.digest,
            fps=plan.fps,
            frames=plan.frames,
            delivery=plan.delivery,
            created=self._house.clock.unix_ns() / 1e9,
        )

    def _started(self, core: SessionCore) -> Started:
        plan = core.plan
        height, width, channels = self._house.images.image_shape
        return Started(
            session=plan.session,
            epoch=plan.epoch,
            frames=plan.frames,
            fps=plan.fps,
            delivery=plan.delivery,
            height=height,
            width=width,
            channels=channels,
            classes=self._house.images.classes,
            dataset=self._house.dataset,
            origin=self._terms.origin,
            next=core.stored,
            digest=core.digest,
            window=core.window,
            port=self.stream_port,
            path=f"/{_path(plan)}",
        )


async def _lose(live: LiveSession, error: BaseException) -> None:
    if isinstance(error, asyncio.CancelledError):
        live.abandon("not begun: the producer ends")
    else:
        await live.lose(f"not begun: {error}")


def _path(plan: Plan) -> str:
    return f"{plan.session}/{plan.epoch}"


def _check_owner(record: SessionRecord, start: Start, dataset_digest: str) -> None:
    """Whether this is the consumer that began the session, and nothing was exchanged since."""
    where = f"session {record.session}"
    if record.consumer != start.consumer:
        # Whose it is, is nobody else's business.
        raise OwnerError(
            "another consumer's session",
            where=where,
            expected="the name that began it, as --consumer of consumer run gives it",
            got=start.consumer,
        )
    for what, expected, got in (
        ("another model", record.model, start.model),
        ("other classes", record.classes, start.classes),
        (f"another data set, {record.dataset}", record.dataset_digest, dataset_digest),
    ):
        if expected != got:
            raise OwnerError(f"{where} was begun with {what}", expected=expected, got=got)
