"""Leg: one connection of a session, with fakes for the engine, the channel and the stream."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Sequence

import pytest
from consumer_parts import (
    DEADLINE_S,
    SESSION,
    SIZE,
    FakeConversation,
    FakeEngine,
    FakeLink,
    FakeStream,
    HeldEngine,
    Seen,
    accepted,
    counting_clock,
    finished,
    results,
    started,
    storing,
    wire_frame,
)
from message_examples import SUMMARY
from websockets.exceptions import ConnectionClosedError

from consumer.pipeline.analyst import Analyst
from consumer.pipeline.receiver import Receiver
from consumer.session import leg as module
from consumer.session.accounts import Accounts
from consumer.session.leg import Gear, Leg
from consumer.vitals import STAGES, Pulse
from shared.errors import CatwalkError, ConnectionLost, FrameError, RefusedError, WorkerError
from shared.messages import (
    Accepted,
    Finished,
    Message,
    Predictions,
    ProducerMessage,
    Progress,
    Results,
    Stop,
    Stopped,
)
from shared.reports import ConsumerCounts, ConsumerWire

CUT = ConnectionClosedError(None, None)
LOST = ConnectionLost("session channel lost")
REFUSED = RefusedError("store-failed", "the disk is full")
Answer = Callable[[Message], Sequence[ProducerMessage]]


def settling(count: int) -> Answer:
    """A producer that stores at once, ends after so many frames, stops and accepts."""

    def answer(message: Message) -> Sequence[ProducerMessage]:
        if isinstance(message, Predictions):
            done = message.first + len(message.labels) == count
            return [*storing(message), *([finished(count)] if done else [])]
        if isinstance(message, Stop):
            end = Stopped(session=SESSION, frames=message.at, by="consumer")
            return [end, finished(message.at)]
        return [accepted(message)] if isinstance(message, Results) else []

    return answer


class Stage:
    """A leg with fakes around it; to be made inside a running loop."""

    def __init__(
        self,
        stream: FakeStream | Exception,
        answer: Answer,
        *,
        following: int = 0,
        engine: FakeEngine | None = None,
    ) -> None:
        self.conversation = FakeConversation(answer)
        self.seen = Seen()
        self.accounts = Accounts([self.seen])
        if following:
            self.accounts.take(results(0, [1] * following))
            self.accounts.store(following)
        self.link = FakeLink(stream)
        gear = Gear(
            producer="ws://there:7000",
            link=self.link.as_link(),
            engine=engine or FakeEngine(),
            size=SIZE,
            batch=3,
            now_ns=counting_clock(),
        )
        told = started(following=following, epoch=2 if following else 1)
        conversation = self.conversation.as_conversation()
        self.leg = Leg(gear, conversation, told, self.accounts, tick=self.tick)
        self.ticks = 0
        self.ended: Finished | None = None

    def tick(self) -> None:
        """Count the producer's messages."""
        self.ticks += 1

    def close(self, ended: Finished) -> Results:
        """Results, as far as they matter here."""
        self.ended = ended
        counts = ConsumerCounts(
            received=self.leg.gate.received,
            classified=self.accounts.classified,
            withdrawn=self.leg.gate.withdrawn,
            digest=self.accounts.digest,
        )
        return Results(session=SESSION, counts=counts, summary=SUMMARY)

    async def play(self) -> tuple[Results, Accepted]:
        """Play to the end; no thread of it is left then."""
        try:
            async with asyncio.timeout(DEADLINE_S):
                return await self.leg.play(self.close)
        finally:
            names = {thread.name for thread in threading.enumerate()}
            assert not names & {"receiver", "analyst"}

    def posted(self) -> list[Message]:
        """What was told beside predictions."""
        told = [message for _, message in self.conversation.told]
        return [message for message in told if not isinstance(message, Predictions)]


def frames(first: int, last: int, *, epoch: int = 1) -> list[bytes]:
    """Frames ``first`` to ``last`` - 1 as they travel."""
    return [wire_frame(k, epoch=epoch) for k in range(first, last)]


