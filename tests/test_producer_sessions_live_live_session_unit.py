"""LiveSession joins the core to sending, storing and answering; with fakes and virtual time."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from producer_parts import (
    CLASSES,
    SESSION,
    UNIX_NS,
    Stage,
    crcs_of,
    image_set,
    predictions,
    results,
    settled,
    virtual,
)
from structlog.testing import capture_logs
from websockets.exceptions import ConnectionClosed

from producer.sessions.live import Clock, House, LiveSession
from shared.errors import ConnectionLost, DigestError, StateError, StoreError
from shared.frames import decode_frame
from shared.messages import Accepted, Event, Finished, Progress, Start, Stopped, Stored
from shared.states import SessionState

S = SessionState
DISK_FULL = StoreError("the database failed", where="sqlite:///x.db", got="disk full")


@virtual
async def test_frame_k_is_sent_at_t0_plus_k_over_fps() -> None:
    stage = Stage(25, fps=10.0)
    await asyncio.sleep(3.0)
    await stage.live.play(stage.send)
    assert [at for at, _ in stage.frames] == pytest.approx([3.0 + k / 10 for k in range(25)])


@virtual
async def test_each_frame_carries_its_image_and_says_so() -> None:
    stage = Stage(8, fps=10.0)
    await stage.live.play(stage.send)
    for sequence, (at, message) in enumerate(stage.frames):
        header, pixels = decode_frame(message)
        assert (header.sequence, header.index, header.epoch) == (sequence, sequence % 6, 1)
        assert header.sent_ns == UNIX_NS + round(at * 1e9)
        assert (pixels == stage.images.images[sequence % 6]).all()


@virtual
async def test_a_send_that_takes_long_makes_later_frames_late_but_not_slower() -> None:
    stage = Stage(30, fps=10.0)

    async def stutter(frame: bytes) -> None:
        await stage.send(frame)
        if len(stage.frames) == 5:
            await asyncio.sleep(1.0)

    await stage.live.play(stutter)
    times = [at for at, _ in stage.frames]
    assert times[5:14] == pytest.approx([1.4] * 9)
    assert times[14:] == pytest.approx([k / 10 for k in range(14, 30)])
    (finished,) = stage.said(Finished)
    assert finished.send_lag is not None
    assert finished.send_lag.count == 30
    assert finished.send_lag.max == pytest.approx(900.0)


@virtual
async def test_without_a_pace_only_the_window_holds_frames_back() -> None:
    stage = Stage(10, window=4)
    playing = asyncio.create_task(stage.live.play(stage.send))
    await settled()
    assert len(stage.frames) == 4
    await stage.live.store(stage.take(3))
    await settled()
    assert len(stage.frames) == 7
    await stage.live.store(stage.take(4))
    await playing
    assert len(stage.frames) == 10
    assert stage.loop.time() == 0.0
    assert stage.said(Finished)[0].send_lag is None


@virtual
async def test_finished_gives_the_counts_once_all_frames_are_sent() -> None:
    stage = Stage(3)
    await stage.live.play(stage.send)
    assert stage.said(Finished) == [
        Finished(session=SESSION, frames=3, sent=3, skipped=0, withdrawn=0)
    ]
    assert stage.core.state is S.DRAINING
    assert (S.STREAMING, 3) in stage.ledger.marks


@virtual
async def test_a_session_that_is_not_streaming_is_never_idle() -> None:
    stage = Stage(3, fps=10.0)
    assert stage.live.idle_s(1000.0) == 0.0
    await stage.live.play(stage.send)
    assert stage.core.state is S.DRAINING
    assert stage.live.idle_s(1000.0) == 0.0


@virtual
async def test_a_stream_that_is_fetched_and_not_begun_is_not_idle() -> None:
    stage = Stage(3)
    stage.core.attach()
    assert stage.live.idle_s(1000.0) == 0.0


@virtual
async def test_who_waits_until_the_next_frame_is_due_is_not_idle() -> None:
    stage = Stage(3, fps=0.01)
    playing = asyncio.create_task(stage.live.play(stage.send))
    await asyncio.sleep(150.0)
    # Sent at 0 and 100: the third is due at 200.
    assert [stage.live.idle_s(now) for now in (150.0, 200.0, 203.5)] == [0.0, 0.0, 3.5]
    await playing
    assert [at for at, _ in stage.frames] == pytest.approx([0.0, 100.0, 200.0])


@virtual
async def test_who_waits_for_credit_is_not_idle_and_is_from_when_it_has_come() -> None:
    stage = Stage(10, window=4)
    playing = asyncio.create_task(stage.live.play(stage.send))
    await asyncio.sleep(50.0)
    assert stage.live.idle_s(50.0) == 0.0
    # As if the task that sends were hung.
    playing.cancel()
    await stage.live.store(stage.take(2))
    assert [stage.live.idle_s(now) for now in (50.0, 62.0)] == [0.0, 12.0]
    await asyncio.sleep(5.0)
    # More credit where there was some makes nothing good.
    await stage.live.store(stage.take(1))
    assert stage.live.idle_s(62.0) == 12.0
    await stage.live.lose("left")
    assert stage.live.idle_s(62.0) == 0.0


@pytest.mark.parametrize("fps", [0.0, 10.0])
@virtual
async def test_a_send_that_hangs_is_idle_since_it_began_or_the_next_frame_was_due(
    fps: float,
) -> None:
    stage = Stage(10, fps=fps)

    async def hang(frame: bytes) -> None:
        await stage.send(frame)
        if len(stage.frames) == 5:
            await asyncio.Event().wait()

    playing = asyncio.create_task(stage.live.play(hang))
    await asyncio.sleep(20.0)
    since = 5 / fps if fps else 0.0
    assert stage.live.idle_s(20.0) == pytest.approx(20.0 - since)
    playing.cancel()


@virtual
async def test_a_session_that_is_stopped_is_not_idle() -> None:
    stage = Stage(10, fps=0.01)
    playing = asyncio.create_task(stage.live.play(stage.send))
    await asyncio.sleep(1.0)
    await stage.live.stop(1, "producer")
    await playing
    assert stage.live.idle_s(1000.0) == 0.0


@virtual
async def test_a_long_spree_lets_the_other_tasks_run() -> None:
    stage = Stage(64)
    turns = 0

    async def count_turns() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    counting = asyncio.create_task(count_turns())
    await stage.live.play(stage.send)
    counting.cancel()
    assert turns >= 4


@virtual
async def test_a_second_fetch_is_refused_and_the_first_goes_on() -> None:
    stage = Stage(5, fps=10.0)
    playing = asyncio.create_task(stage.live.play(stage.send))
    await asyncio.sleep(0.15)
    with pytest.raises(StateError, match="a session that is streaming"):
        await stage.live.play(stage.send)
    await playing
    assert len(stage.frames) == 5


@virtual
async def test_a_stop_in_the_middle_ends_the_stream_at_once() -> None:
    stage = Stage(100, fps=10.0)
    playing = asyncio.create_task(stage.live.play(stage.send))
    await asyncio.sleep(0.55)
    await stage.live.stop(4, "consumer")
    await playing
    assert stage.loop.time() == pytest.approx(0.55)
    assert [type(message) for message in stage.told] == [Stopped, Finished]
    assert stage.said(Stopped) == [Stopped(session=SESSION, frames=4, by="consumer")]
    (finished,) = stage.said(Finished)
    assert (finished.frames, finished.sent, finished.withdrawn) == (4, 4, 2)
    assert stage.ledger.marks[-1] == (S.DRAINING, 4)


@virtual
async def test_a_stop_frees_a_session_that_waits_for_credit() -> None:
    stage = Stage(100, window=4)
    playing = asyncio.create_task(stage.live.play(stage.send))
    await settled()
    await stage.live.stop(4, "consumer")
    await playing
    assert stage.said(Finished)[0].sent == 4


@virtual
async def test_predictions_sent_before_a_stop_was_seen_complete_the_session() -> None:
    stage = Stage(100, window=6)
    playing = asyncio.create_task(stage.live.play(stage.send))
    await settled()
    stage.ledger.gate.clear()
    run = stage.take(3)
    storing = asyncio.create_task(stage.live.store(run))
    await stage.live.stop(3, "consumer")
    await playing
    assert stage.core.state is S.DRAINING
    stage.ledger.gate.set()
    await storing
    assert stage.ledger.marks[-1] == (S.COMPLETE, 3)


@virtual
async def test_a_stop_before_the_stream_is_fetched_finishes_with_no_frame() -> None:
    stage = Stage(5)
    await stage.live.stop(0, "consumer")
    assert [type(message) for message in stage.told] == [Stopped, Finished]
    assert stage.said(Finished)[0].frames == 0
    assert stage.core.state is S.COMPLETE
    await stage.live.accept(results([]))
    assert stage.said(Accepted)[0].balance.verdict == "PASS"
    assert stage.said(Accepted)[0].score is None


@virtual
async def test_a_fetch_that_crosses_such_a_stop_gets_an_empty_stream_once() -> None:
    stage = Stage(5)
    await stage.live.end_early()
    await stage.live.play(stage.send)
    assert not stage.frames
    assert len(stage.said(Finished)) == 1
    with pytest.raises(StateError, match="a session that is complete"):
        await stage.live.play(stage.send)


@virtual
async def test_a_stop_at_a_wrong_number_says_nothing_and_changes_nothing() -> None:
    stage = Stage(5, fps=10.0)
    playing = asyncio.create_task(stage.live.play(stage.send))
    await asyncio.sleep(0.15)
    with pytest.raises(StateError, match=r"expected 0\.\.2, got 3"):
        await stage.live.stop(3, "consumer")
    assert not stage.told
    await playing
    assert len(stage.frames) == 5


@virtual
async def test_end_early_stops_at_the_frames_sent_and_only_once() -> None:
    stage = Stage(100, fps=10.0)
    playing = asyncio.create_task(stage.live.play(stage.send))
    await asyncio.sleep(0.25)
    await stage.live.end_early()
    await stage.live.end_early()
    await playing
    assert stage.said(Stopped) == [Stopped(session=SESSION, frames=3, by="producer")]


@virtual
async def test_a_withdrawn_frame_that_nobody_takes_is_no_loss() -> None:
    stage = Stage(100)

    async def close_after_stop(frame: bytes) -> None:
        await stage.send(frame)
        if len(stage.frames) == 4:
            await stage.live.stop(2, "consumer")
            raise ConnectionClosed(None, None)

    await stage.live.play(close_after_stop)
    assert stage.said(Finished)[0].withdrawn == 2


@virtual
async def test_a_frame_of_the_session_that_nobody_takes_is_a_loss() -> None:
    stage = Stage(100)

    async def close(_: bytes) -> None:
        raise ConnectionClosed(None, None)

    with pytest.raises(ConnectionClosed):
        await stage.live.play(close)
    assert not stage.told


@virtual
async def test_nothing_is_acknowledged_before_the_ledger_has_committed() -> None:
    stage = Stage(6, window=4)
    playing = asyncio.create_task(stage.live.play(stage.send))
    await settled()
    stage.ledger.gate.clear()
    storing = asyncio.create_task(stage.live.store(stage.take(4)))
    await settled()
    assert not stage.told
    assert (stage.core.stored, len(stage.frames)) == (0, 4)
    stage.ledger.gate.set()
    await storing
    assert stage.said(Stored) == [Stored(session=SESSION, through=3)]
    await playing
    assert len(stage.frames) == 6
    assert b"catwalk_frames_stored_total 4.0" in stage.metrics.render()


@virtual
async def test_the_last_acknowledgement_makes_the_session_complete_in_the_ledger() -> None:
    stage = Stage(6)
    await stage.live.play(stage.send)
    await stage.live.store(stage.take(2))
    assert (S.COMPLETE, 6) not in stage.ledger.marks
    await stage.live.store(stage.take(4))
    assert stage.ledger.marks[-1] == (S.COMPLETE, 6)
    assert [message.through for message in stage.said(Stored)] == [1, 5]


@virtual
async def test_a_failing_ledger_acknowledges_nothing() -> None:
    stage = Stage(6)
    await stage.live.play(stage.send)
    stage.told.clear()
    stage.ledger.failure = DISK_FULL
    with pytest.raises(StoreError, match="disk full"):
        await stage.live.store(stage.take(6))
    assert not stage.told
    assert stage.core.stored == 0


@virtual
async def test_wrong_predictions_are_refused_before_anything_is_stored() -> None:
    stage = Stage(6)
    await stage.live.play(stage.send)
    with pytest.raises(DigestError, match="frames 0 to 1"):
        stage.live.predict(predictions([1, 2]))
    with pytest.raises(StateError, match="wrong first sequence number"):
        stage.live.predict(predictions(crcs_of(stage.images, range(1, 3)), first=1))
    assert stage.core.predicted == 0


async def _complete(classes: tuple[str, ...] = ()) -> Stage:
    stage = Stage(6, classes=classes)
    await stage.live.play(stage.send)
    await stage.live.store(stage.take(6))
    stage.told.clear()
    return stage


@virtual
async def test_results_are_balanced_scored_stored_and_answered() -> None:
    stage = await _complete(CLASSES)
    await stage.live.accept(results(crcs_of(stage.images, range(6))))
    (accepted,) = stage.told
    assert isinstance(accepted, Accepted)
    assert accepted.balance.verdict == "PASS" and accepted.score is not None
    assert accepted.score.accuracy == 1.0
    assert stage.ledger.receipts == [accepted.receipt]
    assert stage.core.state is S.ACCEPTED
    assert b'catwalk_verdicts_total{verdict="PASS"} 1.0' in stage.metrics.render()


@virtual
async def test_the_same_results_again_get_the_same_answer() -> None:
    stage = await _complete()
    posted = results(crcs_of(stage.images, range(6)))
    await stage.live.accept(posted)
    await stage.live.accept(posted)
    assert stage.told[0] == stage.told[1]


@virtual
async def test_results_before_the_last_frame_is_stored_are_refused() -> None:
    stage = Stage(6)
    await stage.live.play(stage.send)
    with pytest.raises(StateError, match="a session that is draining"):
        await stage.live.accept(results(crcs_of(stage.images, range(6))))
    assert stage.core.state is S.DRAINING


@virtual
async def test_results_that_the_ledger_cannot_keep_are_not_accepted() -> None:
    stage = await _complete()
    stage.ledger.failure = DISK_FULL
    with pytest.raises(StoreError, match="disk full"):
        await stage.live.accept(results(crcs_of(stage.images, range(6))))
    assert not stage.told
    assert stage.core.state is S.COMPLETE


@virtual
async def test_losing_the_consumer_ends_the_stream_without_finished() -> None:
    stage = Stage(100, fps=10.0)
    playing = asyncio.create_task(stage.live.play(stage.send))
    await asyncio.sleep(0.25)
    with capture_logs() as logs:
        await stage.live.lose("gone")
    await playing
    assert stage.loop.time() == pytest.approx(0.25)
    assert not stage.told
    assert stage.core.state is S.BROKEN
    assert stage.ledger.marks[-1] == (S.BROKEN, 100)
    assert logs == [
        {
            "event": "session-lost",
            "log_level": "warning",
            "session": SESSION,
            "cause": "gone",
            "stored": 0,
        }
    ]


@virtual
async def test_losing_the_consumer_frees_a_session_that_waits_for_credit() -> None:
    stage = Stage(100, window=2)
    playing = asyncio.create_task(stage.live.play(stage.send))
    await settled()
    await stage.live.lose("gone")
    await playing
    assert len(stage.frames) == 2


@virtual
async def test_a_consumer_that_leaves_after_the_balance_is_not_lost() -> None:
    stage = await _complete()
    await stage.live.accept(results(crcs_of(stage.images, range(6))))
    marks = list(stage.ledger.marks)
    with capture_logs() as logs:
        await stage.live.lose("gone")
    assert (stage.core.state, stage.ledger.marks, logs) == (S.ACCEPTED, marks, [])


@virtual
async def test_a_session_is_closed_when_its_channel_is_not_before() -> None:
    stage = Stage(6)
    waiting = asyncio.create_task(stage.live.wait_closed())
    await stage.live.lose("gone")
    await settled()
    assert not waiting.done()
    stage.live.leave()
    await waiting


@virtual
async def test_a_loss_that_cannot_be_written_down_is_logged() -> None:
    stage = Stage(6)
    stage.ledger.failure = DISK_FULL
    with capture_logs() as logs:
        await stage.live.lose("gone")
    assert stage.core.state is S.BROKEN
    assert [line["event"] for line in logs] == ["session-lost", "session-not-marked"]
    assert logs[1]["code"] == "store-failed"


@virtual
async def test_a_cut_stream_is_told_to_whoever_watches_it_with_the_first_cause() -> None:
    stage = Stage(6)
    watching = asyncio.create_task(stage.live.watch_stream())
    await settled()
    stage.live.cut(ConnectionLost("frame stream lost", where=f"session {SESSION}"))
    stage.live.cut(ConnectionLost("later"))
    with pytest.raises(ConnectionLost, match=f"frame stream lost in session {SESSION}"):
        await watching


@virtual
async def test_progress_is_told_each_second_until_nothing_more_is_sent() -> None:
    stage = Stage(30, fps=10.0)
    reporting = asyncio.create_task(stage.live.report_progress(1.0))
    await asyncio.sleep(0.05)
    await stage.live.play(stage.send)
    await stage.live.store(stage.take(5))
    await reporting
    assert stage.said(Progress) == [
        Progress(session=SESSION, sent=sent, skipped=0, stored=0) for sent in (10, 20)
    ]


def _event(state: SessionState, frames: int, sent: int, stored: int, **given: Any) -> Event:
    return Event(
        session=SESSION,
        consumer="me",
        dataset="six.pickle",
        state=str(state),
        fps=0.0,
        frames=frames,
        sent=sent,
        stored=stored,
        **given,
    )


@virtual
async def test_its_event_has_the_figures_of_the_moment() -> None:
    stage = Stage(8, window=4)
    assert stage.live.event() == _event(S.OPENED, 8, 0, 0)
    playing = asyncio.create_task(stage.live.play(stage.send))
    await settled()
    assert stage.live.event() == _event(S.STREAMING, 8, 4, 0)
    await stage.live.store(stage.take(3))
    await settled()
    assert stage.live.event() == _event(S.STREAMING, 8, 7, 3)
    await stage.live.stop(5, "consumer")
    assert stage.live.event() == _event(S.DRAINING, 5, 5, 3)
    await stage.live.store(stage.take(2))
    await playing
    assert stage.live.event() == _event(S.COMPLETE, 5, 5, 5)
    await stage.live.accept(results(crcs_of(stage.images, range(5))))
    assert stage.live.event() == _event(S.ACCEPTED, 5, 5, 5, verdict="PASS")


@virtual
async def test_the_parts_of_a_house_are_shared_by_its_sessions() -> None:
    stage = Stage(2, images=image_set(2, labels=False))
    other = LiveSession(stage.core, stage.house, start=Start(consumer="me"), tell=stage.tell)
    assert isinstance(stage.house, House) and isinstance(stage.house.clock, Clock)
    assert other.session == stage.live.session == SESSION
