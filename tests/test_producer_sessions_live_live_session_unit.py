"""LiveSession joins the core to sending, storing and answering; with fakes and virtual time."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from message_examples import SAMPLE
from producer_parts import (
    CLASSES,
    SESSION,
    UNIX_NS,
    FakeWire,
    Stage,
    content_digest,
    crc_of,
    crcs_of,
    predictions,
    results,
    settled,
    virtual,
)
from structlog.testing import capture_logs
from websockets.exceptions import ConnectionClosed

from producer.ledger.records import Skip
from producer.ledger.sessions import kept
from producer.sessions.chaos import ChaosSpec
from producer.sessions.live import LINGER_S, LiveSession
from shared.errors import (
    CatwalkError,
    ConnectionLost,
    DigestError,
    MessageError,
    StateError,
    StoppingError,
    StoreError,
    TakenOverError,
)
from shared.frames import decode_frame
from shared.messages import (
    Accepted,
    Event,
    Finished,
    Message,
    Progress,
    Recalled,
    Start,
    Stopped,
    Stored,
    Unclassified,
)
from shared.states import SessionState

S = SessionState
DISK_FULL = StoreError("the database failed", where="sqlite:///x.db", got="disk full")


@virtual
async def test_finished_gives_the_counts_once_all_frames_are_sent() -> None:
    stage = Stage(3)
    await stage.live.play(stage.wire)
    assert stage.said(Finished) == [
        Finished(session=SESSION, frames=3, sent=3, skipped=0, withdrawn=0)
    ]
    assert stage.core.state is S.DRAINING
    assert (S.STREAMING, 3) in stage.ledger.marks


@virtual
async def test_who_waits_for_credit_is_not_idle_and_is_from_when_it_has_come() -> None:
    stage = Stage(10, window=4)
    playing = asyncio.create_task(stage.live.play(stage.wire))
    await asyncio.sleep(50.0)
    assert stage.live.idle_s(50.0) == 0.0
    # As if the task that sends were hung.
    playing.cancel()
    await stage.live.store(*stage.take(2))
    assert [stage.live.idle_s(now) for now in (50.0, 62.0)] == [0.0, 12.0]
    await asyncio.sleep(5.0)
    # More credit where there was some makes nothing good.
    await stage.live.store(*stage.take(1))
    assert stage.live.idle_s(62.0) == 12.0
    await stage.live.lose("left")
    assert stage.live.idle_s(62.0) == 0.0


@virtual
async def test_a_session_that_is_stopped_is_not_idle() -> None:
    stage = Stage(10, fps=0.01)
    playing = asyncio.create_task(stage.live.play(stage.wire))
    await asyncio.sleep(1.0)
    await stage.live.stop(1, "producer")
    await playing
    assert stage.live.idle_s(1000.0) == 0.0


@virtual
async def test_a_second_fetch_is_refused_and_the_first_goes_on() -> None:
    stage = Stage(5, fps=10.0)
    playing = asyncio.create_task(stage.live.play(stage.wire))
    await asyncio.sleep(0.15)
    with pytest.raises(StateError, match="a session that is streaming"):
        await stage.live.play(stage.wire)
    await playing
    assert len(stage.frames) == 5


@virtual
async def test_a_stop_in_the_middle_ends_the_stream_at_once() -> None:
    stage = Stage(100, fps=10.0)
    playing = asyncio.create_task(stage.live.play(stage.wire))
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
    playing = asyncio.create_task(stage.live.play(stage.wire))
    await settled()
    await stage.live.stop(4, "consumer")
    await playing
    assert stage.said(Finished)[0].sent == 4


@virtual
async def test_predictions_sent_before_a_stop_was_seen_complete_the_session() -> None:
    stage = Stage(100, window=6)
    playing = asyncio.create_task(stage.live.play(stage.wire))
    await settled()
    stage.ledger.gate.clear()
    storing = asyncio.create_task(stage.live.store(*stage.take(3)))
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
    await stage.live.begin(recall=False)
    await stage.live.end_early()
    await stage.live.play(stage.wire)
    assert not stage.frames
    assert len(stage.said(Finished)) == 1
    with pytest.raises(StateError, match="a session that is complete"):
        await stage.live.play(stage.wire)


@virtual
async def test_a_stop_at_a_wrong_number_says_nothing_and_changes_nothing() -> None:
    stage = Stage(5, fps=10.0)
    playing = asyncio.create_task(stage.live.play(stage.wire))
    await asyncio.sleep(0.15)
    with pytest.raises(StateError, match=r"expected 0\.\.2, got 3"):
        await stage.live.stop(3, "consumer")
    assert not stage.told
    await playing
    assert len(stage.frames) == 5


@virtual
async def test_end_early_stops_at_the_frames_sent_and_only_once() -> None:
    stage = Stage(100, fps=10.0)
    await stage.live.begin(recall=False)
    playing = asyncio.create_task(stage.live.play(stage.wire))
    await asyncio.sleep(0.25)
    await stage.live.end_early()
    await stage.live.end_early()
    await playing
    assert stage.said(Stopped) == [Stopped(session=SESSION, frames=3, by="producer")]


@virtual
async def test_a_frame_of_the_session_that_nobody_takes_is_a_loss() -> None:
    stage = Stage(100)

    async def close(_: bytes) -> None:
        raise ConnectionClosed(None, None)

    with pytest.raises(ConnectionClosed):
        await stage.live.play(FakeWire(close))
    assert not stage.told


@virtual
async def test_nothing_is_acknowledged_before_the_ledger_has_committed() -> None:
    stage = Stage(6, window=4)
    playing = asyncio.create_task(stage.live.play(stage.wire))
    await settled()
    stage.ledger.gate.clear()
    storing = asyncio.create_task(stage.live.store(*stage.take(4)))
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
    await stage.live.play(stage.wire)
    await stage.live.store(*stage.take(2))
    assert (S.COMPLETE, 6) not in stage.ledger.marks
    await stage.live.store(*stage.take(4))
    assert stage.ledger.marks[-1] == (S.COMPLETE, 6)
    assert [message.through for message in stage.said(Stored)] == [1, 5]


@virtual
async def test_a_failing_ledger_acknowledges_nothing() -> None:
    stage = Stage(6)
    await stage.live.play(stage.wire)
    stage.told.clear()
    stage.ledger.failure = DISK_FULL
    with pytest.raises(StoreError, match="disk full"):
        await stage.live.store(*stage.take(6))
    assert not stage.told
    assert stage.core.stored == 0


@virtual
async def test_wrong_predictions_are_refused_before_anything_is_stored() -> None:
    stage = Stage(6)
    await stage.live.play(stage.wire)
    with pytest.raises(DigestError, match="frames 0 to 1"):
        stage.live.predict(predictions([1, 2]))
    with pytest.raises(StateError, match="wrong first sequence number"):
        stage.live.predict(predictions(crcs_of(stage.images, range(1, 3)), first=1))
    assert stage.core.predicted == 0


@virtual
@pytest.mark.parametrize(
    ("changes", "got"),
    [({"labels": (0, len(CLASSES))}, 3), ({"sets": ((0,), (1, 999))}, 999)],
)
async def test_a_class_that_the_model_does_not_have_is_refused(
    changes: dict[str, Any], got: int
) -> None:
    stage = Stage(6, classes=CLASSES)
    await stage.live.play(stage.wire)
    run = predictions(crcs_of(stage.images, range(2))).model_copy(update=changes)
    with pytest.raises(MessageError, match=rf"in frames 0 to 1 of .*: expected 0\.\.2, got {got}$"):
        stage.live.predict(run)
    assert stage.core.predicted == 0


@virtual
async def test_a_model_that_told_no_classes_may_give_any() -> None:
    stage = Stage(6)
    await stage.live.play(stage.wire)
    stage.live.predict(predictions(crcs_of(stage.images, range(2)), labels=(0, 999)))
    assert stage.core.predicted == 2


@virtual
async def test_a_sample_of_a_class_that_the_model_does_not_have_is_refused() -> None:
    stage = await _complete(CLASSES)
    crcs = crcs_of(stage.images, range(6))
    sample = SAMPLE.model_copy(update={"label": 3})
    with pytest.raises(MessageError, match=r"in the samples of .*: expected 0\.\.2, got 3$"):
        await stage.live.accept(results(crcs, samples=(sample,)))
    assert stage.core.state is S.COMPLETE


async def _complete(classes: tuple[str, ...] = ()) -> Stage:
    stage = Stage(6, classes=classes)
    await stage.live.play(stage.wire)
    await stage.live.store(*stage.take(6))
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
    with capture_logs() as logs:
        await stage.live.accept(posted)
        await stage.live.accept(posted)
    assert stage.told[0] == stage.told[1]
    assert [line["event"] for line in logs] == ["session-accepted"]
    assert b'catwalk_verdicts_total{verdict="PASS"} 1.0' in stage.metrics.render()


@virtual
async def test_results_before_the_last_frame_is_stored_are_refused() -> None:
    stage = Stage(6)
    await stage.live.play(stage.wire)
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
    playing = asyncio.create_task(stage.live.play(stage.wire))
    await asyncio.sleep(0.25)
    with capture_logs() as logs:
        await stage.live.lose("gone")
    await playing
    assert stage.loop.time() == pytest.approx(0.25)
    assert not stage.told
    assert stage.core.state is S.SUSPENDED
    assert stage.ledger.marks[-1] == (S.SUSPENDED, 100)
    assert logs == [
        {
            "event": "session-suspended",
            "log_level": "warning",
            "session": SESSION,
            "epoch": 1,
            "cause": "gone",
            "stored": 0,
        }
    ]


@virtual
async def test_losing_the_consumer_frees_a_session_that_waits_for_credit() -> None:
    stage = Stage(100, window=2)
    playing = asyncio.create_task(stage.live.play(stage.wire))
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
    assert stage.core.state is S.SUSPENDED
    assert [line["event"] for line in logs] == ["session-suspended", "session-not-marked"]
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
    await stage.live.play(stage.wire)
    await stage.live.store(*stage.take(5))
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
    playing = asyncio.create_task(stage.live.play(stage.wire))
    await settled()
    assert stage.live.event() == _event(S.STREAMING, 8, 4, 0)
    await stage.live.store(*stage.take(3))
    await settled()
    assert stage.live.event() == _event(S.STREAMING, 8, 7, 3)
    await stage.live.stop(5, "consumer")
    assert stage.live.event() == _event(S.DRAINING, 5, 5, 3)
    await stage.live.store(*stage.take(2))
    await playing
    assert stage.live.event() == _event(S.COMPLETE, 5, 5, 5)
    await stage.live.accept(results(crcs_of(stage.images, range(5))))
    assert stage.live.event() == _event(S.ACCEPTED, 5, 5, 5, verdict="PASS")


@virtual
async def test_what_is_stored_is_told_with_its_times_its_digest_and_the_wire() -> None:
    stage = Stage(4, fps=10.0)
    await stage.live.play(stage.wire)
    await stage.live.store(*stage.take(3))
    (stored,) = stage.ledger.runs
    assert stored.sent_ns.tolist() == [UNIX_NS + k * 10**8 for k in range(3)]
    assert stored.digest == content_digest(crcs_of(stage.images, range(3)))
    assert stored.skips == ()
    assert (stored.wire.frames, stored.wire.connections) == (4, 1)


class _Witness:
    """Keeps, for each message told, the state and the frames that the ledger then had."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.seen: list[tuple[str, SessionState, int]] = []
        stage.live = LiveSession(
            stage.core, stage.house, start=Start(consumer="me"), tell=self.tell
        )

    async def tell(self, message: Message) -> None:
        """Look at the ledger."""
        known = self.stage.ledger.at_once(kept, SESSION)
        self.seen.append((type(message).__name__, known.state, known.record.frames))