def test_a_connection_that_holds_is_played_to_the_receipt() -> None:
    async def work() -> None:
        stage = Stage(FakeStream(*frames(0, 8)), settling(8))
        posted, answer = await stage.play()
        assert stage.posted() == [posted]
        assert answer == accepted(posted)
        assert posted.counts.received == posted.counts.classified == 8
        assert stage.ended == finished(8)
        assert stage.seen.numbers == list(range(8))
        assert stage.leg.wire() == ConsumerWire(frames=8, connections=1)
        assert stage.ticks >= 3
        assert stage.leg.pulses() == dict.fromkeys(STAGES, Pulse(8))
        assert stage.link.opened == [(f"ws://there:6000/{SESSION}/1", "catwalk.frames.v1")]
        assert [use.capacity for use in stage.leg.queue_uses()] == [1024, 1024]

    asyncio.run(work())


def test_a_later_connection_plays_the_rest_of_the_session() -> None:
    async def work() -> None:
        stage = Stage(FakeStream(*frames(5, 8, epoch=2)), settling(8), following=5)
        assert stage.leg.pulses() == dict.fromkeys(STAGES, Pulse(5))
        posted, _ = await stage.play()
        assert posted.counts.received == 8
        assert [run.first for run in stage.conversation.runs()] == [5]
        assert stage.seen.numbers == list(range(8))
        assert stage.leg.wire() == ConsumerWire(frames=3, connections=1)

    asyncio.run(work())


def test_results_that_an_earlier_process_has_posted_are_not_posted_again() -> None:
    async def work() -> None:
        stage = Stage(FakeStream(), lambda _: (), following=8)
        theirs = accepted(stage.close(finished(8)))
        stage.conversation.say(finished(8), theirs)
        _, answer = await stage.play()
        assert answer == theirs
        assert not stage.conversation.told

    asyncio.run(work())


# What comes on the stream, what the channel says, the engine, and what is left of it all.
@pytest.mark.parametrize(
    ("stream", "said", "engine", "kind", "words"),
    [
        (FakeStream(wire_frame(0), CUT), None, None, ConnectionLost, "frame stream cut at ws"),
        (ConnectionRefusedError("nobody"), None, None, ConnectionLost, "no frame stream at ws"),
        (FakeStream(wire_frame(1)), None, None, FrameError, "frames are missing in frame 1"),
        (FakeStream(b"damaged"), None, None, FrameError, "truncated header"),
        (FakeStream(waits=True), REFUSED, None, RefusedError, "the disk is full"),
        (FakeStream(waits=True), LOST, None, ConnectionLost, "session channel lost"),
        # The producer's own words come first, also when they come a moment later.
        (FakeStream(CUT), REFUSED, None, RefusedError, "the disk is full"),
        (
            FakeStream(wire_frame(0), waits=True),
            None,
            FakeEngine(MemoryError("no memory")),
            WorkerError,
            "the analyst thread failed",
        ),
    ],
    ids=["cut", "nobody", "gap", "damaged", "refused", "lost", "cut and refused", "engine"],
)
def test_a_failure_is_told_with_its_cause_and_leaves_no_thread(
    stream: FakeStream | Exception,
    said: CatwalkError | None,
    engine: FakeEngine | None,
    kind: type[CatwalkError],
    words: str,
) -> None:
    async def work() -> None:
        stage = Stage(stream, settling(8), engine=engine)
        if said is not None:
            asyncio.get_running_loop().call_later(0.05, stage.conversation.say, said)
        await stage.play()

    with pytest.raises(kind, match=words):
        asyncio.run(work())


def test_a_stream_that_ends_too_early_is_missing_frames() -> None:
    async def work() -> None:
        stage = Stage(FakeStream(*frames(0, 5)), storing)
        stage.conversation.say(finished(8))
        await stage.play()

    with pytest.raises(FrameError, match="frames are missing in the stream's end: expected 8"):
        asyncio.run(work())


