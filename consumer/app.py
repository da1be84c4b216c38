"""The consumer as a process: loads, connects, plays one session, reports. It knows all parts."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Callable
from contextlib import suppress

import structlog

from consumer.classifier.inference import Classifier, configure_threads
from consumer.health import health_port
from consumer.interrupts import Interrupts
from consumer.outcome import Outcome, Recorder
from consumer.pipeline.analyst import Analyst
from consumer.pipeline.channels import Channel
from consumer.pipeline.receiver import FrameGate, Receiver
from consumer.pipeline.records import ReceivedFrame, ResultBatch
from consumer.progress import ProgressDisplay
from consumer.results.folder import check_folder
from consumer.session.conversation import Conversation, stream_uri
from consumer.session.desk import Desk
from consumer.settings import ConsumerSettings
from consumer.vitals import STALL_S, Pulse, Pulses, Vitals
from shared.errors import CatwalkError, ConnectionLost, RefusedError, StateError
from shared.messages import Accepted, Results, Start, Started
from shared.reports import ConsumerCounts

log = structlog.get_logger()

ANSWER_S = 10.0
"""How long the producer may take to answer a request."""
REASON_S = 1.0
"""How long to wait, when a message cannot be sent, for the producer's word on why."""


def anchored_clock() -> Callable[[], int]:
    """Nanoseconds since 1970 that agree with the system's clock now and are never set again."""
    anchor = time.time_ns() - time.monotonic_ns()
    return lambda: anchor + time.monotonic_ns()


async def run_session(settings: ConsumerSettings) -> Outcome:
    """Play one session against the producer and write the output folder.

    SIGTERM or SIGINT ends the session early, with everything received so far accounted for. The
    health port, where there is to be one, answers from the beginning to the end.

    Raises:
        CatwalkError: whatever kept the session from being balanced.
    """
    interrupts = Interrupts()
    vitals = Vitals(limit=STALL_S)
    async with health_port(settings.health_port, lambda: vitals.look(time.monotonic())):
        classifier = await _load(settings)
        vitals.enter("connecting")
        return await _converse(settings, classifier, interrupts, vitals)


async def _load(settings: ConsumerSettings) -> Classifier:
    configure_threads(settings.threads)
    # On a thread, because the loop has to answer probes meanwhile.
    await asyncio.to_thread(check_folder, settings.output)
    classifier = await asyncio.to_thread(
        Classifier.load, settings.model, precision=settings.precision
    )
    log.info("model-loaded", model=classifier.card.name, precision=classifier.precision)
    return classifier


async def _converse(
    settings: ConsumerSettings, classifier: Classifier, interrupts: Interrupts, vitals: Vitals
) -> Outcome:
    conversation = await Conversation.open(
        settings.producer, patience=settings.patience, chance=random.Random()
    )
    try:
        started = await _start(conversation, settings, classifier)
        session = _Session(settings, classifier, conversation, started)
        interrupts.divert(session.stop)
        vitals.follow(started.session, session.pulses)
        ended = await session.play()
        vitals.enter("reporting")
        # On a thread, as the loading.
        return await asyncio.to_thread(session.finish, *ended)
    finally:
        await conversation.close()


async def _start(
    conversation: Conversation, settings: ConsumerSettings, classifier: Classifier
) -> Started:
    await conversation.tell(
        Start(
            consumer=settings.consumer,
            fps=settings.fps,
            count=settings.count,
            model=classifier.card.name,
            classes=classifier.card.classes,
        )
    )
    answer = await conversation.hear(within=ANSWER_S)
    if not isinstance(answer, Started):
        raise StateError(
            "unexpected answer to start",
            where="the session channel",
            expected="started",
            got=answer.type,
        )
    log.info(
        "session-started",
        session=answer.session,
        dataset=answer.dataset,
        origin=answer.origin,
        frames=answer.frames,
        fps=answer.fps,
    )
    return answer