@virtual
async def test_the_ledger_has_a_complete_session_before_its_last_run_is_acknowledged() -> None:
    stage = Stage(4)
    witness = _Witness(stage)
    await stage.live.play(stage.wire)
    await stage.live.store(*stage.take(1))
    await stage.live.store(*stage.take(3))
    assert witness.seen == [
        ("Finished", S.STREAMING, 4),
        ("Stored", S.STREAMING, 4),
        ("Stored", S.COMPLETE, 4),
    ]


@virtual
async def test_the_ledger_has_a_complete_session_before_finished_where_that_comes_last() -> None:
    stage = Stage(9, fps=10.0)
    witness = _Witness(stage)
    playing = asyncio.create_task(stage.live.play(stage.wire))
    await asyncio.sleep(0.25)
    await stage.live.store(*stage.take(3))
    await stage.live.stop(3, "consumer")
    await playing
    assert witness.seen[1:] == [("Stopped", S.COMPLETE, 3), ("Finished", S.COMPLETE, 3)]


@virtual
async def test_a_session_stopped_before_its_fetch_is_complete_before_it_is_finished() -> None:
    stage = Stage(9)
    witness = _Witness(stage)
    await stage.live.stop(0, "producer")
    assert witness.seen == [("Stopped", S.COMPLETE, 0), ("Finished", S.COMPLETE, 0)]


