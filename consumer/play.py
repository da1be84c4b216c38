"""One session over any number of connections, from the first ``start`` to the written report."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Callable, Coroutine
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from typing import Any, TypeVar

import structlog

from consumer.classifier.inference import Classifier
from consumer.interrupts import Interrupts
from consumer.link import Link
from consumer.outcome import Outcome, Recorder
from consumer.session.accounts import Accounts
from consumer.session.conversation import Conversation
from consumer.session.leg import ANSWER_S, Gear, Leg
from consumer.session.patience import Patience
from consumer.session.tally import Tally
from consumer.settings import ConsumerSettings
from consumer.vitals import STAGES, Pulse, Pulses, Vitals
from shared.errors import CatwalkError, ConnectionLost, StateError
from shared.messages import Accepted, Finished, Recalled, Results, Start, Started, receipt
from shared.reports import ConsumerCounts

log = structlog.get_logger()

T = TypeVar("T")
_Ended = tuple["_Session", Results, Accepted]


def anchored_clock() -> Callable[[], int]:
    """Nanoseconds since 1970 that agree with the system's clock now and are never set again."""
    anchor = time.time_ns() - time.monotonic_ns()
    return lambda: anchor + time.monotonic_ns()


@dataclass(slots=True)
class _Session:
    """The session that is being played, over all its connections.

    Args:
        started: as last announced.
        recorder: keeps what it leaves behind.
        accounts: what is known of it for certain.
        tally: what its earlier connections come to.
        leg: its connection of the moment.
        results: what was or will be posted: the same content, however often.
    """

    started: Started
    recorder: Recorder
    accounts: Accounts
    tally: Tally = field(default_factory=Tally)
    leg: Leg | None = None
    results: Results | None = None

    def close(self, leg: Leg, finished: Finished) -> Results:
        """What is to be posted, now that every frame is stored."""
        if self.results is None:
            tally = self.tally.plus(leg.wire(), *leg.queue_uses())
            counts = ConsumerCounts(
                received=leg.gate.received,
                classified=self.accounts.classified,
                unclassified=self.accounts.unclassified,
                withdrawn=leg.gate.withdrawn,
                digest=self.accounts.digest,
                wire=tally.wire,
            )
            self.results = self.recorder.results(
                counts, tally.frames_queue, tally.results_queue, finished.send_lag
            )
        return self.results

    def tick(self) -> None:
        """Show how far it is."""
        self.recorder.acknowledge(self.accounts.stored)

    def pulses(self) -> Pulses:
        """How far each stage has come."""
        if self.leg is None:
            return dict.fromkeys(STAGES, Pulse(self.accounts.stored))
        return self.leg.pulses()