@pytest.mark.parametrize(("worker", "name"), [(Receiver, "receiver"), (Analyst, "analyst")])
def test_a_thread_that_dies_without_a_word_ends_the_connection(
    worker: type, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker, "_run", lambda _: None)

    async def work() -> None:
        await Stage(FakeStream(waits=True), settling(8)).play()

    with pytest.raises(WorkerError, match=f"the {name} thread has died"):
        asyncio.run(work())


def test_results_without_an_answer_are_a_lost_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "ANSWER_S", 0.05)

    def mute(message: Message) -> Sequence[ProducerMessage]:
        return () if isinstance(message, Results) else settling(3)(message)

    async def work() -> None:
        await Stage(FakeStream(*frames(0, 3)), mute).play()

    with pytest.raises(ConnectionLost, match="no answer to the results .* expected within 0.05 s"):
        asyncio.run(work())


def test_a_stop_ends_the_session_with_the_frames_in_hand() -> None:
    async def work() -> None:
        engine, over = HeldEngine(at=1), threading.Event()
        stage = Stage(FakeStream(*frames(0, 20), until=over), settling(20), engine=engine)
        playing = asyncio.create_task(stage.play())
        await asyncio.to_thread(engine.asked.wait, DEADLINE_S)
        while stage.leg.pulses()["received"].passed < 20:
            await asyncio.sleep(0)
        stage.leg.stop()
        engine.release.set()
        over.set()
        posted, _ = await playing
        taken = sum(engine.batches)
        assert stage.posted() == [Stop(session=SESSION, at=taken), posted]
        assert posted.counts.received == posted.counts.classified == taken < 20
        assert posted.counts.withdrawn == 20 - taken
        assert stage.seen.numbers == list(range(taken))

    asyncio.run(work())


def test_a_stop_that_cannot_be_balanced_in_time_is_a_lost_connection(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "DRAIN_S", 0.05)

    async def work() -> None:
        stage = Stage(FakeStream(waits=True), lambda _: ())
        playing = asyncio.create_task(stage.play())
        await asyncio.sleep(0)
        stage.leg.stop()
        await playing

    with pytest.raises(ConnectionLost, match="not balanced after a stop .* within 0.05 s"):
        asyncio.run(work())


def test_the_deadline_of_a_stop_does_not_disturb_what_came_in_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "DRAIN_S", 0.2)

    async def work() -> None:
        stage = Stage(FakeStream(), settling(0))
        playing = asyncio.create_task(stage.play())
        await asyncio.sleep(0)
        stage.leg.stop()
        posted, _ = await playing
        assert posted.counts.received == 0
        await asyncio.sleep(0.3)

    asyncio.run(work())


def test_whoever_cancels_a_connection_leaves_no_thread() -> None:
    async def work() -> None:
        stage = Stage(FakeStream(*frames(0, 3), waits=True), settling(8))
        playing = asyncio.create_task(stage.play())
        while stage.accounts.stored < 3:
            await asyncio.sleep(0.01)
        playing.cancel()
        with pytest.raises(asyncio.CancelledError):
            await playing

    asyncio.run(work())


def test_a_frame_that_was_sent_and_never_comes_is_a_lost_connection(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "LOOK_S", 0.01)
    monkeypatch.setattr(module, "STALL_S", 0.05)

    async def work() -> None:
        stage = Stage(FakeStream(*frames(0, 3), waits=True), settling(8))
        stage.conversation.say(Progress(session=SESSION, sent=4, skipped=0, stored=0))
        await stage.play()

    with pytest.raises(ConnectionLost, match="frames are missing .* frame 3 within 0.05 s"):
        asyncio.run(work())


def test_an_analyst_that_hangs_lets_no_other_connection_follow(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "STALL_S", 0.05)
    engine = HeldEngine(at=0)

    async def work() -> None:
        stage = Stage(FakeStream(*frames(0, 3), waits=True), settling(8), engine=engine)
        playing = asyncio.create_task(stage.leg.play(stage.close))
        await asyncio.to_thread(engine.asked.wait, DEADLINE_S)
        stage.conversation.say(LOST)
        await playing

    with pytest.raises(WorkerError, match="the analyst thread did not end"):
        asyncio.run(work())
    engine.release.set()