@virtual
async def test_results_that_overtake_the_note_of_a_stop_are_stored_after_it() -> None:
    stage = Stage(9, fps=10.0)
    playing = asyncio.create_task(stage.live.play(stage.wire))
    await asyncio.sleep(0.25)
    await stage.live.store(*stage.take(3))
    # As if the stop was told and not yet written down.
    stage.core.stop(3)
    await stage.live.accept(results(crcs_of(stage.images, range(3))))
    known = stage.ledger.at_once(kept, SESSION)
    assert (known.state, known.record.frames) == (S.ACCEPTED, 3)
    playing.cancel()


async def _suspended(frames: int, stored: int, **given: Any) -> Stage:
    """A session of which some frames are stored when its connection is lost."""
    stage = Stage(frames, **given)
    playing = asyncio.create_task(stage.live.play(stage.wire))
    await settled()
    if stored:
        await stage.live.store(*stage.take(stored))
    await stage.live.lose("gone")
    await playing
    return stage


@pytest.mark.parametrize("end", ["stop", "takeover"])
@virtual
async def test_what_ends_a_session_in_the_middle_of_its_begin_ends_the_recall(end: str) -> None:
    stage = Stage(6, before=await _suspended(6, 6))
    stage.ledger.gate.clear()
    beginning = asyncio.create_task(stage.live.begin(recall=True))
    await settled()
    if end == "stop":
        await stage.live.end_early()
    else:
        stage.live.supersede()
    stage.ledger.gate.set()
    await beginning
    assert not stage.said(Stopped) and not stage.said(Finished)
    with pytest.raises(StoppingError if end == "stop" else TakenOverError):
        await stage.live.watch_stream()