class _Session:
    """One session from ``started`` to the written report."""

    def __init__(
        self,
        settings: ConsumerSettings,
        classifier: Classifier,
        conversation: Conversation,
        started: Started,
    ) -> None:
        loop = asyncio.get_running_loop()
        ready = asyncio.Event()
        now_ns = anchored_clock()
        self._conversation = conversation
        self._started = started
        self._frames: Channel[ReceivedFrame] = Channel(started.window)
        self._results: Channel[ResultBatch] = Channel(
            started.window, on_change=lambda: _wake(loop, ready)
        )
        self._gate = FrameGate(started.epoch)
        self._receiver = Receiver(
            stream_uri(settings.producer, started),
            self._gate,
            self._frames,
            size=classifier.card.input_size,
            now_ns=now_ns,
        )
        self._analyst = Analyst(
            classifier, self._frames, self._results, batch=settings.batch, now_ns=now_ns
        )
        self._display = ProgressDisplay(started.frames, classifier.card.classes)
        self._recorder = Recorder(settings, classifier.card, started)
        self._desk = Desk(
            conversation,
            started,
            self._results,
            ready=ready,
            metrics=(*self._recorder.metrics, self._display),
        )
        self._stopping: asyncio.Task[None] | None = None

    async def play(self) -> tuple[Results, Accepted]:
        """Receive, classify, report and settle; gives what was posted and the answer to it.

        Raises:
            CatwalkError: whatever kept the session from being balanced.
        """
        self._receiver.start()
        self._analyst.start()
        try:
            with self._recorder, self._display:
                results, accepted = await self._converse()
        except ExceptionGroup as failed:
            await asyncio.to_thread(self._abandon)
            raise first_cause(failed) from failed
        except asyncio.CancelledError:
            await asyncio.to_thread(self._abandon)
            raise
        await asyncio.to_thread(self._join)
        # Before the report is drawn: the producer need not wait for it.
        await self._conversation.close()
        return results, accepted

    def finish(self, results: Results, accepted: Accepted) -> Outcome:
        """Write the session's files.

        Raises:
            StoreError: they cannot be written.
        """
        return self._recorder.finish(results, accepted)

    def pulses(self) -> Pulses:
        """How far each stage has come."""
        return {
            "sent": Pulse(self._desk.sent),
            "received": self._receiver.pulse(),
            "classified": self._analyst.pulse(),
            "reported": Pulse(self._desk.runs.frames),
            "stored": Pulse(self._desk.stored),
        }

    def stop(self) -> None:
        """End the session with the frames received so far."""
        at = self._gate.stop()
        log.info("stopping", frames=at)
        self._stopping = asyncio.get_running_loop().create_task(self._desk.stop(at))

    async def _converse(self) -> tuple[Results, Accepted]:
        async with asyncio.TaskGroup() as group:
            listening = group.create_task(self._desk.listen(self._acknowledge))
            try:
                return await self._settle()
            except ConnectionLost:
                # If the producer said why it left, that is the cause, and `listen` hears it.
                await asyncio.wait([listening], timeout=REASON_S)
                raise

    async def _settle(self) -> tuple[Results, Accepted]:
        await self._desk.report()
        finished = await self._desk.settle()
        log.info("session-stored", session=self._started.session, frames=self._desk.stored)
        results = self._recorder.results(
            self._counts(), self._frames.use(), self._results.use(), finished.send_lag
        )
        await self._conversation.tell(results)
        try:
            async with asyncio.timeout(ANSWER_S):
                return results, await self._desk.accepted
        except TimeoutError:
            raise ConnectionLost(
                "no answer to the results",
                where=f"session {self._started.session}",
                expected=f"within {ANSWER_S:g} s",
            ) from None

    def _acknowledge(self) -> None:
        self._display.acknowledge(self._desk.stored)

    def _counts(self) -> ConsumerCounts:
        runs, gate = self._desk.runs, self._gate
        return ConsumerCounts(
            received=gate.received,
            classified=runs.classified,
            unclassified=runs.unclassified,
            withdrawn=gate.withdrawn,
            duplicates=gate.duplicates,
            corrupt=0,
            digest=runs.digest,
        )

    def _join(self) -> None:
        self._receiver.join()
        self._analyst.join()

    def _abandon(self) -> None:
        """Join the threads; what keeps them from ending must not hide why the session ended."""
        try:
            self._join()
        except CatwalkError as error:
            log.error("worker-not-joined", reason=str(error))


def _wake(loop: asyncio.AbstractEventLoop, ready: asyncio.Event) -> None:
    # The loop may be gone when a thread ends after it; then nobody waits any more.
    with suppress(RuntimeError):
        loop.call_soon_threadsafe(ready.set)


def first_cause(group: ExceptionGroup[Exception]) -> Exception:
    """The error that a user can act on.

    The producer's own words on why it left come first, then any other documented error, then
    whatever was raised first.
    """
    for kind in (RefusedError, CatwalkError):
        known = _only(group, kind)
        if known is not None:
            group = known
            break
    error = group.exceptions[0]
    return first_cause(error) if isinstance(error, ExceptionGroup) else error


def _only(
    group: ExceptionGroup[Exception], kind: type[Exception]
) -> ExceptionGroup[Exception] | None:
    return group.subgroup(kind)
