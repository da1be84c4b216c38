"""Conversation speaks with one consumer; with fakes for the connection and the ledger."""

from __future__ import annotations

import asyncio
import gc
import weakref
import json
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from producer_parts import SESSION, Stage, crcs_of, predictions, results, settled, virtual
from producer_wires import FakeConnection
from structlog.testing import capture_logs
from websockets.exceptions import ConnectionClosedError

from producer.ports.conversation import MAX_MESSAGE, WATCH_S, Conversation
from producer.ports.rate import RateLimit
from producer.ports.sender import SEND_TIMEOUT_S
from producer.ports.wire import CLOSE_TIMEOUT_S
from producer.sessions.feed import Figures
from producer.sessions.live import LiveSession
from shared.errors import (
    CatwalkError,
    ConnectionLost,
    LimitError,
    NoSessionError,
    OwnerError,
    StoppingError,
    StoreError,
)
from shared.messages import (
    Event,
    Message,
    SessionQuery,
    Sessions,
    SessionsQuery,
    Start,
    Stop,
    Watch,
    encode_message,
)
from shared.states import SessionState

START = encode_message(Start(consumer="me"))


class _Scene:
    """A conversation about one session on its stage."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.connection = FakeConnection()
        self.failure: Exception | None = None
        self.present: dict[str, Event] = {}
        self.conversing: asyncio.Task[None] | None = None
        self.rate = RateLimit(1000, stage.loop.time)

    @classmethod
    async def open(cls, **given: Any) -> _Scene:
        """A conversation that has begun."""
        scene = cls(Stage(**given))
        scene.begin()
        return scene

    def begin(self) -> None:
        """Converse in the background."""
        conversation = Conversation(
            self.connection.real,
            self._open,
            self._answer,
            figures=Figures(lambda: dict(self.present), self._last),
            metrics=self.stage.metrics,
            rate=self.rate,
        )
        self.conversing = asyncio.create_task(conversation.run())

    async def hear(self, *messages: str | bytes | Message | Exception | None) -> None:
        """Let the producer hear these, one after another."""
        for message in messages:
            text = encode_message(message) if isinstance(message, Message) else message
            self.connection.inbox.put_nowait(text)
            await settled()

    async def play(self) -> None:
        """Fetch the stream and take all frames that have credit."""
        asyncio.create_task(self.stage.live.play(self.stage.wire))
        await settled()

    def run(self, first: int, count: int) -> str:
        """Predictions of these frames, as text."""
        frames = range(first, first + count)
        return encode_message(predictions(crcs_of(self.stage.images, frames), first=first))

    @property
    def error(self) -> dict[str, Any]:
        """The last message, which must be a fatal error; the connection must be closed for it."""
        last = self.connection.answers[-1]
        assert last["type"] == "error" and last["fatal"]
        code = 1013 if last["code"] == "limit" else 1008
        assert self.connection.closed == (code, last["code"])
        assert self.conversing is not None and self.conversing.done()
        return last

    async def _open(self, start: Start, tell: Callable[[Message], Awaitable[None]]) -> LiveSession:
        if self.failure is not None:
            raise self.failure
        stage = self.stage
        stage.live = LiveSession(stage.core, stage.house, start=start, tell=tell)
        return stage.live

    async def _answer(self, query: SessionsQuery | SessionQuery) -> Message:
        if self.failure is not None:
            raise self.failure
        if isinstance(query, SessionQuery):
            raise NoSessionError("no such session", where="the ledger", got=query.session)
        return Sessions(sessions=())

    async def _last(self, told: Event) -> Event:
        if self.failure is not None:
            raise self.failure
        return told.model_copy(update={"state": "accepted", "verdict": "PASS"})

    def show(self, *, session: str = SESSION, sent: int = 0, state: str = "streaming") -> None:
        """Let these be the present figures of a session."""
        self.present[session] = Event(
            session=session,
            consumer="me",
            dataset="a.pickle",
            state=state,
            fps=10.0,
            frames=9,
            sent=sent,
            stored=0,
        )

    @property
    def seen(self) -> list[tuple[str, int]]:
        """State and frames sent of every event."""
        return [(event["state"], event["sent"]) for event in self.connection.answers]


@virtual
async def test_a_whole_session_is_conversed_in_order() -> None:
    scene = await _Scene.open(frames=4)
    await scene.hear(START)
    await scene.play()
    await scene.hear(scene.run(0, 1), scene.run(1, 3))
    await scene.hear(results(crcs_of(scene.stage.images, range(4))), None)
    assert scene.connection.kinds == ["finished", "stored", "stored", "accepted"]
    assert scene.connection.closed == (1000, "")
    assert scene.stage.core.state is SessionState.ACCEPTED


@virtual
async def test_runs_are_taken_while_an_earlier_one_is_written() -> None:
    scene = await _Scene.open(frames=4)
    await scene.hear(START)
    await scene.play()
    scene.stage.ledger.gate.clear()
    await scene.hear(scene.run(0, 1), scene.run(1, 1), scene.run(2, 1))
    assert (scene.stage.core.predicted, scene.connection.kinds) == (3, ["finished"])
    scene.stage.ledger.gate.set()
    await settled()
    assert [answer["through"] for answer in scene.connection.answers[1:]] == [0, 1, 2]


@virtual
async def test_a_stop_is_answered() -> None:
    scene = await _Scene.open(frames=4, fps=10.0)
    await scene.hear(START)
    await scene.play()
    await scene.hear(Stop(session=SESSION, at=1))
    assert scene.connection.kinds == ["stopped", "finished"]
    assert scene.connection.answers[0]["frames"] == 1


@virtual
async def test_queries_are_answered_with_and_without_a_session() -> None:
    scene = await _Scene.open()
    await scene.hear(SessionsQuery(), START, SessionsQuery(), SessionQuery(session=SESSION))
    assert scene.connection.kinds == ["sessions", "sessions", "error"]
    assert scene.connection.answers[-1] == {
        "type": "error",
        "code": "no-session",
        "message": f"no such session in the ledger: got {SESSION}",
        "fatal": False,
    }
    assert scene.connection.closed is None


@virtual
async def test_a_watcher_is_told_at_once_and_then_of_each_change() -> None:
    scene = await _Scene.open()
    scene.show(session="a" * 16)
    scene.show(session="b" * 16, sent=2)
    await scene.hear(Watch())
    assert scene.seen == [("streaming", 0), ("streaming", 2)]
    await asyncio.sleep(1.0)
    assert len(scene.seen) == 2
    scene.show(session="a" * 16, sent=1)
    await asyncio.sleep(2 * WATCH_S)
    assert scene.seen[2:] == [("streaming", 1)]


@virtual
async def test_a_session_is_told_of_at_most_four_times_a_second() -> None:
    scene = await _Scene.open()
    await scene.hear(Watch())
    for sent in range(190):
        scene.show(sent=sent)
        await asyncio.sleep(0.01)
    assert scene.connection.kinds == ["event"] * 7
    assert scene.seen[-1][1] >= 174


@virtual
async def test_a_session_that_has_left_gets_one_last_event() -> None:
    scene = await _Scene.open()
    scene.show(sent=9)
    await scene.hear(Watch())
    scene.present.clear()
    await asyncio.sleep(5.0)
    assert scene.seen == [("streaming", 9), ("accepted", 9)]
    assert scene.connection.answers[-1]["verdict"] == "PASS"


@virtual
async def test_a_slow_watcher_is_told_the_figures_of_the_moment() -> None:
    scene = await _Scene.open()
    scene.show()
    await scene.hear(Watch())
    scene.show(sent=1)
    scene.connection.gate.clear()
    await asyncio.sleep(2 * WATCH_S)
    for sent in range(2, 8):
        scene.show(sent=sent)
        await asyncio.sleep(0.5)
    scene.connection.gate.set()
    await asyncio.sleep(2 * WATCH_S)
    assert [sent for _, sent in scene.seen] == [0, 1, 7]


@virtual
async def test_a_frozen_watcher_is_cut() -> None:
    scene = await _Scene.open()
    scene.show()
    scene.connection.frozen = True
    await scene.hear(Watch())
    assert scene.conversing is not None
    await scene.conversing
    assert scene.connection.transport.aborted
    assert scene.stage.loop.time() == pytest.approx(SEND_TIMEOUT_S + CLOSE_TIMEOUT_S)


@virtual
async def test_a_watcher_that_leaves_is_forgotten() -> None:
    scene = await _Scene.open()
    await scene.hear(Watch(), None)
    assert scene.conversing is not None and scene.conversing.done()
    assert scene.connection.closed == (1000, "")
    scene.show()
    await asyncio.sleep(1.0)
    assert not scene.connection.sent


@virtual
async def test_queries_are_answered_beside_a_watch() -> None:
    scene = await _Scene.open()
    scene.show()
    await scene.hear(Watch(), SessionsQuery(), SessionQuery(session=SESSION))
    scene.show(sent=1)
    await asyncio.sleep(2 * WATCH_S)
    assert scene.connection.kinds == ["event", "sessions", "error", "event"]


@pytest.mark.parametrize(
    ("first", "second", "words"),
    [
        (Watch(), Watch(), "watch beside a watch"),
        (Watch(), Start(consumer="me"), "start beside a watch"),
        (Start(consumer="me"), Watch(), f"watch beside session {SESSION}"),
    ],
)
@virtual
async def test_a_watch_has_a_connection_of_its_own(
    first: Message, second: Message, words: str
) -> None:
    scene = await _Scene.open()
    await scene.hear(first, second)
    assert scene.error["code"] == "bad-state"
    assert scene.error["message"] == (
        f"{words} in this connection: expected a connection of its own"
    )


@virtual
async def test_a_ledger_that_fails_under_a_last_event_sends_the_watcher_away() -> None:
    scene = await _Scene.open()
    scene.show()
    await scene.hear(Watch())
    scene.present.clear()
    scene.failure = StoreError("the database failed", got="disk full")
    await asyncio.sleep(2 * WATCH_S)
    assert scene.error["code"] == "store-failed"


_HEAVY = " " * MAX_MESSAGE
_PREDICTIONS = {
    "type": "predictions",
    "session": SESSION,
    "epoch": 1,
    "first": 0,
    "labels": [0],
    "confidences": [0.5],
    "digest": "0" * 32,
}


@pytest.mark.parametrize(
    ("message", "code", "words"),
    [
        ("hello", "bad-message", "wrong content in a consumer's message"),
        ("", "bad-message", "wrong content"),
        ("[]", "bad-message", "wrong content"),
        ("null", "bad-message", "wrong content"),
        ("{}", "bad-message", "type"),
        ('{"type":"dance"}', "bad-message", "type"),
        ('{"type":"start"}', "bad-message", "consumer: Field required"),
        ('{"type":"start","consumer":"a b"}', "bad-message", "consumer"),
        ('{"type":"start","consumer":"a","fps":1e999}', "bad-message", "fps"),
        ('{"type":"start","consumer":"a","fps":NaN}', "bad-message", "wrong content"),
        ('{"type":"start","consumer":"a","count":-1}', "bad-message", "count"),
        ('{"type":"start","consumer":"\\ud800"}', "bad-message", "wrong content"),
        ("[" * 10_000, "bad-message", "wrong content"),
        (b'{"type":"start","consumer":"a"}', "bad-message", "expected text, got binary"),
        (START[:-1] + _HEAVY + "}", "bad-message", "message too large"),
        ('{"x":"' + "\u20ac" * 30_000 + '"}', "bad-message", "at most 65536 bytes, got 90008"),
        (json.dumps(_PREDICTIONS), "bad-state", "expected start first"),
        (json.dumps(_PREDICTIONS | {"labels": [0, 1]}), "bad-message", "confidences"),
        (encode_message(Stop(session=SESSION, at=0)), "bad-state", "message for another session"),
        (encode_message(results([])), "bad-state", "message for another session"),
    ],
)
@virtual
async def test_a_message_that_is_not_allowed_ends_in_one_error(
    message: str | bytes, code: str, words: str
) -> None:
    scene = await _Scene.open()
    with capture_logs() as logs:
        await scene.hear(message)
    assert scene.error["code"] == code
    assert words in scene.error["message"]
    assert len(scene.connection.sent) == 1
    assert [(line["event"], line["code"]) for line in logs] == [("refused", code)]
    assert f'catwalk_refusals_total{{code="{code}"}} 1.0' in scene.stage.metrics.render().decode()


@virtual
async def test_results_may_be_larger_than_other_messages() -> None:
    scene = await _Scene.open()
    await scene.hear(encode_message(results([]))[:-1] + _HEAVY + "}")
    assert scene.error["code"] == "bad-state"


@pytest.mark.parametrize(
    ("message", "code", "words"),
    [
        (START, "bad-state", f"start beside session {SESSION} in this connection"),
        (Stop(session="f" * 16, at=0), "bad-state", f"expected {SESSION}, got {'f' * 16}"),
        (Stop(session=SESSION, at=7), "bad-state", "stop at a wrong number"),
        (results([]), "bad-state", "event not allowed in a session that is streaming"),
        (predictions([1]), "digest-mismatch", "the pixels of both sides differ in frames 0 to 0"),
        (predictions([1], first=1), "bad-state", "wrong first sequence number"),
        (predictions([1], epoch=2), "bad-state", "wrong epoch"),
        (predictions([1] * 4), "bad-state", "run goes beyond the frames sent"),
    ],
)
@virtual
async def test_a_message_that_breaks_the_session_ends_in_one_error_and_suspends_the_session(
    message: str | Message, code: str, words: str
) -> None:
    scene = await _Scene.open(frames=100, fps=10.0)
    await scene.hear(START)
    await scene.play()
    await scene.hear(message)
    assert scene.error["code"] == code
    assert words in scene.error["message"]
    assert scene.stage.core.state is SessionState.SUSPENDED
    assert scene.stage.ledger.marks[-1] == (SessionState.SUSPENDED, 100)
    sent = len(scene.stage.frames)
    await asyncio.sleep(1.0)
    assert len(scene.stage.frames) == sent


@virtual
async def test_a_cut_stream_ends_the_conversation_with_an_error() -> None:
    scene = await _Scene.open()
    await scene.hear(START)
    scene.stage.live.cut(ConnectionLost("frame stream lost", where=f"session {SESSION}"))
    await settled()
    assert scene.error["code"] == "connection-lost"
    assert scene.error["message"] == f"frame stream lost in session {SESSION}"


@virtual
async def test_a_ledger_that_fails_under_a_run_ends_the_conversation() -> None:
    scene = await _Scene.open(frames=4)
    await scene.hear(START)
    await scene.play()
    scene.stage.ledger.failure = StoreError("the database failed", got="disk full")
    with capture_logs() as logs:
        await scene.hear(scene.run(0, 2))
    assert scene.error["code"] == "store-failed"
    assert "stored" not in scene.connection.kinds
    assert [line["event"] for line in logs] == [
        "session-suspended",
        "session-not-marked",
        "refused",
    ]


@virtual
async def test_a_ledger_that_fails_under_results_ends_the_conversation() -> None:
    scene = await _Scene.open(frames=4)
    await scene.hear(START)
    await scene.play()
    await scene.hear(scene.run(0, 4))
    scene.stage.ledger.failure = StoreError("the database failed", got="disk full")
    await scene.hear(results(crcs_of(scene.stage.images, range(4))))
    assert scene.error["message"] == "the database failed: got disk full"
    assert "accepted" not in scene.connection.kinds


@pytest.mark.parametrize("message", [START, encode_message(SessionsQuery())])
@virtual
async def test_a_bug_is_answered_without_its_words_and_logged_in_one_line(message: str) -> None:
    scene = await _Scene.open()
    scene.failure = ZeroDivisionError("secret")
    with capture_logs() as logs:
        await scene.hear(message)
    assert (scene.error["code"], scene.error["message"]) == ("internal", "the producer failed")
    assert logs[0] == {
        "event": "conversation-failed",
        "log_level": "error",
        "cause": "ZeroDivisionError('secret')",
        "exc_info": scene.failure,
    }


@virtual
async def test_a_consumer_that_leaves_in_the_middle_suspends_its_session() -> None:
    scene = await _Scene.open(frames=100, fps=10.0)
    await scene.hear(START)
    await scene.play()
    with capture_logs() as logs:
        await scene.hear(None)
    assert scene.stage.core.state is SessionState.SUSPENDED
    assert [(line["event"], line["cause"]) for line in logs] == [
        ("session-suspended", "the connection was closed")
    ]


@pytest.mark.parametrize("goodbye", [None, ConnectionClosedError(None, None)])
@virtual
async def test_a_consumer_that_leaves_because_its_stream_is_lost_has_that_cause(
    goodbye: Exception | None,
) -> None:
    scene = await _Scene.open(frames=100, fps=10.0)
    await scene.hear(START)
    scene.stage.live.lose_stream(ConnectionLost("frame stream lost"))
    with capture_logs() as logs:
        await scene.hear(goodbye)
    assert [line["cause"] for line in logs] == ["frame stream lost"]


@virtual
async def test_a_consumer_that_leaves_as_it_is_taken_over_has_that_cause() -> None:
    scene = await _Scene.open(frames=100, fps=10.0)
    await scene.hear(START)
    with capture_logs() as logs:
        scene.connection.inbox.put_nowait(None)
        scene.stage.live.supersede()
        await settled()
    causes = [line["cause"] for line in logs if line["event"] == "session-suspended"]
    assert causes == [f"the session goes on elsewhere in session {SESSION}"]


@virtual
async def test_a_conversation_that_is_cancelled_does_not_wait_for_the_ledger() -> None:
    scene = await _Scene.open(frames=100, fps=10.0)
    await scene.hear(START)
    scene.stage.ledger.marking.clear()
    assert scene.conversing is not None
    scene.conversing.cancel()
    await settled()
    assert scene.conversing.cancelled()
    assert scene.stage.ledger.marks[-1] == (SessionState.SUSPENDED, 100)


@virtual
async def test_a_connection_that_breaks_suspends_its_session_with_the_cause() -> None:
    scene = await _Scene.open(frames=100, fps=10.0)
    await scene.hear(START)
    await scene.play()
    with capture_logs() as logs:
        await scene.hear(ConnectionClosedError(None, None))
    assert [line["cause"] for line in logs] == ["no close frame received or sent"]
    assert not scene.connection.sent


@virtual
async def test_a_consumer_that_takes_no_message_is_cut_and_its_session_lost() -> None:
    scene = await _Scene.open(frames=100, fps=10.0)
    await scene.hear(START)
    await scene.play()
    scene.connection.frozen = True
    assert scene.conversing is not None
    await scene.conversing
    assert scene.connection.transport.aborted
    assert scene.stage.core.state is SessionState.SUSPENDED
    assert scene.stage.loop.time() <= 1.0 + 5.0 + 3.0 + 0.1


@virtual
async def test_a_consumer_that_is_gone_before_its_error_is_no_trouble() -> None:
    scene = await _Scene.open()
    scene.connection.broken = True
    with capture_logs() as logs:
        await scene.hear("hello")
    assert [line["event"] for line in logs] == ["refused", "left-before-the-error"]
    assert scene.conversing is not None and scene.conversing.done()


@pytest.mark.parametrize(
    ("failure", "code"),
    [
        (NoSessionError("no such session"), "no-session"),
        (OwnerError("another consumer's session"), "not-yours"),
        (StoppingError("the producer is stopping"), "stopping"),
        (LimitError("no room for another session"), "limit"),
    ],
)
@virtual
async def test_who_may_not_open_a_session_is_told_why_and_sent_away(
    failure: CatwalkError, code: str
) -> None:
    scene = await _Scene.open()
    scene.failure = failure
    await scene.hear(START)
    assert (scene.error["code"], scene.error["message"]) == (code, str(failure))
    assert f'catwalk_refusals_total{{code="{code}"}} 1.0' in scene.stage.metrics.render().decode()


@virtual
async def test_who_sends_too_many_messages_is_read_no_faster_and_is_not_cut() -> None:
    scene = _Scene(Stage())
    scene.rate = RateLimit(3, scene.stage.loop.time)
    scene.begin()
    await scene.hear(*[SessionsQuery()] * 9)
    assert scene.connection.kinds == ["sessions"] * 3
    await asyncio.sleep(2.1)
    assert scene.connection.kinds == ["sessions"] * 9
    assert not scene.connection.closed


@virtual
async def test_a_connection_that_is_taken_over_is_told_so_and_closed() -> None:
    scene = await _Scene.open(frames=100, fps=10.0)
    await scene.hear(START)
    await scene.play()
    scene.stage.live.supersede()
    await settled()
    assert scene.error["code"] == "taken-over"
    assert scene.error["message"] == f"the session goes on elsewhere in session {SESSION}"


@virtual
async def test_a_run_that_arrives_with_the_takeover_is_answered_with_it() -> None:
    scene = await _Scene.open(frames=100, fps=10.0)
    await scene.hear(START)
    await scene.play()
    scene.connection.inbox.put_nowait(scene.run(0, 1))
    scene.stage.live.supersede()
    await settled()
    assert scene.error["code"] == "taken-over"
    assert not scene.stage.ledger.runs


@virtual
async def test_a_run_that_does_not_match_is_counted_and_the_session_can_be_resumed() -> None:
    scene = await _Scene.open(frames=100, fps=10.0)
    await scene.hear(START)
    await scene.play()
    await scene.hear(predictions([1]))
    assert scene.error["code"] == "digest-mismatch"
    again = Stage(before=scene.stage)
    assert (again.core.wire.mismatches, again.core.wire.connections) == (1, 2)
    assert again.core.state is SessionState.OPENED


@virtual
async def test_a_session_that_has_ended_is_gone_without_the_collector() -> None:
    gc.disable()
    try:
        scene = await _Scene.open()
        await scene.hear(START, None)
        assert scene.conversing is not None and scene.conversing.done()
        live = weakref.ref(scene.stage.live)
        del scene.stage.live, scene.conversing
        await settled()
        assert live() is None
    finally:
        gc.enable()