@virtual
async def test_finished_is_said_once_though_the_stream_is_fetched_before_the_begin() -> None:
    stage = Stage(3)
    await stage.live.play(stage.wire)
    await stage.live.begin(recall=False)
    assert len(stage.said(Finished)) == 1


@pytest.mark.parametrize("stored", [2, 3])
@virtual
async def test_a_stop_after_the_stream_was_lost_is_finished_once(stored: int) -> None:
    stage = Stage(9, fps=10.0)
    playing = asyncio.create_task(stage.live.play(stage.wire))
    await asyncio.sleep(0.25)
    await stage.live.store(*stage.take(stored))
    playing.cancel()
    stage.live.lose_stream(ConnectionLost("frame stream lost"))
    await stage.live.stop(3, "consumer")
    await stage.live.stop(3, "consumer")
    (finished,) = stage.said(Finished)
    assert (finished.frames, finished.sent) == (3, 3)


@virtual
async def test_a_stop_is_told_and_then_finished_once_it_is_written_down() -> None:
    stage = Stage(9, fps=10.0)
    playing = asyncio.create_task(stage.live.play(stage.wire))
    await asyncio.sleep(0.25)
    stage.ledger.marking.clear()
    stopping = asyncio.create_task(stage.live.stop(2, "consumer"))
    await settled()
    assert not stage.told
    stage.ledger.marking.set()
    await stopping
    await playing
    assert [type(message) for message in stage.told] == [Stopped, Finished]


@virtual
async def test_a_stop_that_cannot_be_written_down_is_not_told_and_ends_the_connection() -> None:
    stage = Stage(9, fps=10.0)
    playing = asyncio.create_task(stage.live.play(stage.wire))
    await asyncio.sleep(0.25)
    stage.ledger.failure = DISK_FULL
    with pytest.raises(StoreError, match="disk full"):
        await stage.live.stop(2, "producer")
    await playing
    assert not stage.told
    with pytest.raises(StoreError, match="disk full"):
        await stage.live.watch_stream()