class Play:
    """Plays one session to its end, and comes back to it when a connection is lost.

    Args:
        settings: where, what and how.
        classifier: the engine.
        interrupts: told what a signal is to do once there is a session.
        vitals: told what is being done.
    """

    def __init__(
        self,
        settings: ConsumerSettings,
        classifier: Classifier,
        interrupts: Interrupts,
        vitals: Vitals,
    ) -> None:
        self._settings = settings
        self._card = classifier.card
        self._interrupts = interrupts
        self._vitals = vitals
        self._gear = Gear(
            producer=settings.producer,
            link=Link.of(settings),
            engine=classifier,
            size=classifier.card.input_size,
            channels=classifier.card.channels,
            batch=settings.batch,
            now_ns=anchored_clock(),
        )
        self._chance = random.Random()
        self._patience = Patience(
            settings.patience, settings.resume_for, now=time.monotonic, chance=self._chance
        )
        self._halt = asyncio.Event()
        self._stopping = False
        self._closing: asyncio.Future[None] | None = None
        self._session: _Session | None = None

    async def run(self) -> Outcome:
        """Play, and write the session's files.

        Raises:
            CatwalkError: whatever kept the session from being balanced.
        """
        self._vitals.enter("connecting")
        with ExitStack() as recording:
            try:
                session, results, accepted = await self._play(recording)
            except CatwalkError:
                self._say_how_to_go_on()
                raise
        if self._closing is not None:
            await self._closing
        if accepted.receipt != receipt(results):
            log.info("accepted-before", reason="an earlier process has posted the results")
        self._vitals.enter("reporting")
        # On a thread, because the loop has to answer probes meanwhile.
        return await asyncio.to_thread(session.recorder.finish, results, accepted)

    def stop(self) -> None:
        """End the session with the frames in hand; where there is no connection, at once."""
        self._stopping = True
        if self._session is None or self._session.leg is None:
            self._halt.set()
        else:
            self._session.leg.stop()

    async def _play(self, recording: ExitStack) -> _Ended:
        while True:
            try:
                return await self._unless_halted(self._connection(recording))
            except CatwalkError as error:
                await self._unless_halted(asyncio.sleep(self._pause_s(error)))

    async def _connection(self, recording: ExitStack) -> _Ended:
        conversation = await Conversation.open(
            self._settings.producer,
            link=self._gear.link,
            patience=self._patience.left_s,
            chance=self._chance,
        )
        try:
            session = await self._begin(conversation, recording)
            results, accepted = await self._leg(conversation, session)
        except BaseException:
            conversation.abort()
            raise
        # Not waited for here: what was accepted must not be lost to a signal meanwhile.
        self._closing = asyncio.ensure_future(conversation.close())
        return session, results, accepted

    async def _leg(self, conversation: Conversation, session: _Session) -> tuple[Results, Accepted]:
        leg = Leg(self._gear, conversation, session.started, session.accounts, tick=session.tick)
        session.leg = leg
        began = time.monotonic()
        self._vitals.follow(session.started.session, session.pulses)
        try:
            return await leg.play(partial(session.close, leg))
        finally:
            session.leg = None
            session.tally.add(leg.wire(), *leg.queue_uses())
            self._patience.connected(time.monotonic() - began)
            self._patience.progress(session.accounts.stored)

    async def _begin(self, conversation: Conversation, recording: ExitStack) -> _Session:
        """Start or resume the session on a new connection."""
        session = self._session
        await conversation.tell(self._start())
        started = await conversation.hear(within=ANSWER_S)
        if not isinstance(started, Started):
            raise _unexpected("started", started.type)
        _report(started)
        if session is None:
            session = await self._first(conversation, started, recording)
        session.accounts.resume(started)
        session.started = started
        self._patience.progress(started.next)
        return session

    async def _first(
        self, conversation: Conversation, started: Started, recording: ExitStack
    ) -> _Session:
        with ExitStack() as opening:
            recorder = opening.enter_context(Recorder(self._settings, self._card, started))
            accounts = Accounts(recorder.metrics)
            while accounts.stored < started.next:
                recalled = await conversation.hear(within=ANSWER_S)
                if not isinstance(recalled, Recalled):
                    raise _unexpected("recalled", recalled.type)
                accounts.recall(recalled)
            # Only now: another try after a loss begins with files of its own.
            recording.enter_context(opening.pop_all())
        accounts.trust(started.digest)
        self._session = _Session(started, recorder, accounts)
        self._interrupts.divert(self.stop)
        return self._session

    def _start(self) -> Start:
        settings, known = self._settings, self._session
        return Start(
            consumer=settings.consumer,
            session=settings.resume if known is None else known.started.session,
            recall=known is None and settings.resume is not None,
            fps=settings.fps,
            count=settings.count,
            delivery=settings.delivery,
            model=self._card.name,
            classes=self._card.classes,
        )

    def _pause_s(self, error: CatwalkError) -> float:
        """Seconds to wait before the next try.

        Raises:
            CatwalkError: the error itself, where there is to be none.
        """
        if self._stopping:
            raise error
        pause = self._patience.pause_s(error)
        log.warning(
            "session-interrupted", code=error.code, reason=str(error), again_in_s=round(pause, 3)
        )
        self._vitals.enter("connecting" if self._session is None else "resuming")
        return pause

    def _say_how_to_go_on(self) -> None:
        if self._session is not None:
            session, settings = self._session.started.session, self._settings
            log.warning(
                "session-unfinished",
                session=session,
                stored=self._session.accounts.stored,
                go_on=f"consumer run --resume {session} --consumer {settings.consumer} "
                f"--producer {settings.producer}",
            )

    async def _unless_halted(self, work: Coroutine[Any, Any, T]) -> T:
        """Do the work, unless a stop comes while there is nothing to end in good order."""
        doing = asyncio.ensure_future(work)
        halting = asyncio.ensure_future(self._halt.wait())
        try:
            await asyncio.wait({doing, halting}, return_when=asyncio.FIRST_COMPLETED)
            if doing.done():
                return doing.result()
        finally:
            halting.cancel()
            doing.cancel()
            await asyncio.wait({doing})
        raise ConnectionLost("stopped while there was no connection")


def _report(started: Started) -> None:
    log.info(
        "session-started" if started.epoch == 1 else "session-resumed",
        session=started.session,
        epoch=started.epoch,
        dataset=started.dataset,
        origin=started.origin,
        frames=started.frames,
        next=started.next,
        fps=started.fps,
    )


def _unexpected(expected: str, got: str) -> StateError:
    return StateError(
        "unexpected answer to start", where="the session channel", expected=expected, got=got
    )
