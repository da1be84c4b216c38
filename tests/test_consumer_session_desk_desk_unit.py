"""Desk: results go out in runs, acknowledgements come in, and nothing ends too early or never."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import nullcontext, suppress
from typing import Any

import pytest
from consumer_parts import (
    SESSION,
    FakeConversation,
    Seen,
    digest_of,
    finished,
    results,
    started,
    stored,
    storing,
)
from message_examples import DIGEST, INFO, SHEET
from producer_parts import run_virtual, settled

from consumer.pipeline.channels import Channel
from consumer.pipeline.records import ResultBatch
from consumer.session.accounts import Accounts
from consumer.session.desk import HAND_IN_S, RUN_S, Desk
from shared.errors import (
    CatwalkError,
    ConnectionLost,
    FrameError,
    RefusedError,
    StateError,
    WorkerError,
)
from shared.messages import (
    Accepted,
    Finished,
    Message,
    Predictions,
    ProducerMessage,
    Progress,
    Sessions,
    Stop,
    Stopped,
)

OTHER = "fedcba9876543210"


def under_way(sent: int) -> Progress:
    """So many were sent."""
    return Progress(session=SESSION, sent=sent, skipped=0, stored=0)


def stopped(frames: int) -> Stopped:
    """The session ends early."""
    return Stopped(session=SESSION, frames=frames, by="consumer")


ACCEPTED = Accepted(session=SESSION, receipt=DIGEST, balance=SHEET)


class Office:
    """A desk with fakes around it; to be made inside a running loop."""

    def __init__(
        self,
        *,
        window: int = 1024,
        answer: Callable[[Message], list[ProducerMessage]] = storing,
        following: int = 0,
    ) -> None:
        loop = asyncio.get_running_loop()
        ready = asyncio.Event()
        self.conversation = FakeConversation(answer)

        def wake() -> None:
            loop.call_soon_threadsafe(ready.set)

        self.results: Channel[ResultBatch] = Channel(window, on_change=wake)
        self.seen = Seen()
        self.accounts = Accounts([self.seen])
        if following:
            self.accounts.take(results(0, [1] * following))
            self.accounts.store(following)
        self.desk = Desk(
            self.conversation.as_conversation(),
            started(window=window, following=following, epoch=3 if following else 1),
            self.results,
            ready=ready,
            accounts=self.accounts,
        )
        self.ticks = 0

    def tick(self) -> None:
        """Count the messages noted."""
        self.ticks += 1

    async def hear(self, *messages: ProducerMessage | CatwalkError) -> None:
        """Let the desk take these messages.

        Raises:
            CatwalkError: what the desk made of them.
        """
        self.conversation.say(*messages)
        listening = asyncio.create_task(self.desk.listen(self.tick))
        await settled()
        if not listening.done():
            listening.cancel()
        with suppress(asyncio.CancelledError):
            await listening

    async def report(self, *batches: ResultBatch) -> None:
        """Report these results to their end."""
        for batch in batches:
            self.results.put(batch)
        self.results.close()
        await self.desk.report()

    def sizes(self) -> list[int]:
        """How long the runs told were."""
        return [len(run.labels) for run in self.conversation.runs()]


@pytest.mark.parametrize(
    ("window", "frames", "sizes"),
    [
        (1024, 0, []),
        (1024, 3, [3]),
        (1024, 256, [256]),
        (1024, 600, [256, 256, 88]),
        (65536, 600, [256, 256, 88]),
        (1, 3, [3]),
    ],
)
def test_everything_is_sent_before_the_report_ends(
    window: int, frames: int, sizes: list[int]
) -> None:
    async def play() -> Office:
        office = Office(window=window)
        await office.report(*([results(0, [1] * frames)] if frames else []))
        return office

    office = run_virtual(play())
    assert office.sizes() == sizes
    assert office.desk.runs.frames == frames


# A run is full with a quarter of the window, at most 256 frames.
@pytest.mark.parametrize(
    ("window", "frames", "at_once", "later"),
    [
        (1024, 255, [], [255]),
        (1024, 256, [256], []),
        (1024, 257, [256], [1]),
        (4096, 255, [], [255]),
        (16, 3, [], [3]),
        (16, 4, [4], []),
        (3, 1, [1], []),
        (1, 1, [1], []),
    ],
)
def test_a_full_run_is_sent_at_once_and_any_other_after_a_tenth_of_a_second(
    window: int, frames: int, at_once: list[int], later: list[int]
) -> None:
    async def play() -> None:
        office = Office(window=window)
        reporting = asyncio.create_task(office.desk.report())
        await asyncio.sleep(1.0)
        office.results.put(results(0, [1] * frames))
        await settled()
        assert office.sizes() == at_once
        await asyncio.sleep(RUN_S * 0.9)
        assert office.sizes() == at_once
        await asyncio.sleep(RUN_S * 0.2)
        assert office.sizes() == at_once + later
        office.results.close()
        await reporting

    run_virtual(play())


def test_no_result_waits_longer_because_others_follow() -> None:
    async def play() -> Office:
        office = Office()
        reporting = asyncio.create_task(office.desk.report())
        for k in range(100):
            office.results.put(results(k, [1]))
            await asyncio.sleep(0.01)
        office.results.close()
        await reporting
        return office

    office = run_virtual(play())
    assert sum(office.sizes()) == 100
    for time, run in office.conversation.told:
        assert isinstance(run, Predictions)
        assert time - run.first * 0.01 <= RUN_S + 0.001


def test_every_result_is_given_to_the_accounts_and_counted_when_it_is_stored() -> None:
    async def play() -> None:
        office = Office(answer=lambda _: [])
        await office.report(results(0, [1, 2]), results(2, [0]), results(3, [-1]))
        assert not office.seen.batches
        await office.hear(stored(2))
        assert office.seen.numbers == [0, 1, 2]
        await office.hear(stored(3))
        assert (office.accounts.classified, office.accounts.unclassified) == (3, 1)
        assert office.accounts.digest == digest_of(range(4))

    run_virtual(play())


def test_a_later_connection_goes_on_where_the_session_does() -> None:
    async def play() -> Office:
        office = Office(following=5)
        assert (office.desk.stored, office.desk.sent, office.desk.runs.frames) == (5, 5, 5)
        listening = asyncio.create_task(office.desk.listen(office.tick))
        await office.report(results(5, [1, 1]), results(7, [2]))
        office.conversation.say(finished(8))
        await office.desk.settle()
        listening.cancel()
        return office

    office = run_virtual(play())
    (run,) = office.conversation.runs()
    assert (run.epoch, run.first, len(run.labels)) == (3, 5, 3)
    assert (office.desk.stored, office.desk.sent) == (8, 8)
    assert office.seen.numbers == list(range(8))


def test_a_session_whose_frames_are_all_stored_settles_without_a_run() -> None:
    async def play() -> Office:
        office = Office(following=8)
        listening = asyncio.create_task(office.desk.listen(office.tick))
        office.conversation.say(finished(8))
        await office.report()
        await office.desk.settle()
        office.conversation.say(ACCEPTED)
        assert await office.desk.accepted == ACCEPTED
        await listening
        return office

    assert not run_virtual(play()).conversation.told


def test_skipped_frames_are_not_waited_for() -> None:
    async def play() -> Office:
        office = Office()
        listening = asyncio.create_task(office.desk.listen(office.tick))
        await office.report(results(0, [1] * 5))
        office.conversation.say(finished(5, skipped=3))
        await office.desk.settle()
        listening.cancel()
        return office

    assert run_virtual(play()).desk.stored == 5


def test_results_put_by_another_thread_wake_the_desk() -> None:
    async def play() -> Office:
        office = Office(window=8)

        def put_all() -> None:
            for k in range(500):
                office.results.put(results(k, [1]))
            office.results.close()

        await asyncio.gather(asyncio.to_thread(put_all), office.desk.report())
        return office

    office = asyncio.run(play())
    assert sum(office.sizes()) == 500
    assert [run.first for run in office.conversation.runs()] == [
        sum(office.sizes()[:k]) for k in range(len(office.sizes()))
    ]


@pytest.mark.parametrize("before", [0, 5])
def test_a_workers_failure_ends_the_report(before: int) -> None:
    cause = WorkerError("the analyst thread failed")

    async def play() -> None:
        office = Office()
        reporting = asyncio.create_task(office.desk.report())
        for k in range(before):
            office.results.put(results(k, [1]))
            await settled()
        office.results.fail(cause)
        await reporting

    with pytest.raises(WorkerError) as caught:
        run_virtual(play())
    assert caught.value is cause


BROKEN = FrameError("wrong CRC-32")


@pytest.mark.parametrize(
    ("window", "frames", "sizes"),
    [(1024, 3, [3]), (1024, 256, [256]), (1024, 300, [256, 44]), (16, 4, [4]), (1024, 0, [])],
)
def test_what_came_of_a_broken_stream_is_stored_before_the_error_is_told(
    window: int, frames: int, sizes: list[int]
) -> None:
    async def play() -> Office:
        office = Office(window=window)
        listening = asyncio.create_task(office.desk.listen(office.tick))
        if frames:
            office.results.put(results(0, [1] * frames))
        office.results.fail(BROKEN)
        with pytest.raises(FrameError) as caught:
            await office.desk.report()
        assert caught.value is BROKEN
        assert asyncio.get_running_loop().time() <= RUN_S
        listening.cancel()
        return office

    office = run_virtual(play())
    assert office.sizes() == sizes
    assert office.desk.stored == frames


def test_a_broken_stream_is_not_waited_for_for_ever() -> None:
    async def play() -> None:
        office = Office(answer=lambda _: [])
        office.results.put(results(0, [1] * 3))
        office.results.fail(BROKEN)
        with pytest.raises(FrameError) as caught:
            await office.desk.report()
        assert caught.value is BROKEN
        assert asyncio.get_running_loop().time() == pytest.approx(HAND_IN_S, abs=2 * RUN_S)
        assert office.sizes() == [3]

    run_virtual(play())


@pytest.mark.parametrize(("at", "is_lost"), [(3, False), (4, True)])
def test_a_stream_that_breaks_beyond_an_agreed_end_is_no_loss(at: int, is_lost: bool) -> None:
    async def play() -> None:
        office = Office()
        listening = asyncio.create_task(office.desk.listen(office.tick))
        await office.desk.stop(at)
        office.results.put(results(0, [1] * 3))
        office.results.fail(BROKEN)
        with pytest.raises(FrameError) if is_lost else nullcontext():
            await office.desk.report()
        assert office.desk.stored == 3
        listening.cancel()

    run_virtual(play())


def test_a_stream_that_breaks_with_its_channel_is_told_at_once() -> None:
    async def play() -> None:
        office = Office()
        office.conversation.failure = ConnectionLost("session channel lost")
        office.results.put(results(0, [1] * 3))
        office.results.fail(BROKEN)
        with pytest.raises(FrameError):
            await office.desk.report()
        assert asyncio.get_running_loop().time() <= RUN_S

    run_virtual(play())


def test_after_a_failure_of_a_worker_nothing_more_is_reported() -> None:
    async def play() -> Office:
        office = Office()
        office.results.put(results(0, [1] * 3))
        office.results.fail(WorkerError("the analyst thread failed"))
        with pytest.raises(WorkerError):
            await office.desk.report()
        return office

    assert not run_virtual(play()).sizes()


def test_a_lost_channel_ends_the_report() -> None:
    async def play() -> None:
        office = Office()
        office.conversation.failure = ConnectionLost("session channel lost")
        await office.report(results(0, [1]))

    with pytest.raises(ConnectionLost, match="session channel lost"):
        run_virtual(play())


def test_acknowledgements_are_noted_and_each_message_ticks() -> None:
    async def play() -> Office:
        office = Office(answer=lambda _: [])
        await office.report(results(0, [1] * 8))
        progress = Progress(session=SESSION, sent=8, skipped=0, stored=0)
        await office.hear(progress, stored(2), stored(7))
        return office

    office = run_virtual(play())
    assert (office.desk.stored, office.ticks) == (8, 3)


def test_a_session_settles_when_all_is_sent_and_stored_and_then_takes_the_receipt() -> None:
    async def play() -> None:
        office = Office(answer=lambda _: [])
        listening = asyncio.create_task(office.desk.listen(office.tick))
        await office.report(results(0, [1] * 8))
        settling = asyncio.create_task(office.desk.settle())
        for message in (stored(3), finished(8), stored(6)):
            office.conversation.say(message)
            await settled()
            assert not settling.done()
        office.conversation.say(stored(7))
        assert await settling == finished(8)
        office.conversation.say(ACCEPTED)
        assert await office.desk.accepted == ACCEPTED
        await listening

    run_virtual(play())


@pytest.mark.parametrize("heard", [[], [finished(8)], [finished(8), stored(6)]])
def test_a_silent_producer_is_lost_after_half_a_minute(heard: list[ProducerMessage]) -> None:
    async def play() -> None:
        office = Office(answer=lambda _: [])
        await office.report(results(0, [1] * 8))
        listening = asyncio.create_task(office.desk.listen(office.tick))
        office.conversation.say(*heard)
        await settled()
        began = asyncio.get_running_loop().time()
        with pytest.raises(ConnectionLost, match="no progress .* expected a message within 30 s"):
            await office.desk.settle()
        assert asyncio.get_running_loop().time() - began == pytest.approx(30.0)
        listening.cancel()

    run_virtual(play())


# What is heard while a stop at 5 is under way; 5 frames were received, 8 were on their way.
@pytest.mark.parametrize(
    "heard",
    [
        [stopped(5), finished(5), stored(4)],
        [stored(4), stopped(5), finished(5)],
        [finished(8), stored(4), stopped(5)],
        [stored(4), finished(8), stopped(5)],
        [stopped(8), finished(8), stored(4), stopped(5)],
    ],
    ids=["plain", "stored first", "late stop", "late stop, stored", "both sides stop"],
)
def test_a_stop_lowers_the_number_of_frames_however_it_crosses_the_end(
    heard: list[ProducerMessage],
) -> None:
    async def play() -> Office:
        office = Office(answer=lambda _: [])
        listening = asyncio.create_task(office.desk.listen(office.tick))
        await office.desk.stop(5)
        await office.report(results(0, [1] * 5))
        settling = asyncio.create_task(office.desk.settle())
        for message in heard:
            await settled()
            assert not settling.done()
            office.conversation.say(message)
        await settling
        listening.cancel()
        return office

    office = run_virtual(play())
    assert office.desk.stored == 5
    assert [message for _, message in office.conversation.told if isinstance(message, Stop)] == [
        Stop(session=SESSION, at=5)
    ]


@pytest.mark.parametrize(
    ("heard", "sent"),
    [
        ([], 0),
        ([under_way(3)], 3),
        ([under_way(3), under_way(7)], 7),
        ([under_way(3), finished(8)], 8),
        # Three of them were taken back.
        ([under_way(8), stopped(5), finished(5)], 8),
    ],
)
def test_what_was_sent_is_what_the_producer_says_and_only_grows(
    heard: list[ProducerMessage], sent: int
) -> None:
    async def play() -> Office:
        office = Office()
        await office.hear(*heard)
        return office

    assert run_virtual(play()).desk.sent == sent


def test_a_session_that_is_stopped_before_its_first_frame_settles() -> None:
    async def play() -> Finished:
        office = Office()
        await office.report()
        await office.hear(stopped(0), finished(0))
        return await office.desk.settle()

    assert run_virtual(play()) == finished(0)


@pytest.mark.parametrize("heard", [[finished(8)], [stopped(8), finished(8)]])
def test_a_stream_that_ends_before_its_last_frame_is_an_error(heard: list[ProducerMessage]) -> None:
    async def play() -> None:
        office = Office()
        await office.report(results(0, [1] * 5))
        await office.hear(*heard)
        await office.desk.settle()

    with pytest.raises(FrameError) as caught:
        run_virtual(play())
    assert str(caught.value) == "frames are missing in the stream's end: expected 8, got 5"


def test_a_stop_after_everything_was_stored_is_not_sent() -> None:
    async def play() -> Office:
        office = Office()
        await office.report(results(0, [1] * 8))
        await office.hear(finished(8))
        await office.desk.settle()
        await office.desk.stop(8)
        return office

    office = run_virtual(play())
    assert [type(message) for _, message in office.conversation.told] == [Predictions]


def test_a_stop_on_a_lost_channel_leaves_the_error_to_the_listener() -> None:
    async def play() -> None:
        office = Office()
        lost = ConnectionLost("session channel lost")
        office.conversation.failure = lost
        await office.desk.stop(3)
        await office.hear(lost)

    with pytest.raises(ConnectionLost):
        run_virtual(play())


def _unexpected(kind: str) -> str:
    return f"unexpected message in a running session: got '{kind}'"


@pytest.mark.parametrize(
    ("heard", "error"),
    [
        ([finished(8), finished(8)], _unexpected("finished")),
        ([ACCEPTED], _unexpected("accepted")),
        ([finished(8), ACCEPTED], _unexpected("accepted")),
        ([started()], _unexpected("started")),
        ([Sessions(sessions=(INFO,))], _unexpected("sessions")),
        ([stored(0, OTHER)], _unexpected("stored")),
        (
            [stored(8)],
            "wrong acknowledgement in a running session: expected 1..8 frames stored, got 9",
        ),
        (
            [stored(3), stored(3)],
            "wrong acknowledgement in a running session: expected 5..8 frames stored, got 4",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_message_that_does_not_belong_there_is_refused(
    heard: list[ProducerMessage], error: str
) -> None:
    async def play() -> None:
        office = Office(answer=lambda _: [])
        await office.report(results(0, [1] * 8))
        await office.hear(*heard)

    with pytest.raises(StateError) as caught:
        run_virtual(play())
    assert str(caught.value) == error


def test_a_refusal_is_what_listening_ends_with() -> None:
    async def play() -> None:
        await Office().hear(RefusedError("bad-state", "no"))

    with pytest.raises(RefusedError, match=r"the peer refused \(bad-state\): no"):
        run_virtual(play())


def test_a_second_receipt_is_not_listened_to() -> None:
    async def play() -> Any:
        office = Office()
        await office.report(results(0, [1]))
        await office.hear(finished(1), ACCEPTED, ACCEPTED)
        return office.ticks, await office.conversation.hear()

    # stored, finished, accepted.
    assert run_virtual(play()) == (3, ACCEPTED)