@virtual
async def test_a_stop_that_is_given_up_before_it_is_written_down_is_not_told() -> None:
    stage = Stage(9, fps=10.0)
    playing = asyncio.create_task(stage.live.play(stage.wire))
    await asyncio.sleep(0.25)
    stage.ledger.marking.clear()
    stopping = asyncio.create_task(stage.live.stop(2, "producer"))
    await settled()
    stopping.cancel()
    await playing
    assert stopping.cancelled() and not stage.told
    with pytest.raises(StoppingError):
        await stage.live.watch_stream()


@virtual
async def test_a_session_that_is_abandoned_is_written_down_without_a_wait() -> None:
    stage = Stage(6)
    stage.ledger.marking.clear()
    with capture_logs() as logs:
        stage.live.abandon("the producer ends")
    assert stage.ledger.marks[-1] == (S.SUSPENDED, 6)
    assert [line["cause"] for line in logs] == ["the producer ends"]


@virtual
async def test_a_new_session_has_nothing_to_say_at_its_begin() -> None:
    stage = Stage(6)
    await stage.live.begin(recall=True)
    assert not stage.told


@virtual
async def test_a_resumed_session_goes_on_where_it_was_and_passes() -> None:
    before = await _suspended(6, 2, window=4)
    stage = Stage(before=before)
    await stage.live.begin(recall=False)
    assert not stage.told
    await stage.live.play(stage.wire)
    assert [decode_frame(frame)[0].sequence for _, frame in stage.frames] == [2, 3, 4, 5]
    await stage.live.store(*stage.take(4))
    await stage.live.accept(results(crcs_of(stage.images, range(6))))
    sheet = stage.said(Accepted)[0].balance
    assert (sheet.verdict, sheet.producer.sent, sheet.producer.stored) == ("PASS", 6, 6)
    assert (sheet.producer.wire.frames, sheet.producer.wire.connections) == (8, 2)


@virtual
async def test_what_was_stored_is_recalled_with_its_images_and_reasons() -> None:
    before = Stage(9)
    await before.live.play(before.wire)
    run = predictions(crcs_of(before.images, range(7)), labels=[0, 1, -1, 2, -1, 0, 1])
    await before.live.store(run, before.live.predict(run))
    stage = Stage(before=before)
    await stage.live.begin(recall=True)
    assert stage.told == [
        Recalled(
            session=SESSION,
            first=0,
            indices=(0, 1, 2, 3, 4, 5, 0),
            labels=run.labels,
            confidences=run.confidences,
            unclassified=(
                Unclassified(sequence=2, reason="too-large"),
                Unclassified(sequence=4, reason="too-large"),
            ),
        )
    ]


@virtual
async def test_a_session_of_which_all_is_stored_is_finished_at_once_and_fetched_empty() -> None:
    before = await _suspended(6, 6)
    stage = Stage(before=before)
    await stage.live.begin(recall=False)
    assert stage.told == [Finished(session=SESSION, frames=6, sent=6, skipped=0, withdrawn=0)]
    assert stage.ledger.marks[-1] == (S.COMPLETE, 6)
    await stage.live.play(stage.wire)
    assert not stage.frames and len(stage.told) == 1
    with pytest.raises(StateError, match="a session that is complete"):
        await stage.live.play(stage.wire)
    await stage.live.accept(results(crcs_of(stage.images, range(6))))
    assert stage.said(Accepted)[0].balance.verdict == "PASS"


@virtual
async def test_a_stopped_session_is_resumed_at_the_number_it_was_stopped_at() -> None:
    before = Stage(100, fps=10.0)
    playing = asyncio.create_task(before.live.play(before.wire))
    await asyncio.sleep(0.55)
    await before.live.stop(4, "consumer")
    await playing
    await before.live.store(*before.take(1))
    await before.live.lose("gone")
    stage = Stage(before=before)
    await stage.live.play(stage.wire)
    assert [decode_frame(frame)[0].sequence for _, frame in stage.frames] == [1, 2, 3]
    finished = stage.said(Finished)[0]
    assert (finished.frames, finished.sent, finished.withdrawn) == (4, 4, 0)


