"""One connection of a session: its threads, its queues and its desk, from start to end."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

import structlog

from consumer.link import Link
from consumer.pipeline.analyst import Analyst, Engine
from consumer.pipeline.channels import Channel
from consumer.pipeline.gate import FrameGate
from consumer.pipeline.receiver import Receiver
from consumer.pipeline.records import ReceivedFrame, ResultBatch
from consumer.pipeline.supervisor import Supervisor
from consumer.session.accounts import Accounts
from consumer.session.conversation import Conversation, stream_uri
from consumer.session.desk import Desk
from consumer.vitals import Pulse, Pulses
from shared.errors import CatwalkError, ConnectionLost, RefusedError
from shared.messages import Accepted, Finished, Results, Started
from shared.reports import ConsumerWire, QueueUse

log = structlog.get_logger()

ANSWER_S = 15.0
"""How long the producer may take to answer a request."""
REASON_S = 1.0
"""How long to wait, when a message cannot be sent, for the producer's word on why."""
STALL_S = 30.0
"""How long a frame that was sent may take, and a thread to end before the session goes on."""
LOOK_S = 1.0
"""How often it is looked whether frames come."""
LEAVE_S = 1.0
"""How long a process that is in a hurry waits for each of its threads."""
DRAIN_S = 5.0
"""How long a stop may take until every frame in hand is stored and balanced."""


@dataclass(frozen=True, slots=True)
class Gear:
    """What every connection of a session needs.

    Args:
        producer: its address.
        link: opens connections.
        engine: classifies.
        size: height and width of the model's input, pixels.
        batch: most frames of one batch.
        now_ns: nanoseconds since 1970.
        channels: of the model's input, 1 for gray, 3 for RGB.
    """

    producer: str
    link: Link
    engine: Engine
    size: tuple[int, int]
    batch: int
    now_ns: Callable[[], int]
    channels: int = 1


class Leg:
    """Plays a session on one connection, from the producer's ``next`` on.

    Args:
        gear: what it needs.
        conversation: the session channel.
        started: the session as the producer has announced it on this connection.
        accounts: what is known of the session for certain.
        tick: called after each message of the producer.
    """

    def __init__(
        self,
        gear: Gear,
        conversation: Conversation,
        started: Started,
        accounts: Accounts,
        *,
        tick: Callable[[], None],
    ) -> None:
        loop = asyncio.get_running_loop()
        ready = asyncio.Event()
        self._conversation = conversation
        self._started = started
        self._tick = tick
        self._frames: Channel[ReceivedFrame] = Channel(started.window)
        self._results: Channel[ResultBatch] = Channel(
            started.window, on_change=lambda: _wake(loop, ready)
        )
        self.gate = FrameGate(started.epoch, first=started.next)
        self._receiver = Receiver(
            stream_uri(gear.producer, started),
            self.gate,
            self._frames,
            link=gear.link,
            size=gear.size,
            channels=gear.channels,
            now_ns=gear.now_ns,
        )
        self._analyst = Analyst(
            gear.engine,
            self._frames,
            self._results,
            batch=gear.batch,
            now_ns=gear.now_ns,
            first=started.next,
        )
        self._supervisor = Supervisor((self._receiver, self._analyst))
        self._desk = Desk(conversation, started, self._results, ready=ready, accounts=accounts)
        self._late: asyncio.Future[None] = loop.create_future()
        self._stopping: asyncio.Task[None] | None = None

    async def play(self, close: Callable[[Finished], Results]) -> tuple[Results, Accepted]:
        """Receive, classify, report and settle; gives what was posted and the answer to it.

        Args:
            close: makes the results once every frame is stored.

        Raises:
            CatwalkError: whatever kept the session from being balanced on this connection.
        """
        self._supervisor.start()
        try:
            ended = await self._converse(close)
        except ExceptionGroup as failed:
            await self._abandon()
            raise first_cause(failed) from failed
        except asyncio.CancelledError:
            with suppress(CatwalkError):
                await asyncio.to_thread(self._supervisor.join, LEAVE_S)
            raise
        await asyncio.to_thread(self._supervisor.join)
        return ended

    def stop(self) -> None:
        """End the session with the frames in hand."""
        at = self._analyst.stop()
        self.gate.stop(at)
        log.info("stopping", frames=at)
        loop = asyncio.get_running_loop()
        self._stopping = loop.create_task(self._desk.stop(at))
        loop.call_later(DRAIN_S, self._be_late)

    def pulses(self) -> Pulses:
        """How far each stage has come."""
        return {
            "sent": Pulse(self._desk.sent),
            "received": self._receiver.pulse(),
            "classified": self._analyst.pulse(),
            "reported": Pulse(self._desk.runs.frames),
            "stored": Pulse(self._desk.stored),
        }

    def queue_uses(self) -> tuple[QueueUse, QueueUse]:
        """How the frames queue and the results queue were used."""
        return self._frames.use(), self._results.use()

    def wire(self) -> ConsumerWire:
        """What was seen on the wire."""
        return self.gate.wire()

    async def _converse(self, close: Callable[[Finished], Results]) -> tuple[Results, Accepted]:
        async with asyncio.TaskGroup() as group:
            listening = group.create_task(self._desk.listen(self._tick))
            watches = (
                group.create_task(self._supervisor.watch()),
                group.create_task(self._watch_arrivals()),
                group.create_task(self._watch_drain()),
            )
            try:
                return await self._settle(close)
            except ConnectionLost:
                # If the producer said why it left, that is the cause, and `listen` hears it.
                await asyncio.wait([listening], timeout=REASON_S)
                raise
            finally:
                for watch in watches:
                    watch.cancel()

    async def _settle(self, close: Callable[[Finished], Results]) -> tuple[Results, Accepted]:
        await self._desk.report()
        finished = await self._desk.settle()
        log.info("session-stored", session=self._started.session, frames=self._desk.stored)
        results = close(finished)
        if not self._desk.accepted.done():
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

    async def _watch_arrivals(self) -> None:
        """Look whether frames that were sent do not come, and no other will show the gap."""
        now = asyncio.get_running_loop().time
        seen, since = -1, now()
        while True:
            arrived = self.gate.arrived
            if arrived != seen or self._desk.sent <= arrived or self.gate.stopped:
                seen, since = arrived, now()
            elif now() - since >= STALL_S:
                raise ConnectionLost(
                    "frames are missing",
                    where=f"session {self._started.session}",
                    expected=f"frame {arrived} within {STALL_S:g} s of its sending",
                )
            await asyncio.sleep(LOOK_S)

    async def _watch_drain(self) -> None:
        await self._late
        raise ConnectionLost(
            "not balanced after a stop",
            where=f"session {self._started.session}",
            expected=f"within {DRAIN_S:g} s",
        )

    def _be_late(self) -> None:
        if not self._late.done():
            self._late.set_result(None)

    async def _abandon(self) -> None:
        """Join the threads: no other may classify beside one that hangs.

        Raises:
            WorkerError: one does not end, and the session could go on but for that.
        """
        if self._stopping is None:
            await asyncio.to_thread(self._supervisor.join, STALL_S)
            return
        # What keeps them from ending must not hide why the session ended.
        with suppress(CatwalkError):
            await asyncio.to_thread(self._supervisor.join, LEAVE_S)


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


def _wake(loop: asyncio.AbstractEventLoop, ready: asyncio.Event) -> None:
    # The loop may be gone when a thread ends after it; then nobody waits any more.
    with suppress(RuntimeError):
        loop.call_soon_threadsafe(ready.set)