@virtual
async def test_an_accepted_session_is_told_its_answer_again() -> None:
    before = await _complete(CLASSES)
    posted = results(crcs_of(before.images, range(6)))
    await before.live.accept(posted)
    await before.live.lose("gone")
    stage = Stage(before=before)
    await stage.live.begin(recall=False)
    await stage.live.play(stage.wire)
    assert [type(message) for message in stage.told] == [Finished, Accepted]
    assert stage.told[1] == before.told[0]
    assert stage.live.event().verdict == "PASS"
    await stage.live.accept(posted)
    assert stage.told[2] == before.told[0]


@virtual
async def test_other_results_of_an_accepted_session_are_refused() -> None:
    before = await _complete()
    await before.live.accept(results(crcs_of(before.images, range(6))))
    stage = Stage(before=before)
    with pytest.raises(StateError, match="other results were accepted before"):
        await stage.live.accept(results(crcs_of(stage.images, range(6)), unclassified=1))
    assert not stage.told


@virtual
async def test_a_connection_that_is_taken_over_ends_and_can_write_nothing_more() -> None:
    old = Stage(100, fps=10.0)
    playing = asyncio.create_task(old.live.play(old.wire))
    watching = asyncio.create_task(old.live.watch_stream())
    await asyncio.sleep(0.55)
    late = old.take(2)
    old.live.supersede()
    new = Stage(before=old)
    await playing
    with pytest.raises(TakenOverError, match=f"goes on elsewhere in session {SESSION}"):
        await watching
    with pytest.raises(StateError, match=f"session {SESSION}, epoch 1"):
        await old.live.store(*late)
    assert not old.told
    await old.live.lose("taken over")
    known = old.ledger.at_once(kept, SESSION)
    assert (known.epoch, known.state, known.stored) == (2, S.OPENED, 0)
    assert new.core.stored == 0


@pytest.mark.parametrize("what", ["predict", "stop", "accept"])
@virtual
async def test_who_was_taken_over_is_told_so_whatever_it_says(what: str) -> None:
    stage = Stage(6, fps=10.0)
    stage.core.attach()
    stage.core.frame_sent(crc_of(stage.images, 0), 0)
    stage.live.supersede()
    with pytest.raises(TakenOverError):
        if what == "predict":
            stage.live.predict(predictions(crcs_of(stage.images, range(1))))
        elif what == "stop":
            await stage.live.stop(1, "consumer")
        else:
            await stage.live.accept(results([]))


@virtual
async def test_results_of_a_connection_that_is_taken_over_meanwhile_are_not_accepted() -> None:
    stage = await _complete()
    stage.ledger.gate.clear()
    accepting = asyncio.create_task(stage.live.accept(results(crcs_of(stage.images, range(6)))))
    await settled()
    stage.live.supersede()
    stage.ledger.gate.set()
    with pytest.raises(TakenOverError):
        await accepting
    assert not stage.ledger.receipts and not stage.told


@virtual
async def test_with_newest_skipped_ranges_are_stored_and_balanced() -> None:
    stage = Stage(10, fps=10.0, window=2, delivery="newest", classes=CLASSES)
    reporting = asyncio.create_task(stage.live.report_progress(0.55))
    playing = asyncio.create_task(stage.live.play(stage.wire))
    # Places 0 and 1 are sent, 2 to 5 skipped, 6 and 7 sent, 8 and 9 skipped.
    await asyncio.sleep(0.56)
    await stage.live.store(*stage.take(2))
    await playing
    run = predictions(
        [crc_of(stage.images, place) for place in (6, 7)], first=2, labels=[6 % 3, 7 % 3]
    )
    taken = stage.live.predict(run)
    assert taken.skips == ((2, 4),)
    await stage.live.store(run, taken)
    assert [stored.skips for stored in stage.ledger.runs] == [(), (Skip(2, 4),)]
    known = stage.ledger.at_once(kept, SESSION)
    assert (known.state, known.stored, known.skipped) == (S.COMPLETE, 4, 6)
    (finished,) = stage.said(Finished)
    assert (finished.frames, finished.sent, finished.skipped) == (10, 4, 6)
    assert [(one.sent, one.skipped) for one in stage.said(Progress)] == [(2, 4)]
    await reporting
    crcs = [crc_of(stage.images, place) for place in (0, 1, 6, 7)]
    await stage.live.accept(results(crcs))
    (accepted,) = stage.said(Accepted)
    assert (accepted.balance.verdict, accepted.balance.producer.skipped) == ("PASS", 6)
    assert accepted.score is not None and accepted.score.accuracy == 1.0


@virtual
async def test_with_newest_a_resumed_session_keeps_its_skips_and_recalls_the_right_images() -> None:
    before = Stage(10, fps=10.0, window=2, delivery="newest")
    playing = asyncio.create_task(before.live.play(before.wire))
    await asyncio.sleep(0.25)
    await before.live.store(*before.take(2))
    await asyncio.sleep(0.1)
    # Place 2 was skipped, 3 sent; 4 and on are not known to the ledger yet.
    crcs = [crc_of(before.images, 3)]
    run = predictions(crcs, first=2)
    await before.live.store(run, before.live.predict(run))
    await before.live.lose("gone")
    await playing
    stage = Stage(before=before)
    assert (stage.core.stored, stage.core.skipped, stage.core.offered) == (3, 1, 4)
    await stage.live.begin(recall=True)
    assert stage.said(Recalled)[0].indices == (0, 1, 3)
    await stage.live.play(stage.wire)
    assert [decode_frame(frame)[0].index for _, frame in stage.frames] == [4, 5, 0, 1, 2, 3]


@virtual
async def test_a_stream_that_is_cut_by_a_requested_fault_ends_as_a_lost_one() -> None:
    stage = Stage(6, chaos=ChaosSpec(reset=1.0))
    with pytest.raises(ConnectionClosed):
        await stage.live.play(stage.wire)
    await stage.live.lose("the stream was cut")
    assert stage.ledger.at_once(kept, SESSION).wire.injected == {"reset": 1}


@virtual
async def test_the_cause_of_a_cut_is_a_documented_error() -> None:
    stage = Stage(6)
    stage.live.cut(StoreError("the database failed"))
    with pytest.raises(CatwalkError) as raised:
        await stage.live.watch_stream()
    assert raised.value.code == "store-failed"


@virtual
async def test_of_a_lost_stream_what_had_arrived_is_stored_before_the_consumer_is_sent_away() -> (
    None
):
    stage = Stage(8, window=6)
    playing = asyncio.create_task(stage.live.play(stage.wire))
    watching = asyncio.create_task(stage.live.watch_stream())
    await settled()
    playing.cancel()
    stage.live.lose_stream(ConnectionLost("frame stream lost"))
    for _ in range(3):
        await asyncio.sleep(LINGER_S - 1.0)
        assert not watching.done()
        await stage.live.store(*stage.take(2))
    with pytest.raises(ConnectionLost, match="frame stream lost"):
        await watching
    assert stage.core.stored == 6
    assert 3 * (LINGER_S - 1.0) < stage.loop.time() <= 5 * LINGER_S


@virtual
async def test_of_a_lost_stream_of_which_nothing_comes_the_consumer_is_sent_away() -> None:
    stage = Stage(8)
    stage.live.lose_stream(ConnectionLost("frame stream lost"))
    stage.live.lose_stream(ConnectionLost("later"))
    with pytest.raises(ConnectionLost, match="frame stream lost"):
        await stage.live.watch_stream()
    assert stage.loop.time() == pytest.approx(LINGER_S)


@virtual
async def test_who_is_sent_away_is_not_kept_by_a_lost_stream() -> None:
    stage = Stage(8)
    stage.live.lose_stream(ConnectionLost("frame stream lost"))
    watching = asyncio.create_task(stage.live.watch_stream())
    await asyncio.sleep(1.0)
    stage.live.supersede()
    with pytest.raises(TakenOverError):
        await watching
    assert stage.loop.time() == pytest.approx(1.0)


@virtual
async def test_a_session_whose_stream_is_lost_is_not_idle() -> None:
    stage = Stage(10, fps=10.0)
    playing = asyncio.create_task(stage.live.play(stage.wire))
    await asyncio.sleep(0.25)
    playing.cancel()
    assert stage.live.idle_s(20.0) == pytest.approx(19.7)
    stage.live.lose_stream(ConnectionLost("frame stream lost"))
    assert stage.live.idle_s(20.0) == 0.0
