"""Producer listens, opens sessions, drains and stops; with fakes for ports and ledger."""

from __future__ import annotations

import asyncio
import errno
import json
import math
import os
import signal
from typing import Any

import numpy as np
import pytest
from fake_ledger import FakeLedger, new_record
from producer_parts import SESSION, image_set, run_virtual, settled, virtual
from producer_wires import FakeConnection, FakeServe, FakeServer
from structlog.testing import capture_logs
from structlog.typing import EventDict

from producer.app import ABORT_S, CLOSE_S, DRAIN_S, Producer
from producer.datasets.resolve import ResolvedDataset
from producer.ledger import sessions
from producer.sessions.house import Clock
from producer.settings import ProducerSettings
from producer.vitals import WriterPulse
from shared.errors import FrameError, PortError, StoreError
from shared.frames import decode_frame
from shared.intake.imageset import ImageSet
from shared.intake.ragged import RaggedImages
from shared.messages import FRAMES_PROTOCOL, Message, Start, Stop, Watch, encode_message
from shared.reports import ProducerWire
from shared.states import SessionState

START = Start(consumer="me", fps=10.0, count=50)


class _Ports:
    """Both fake ports, and a producer on them."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.stream, self.channel = FakeServe(1111), FakeServe(2222)
        self.ledger = FakeLedger()
        self.tasks: list[asyncio.Task[None]] = []
        monkeypatch.setattr("producer.ports.door.serve", self._serve)
        monkeypatch.setattr("producer.ports.door.Door.abort", self._abort)
        self.aborted = False

    def producer(
        self,
        *,
        name: str = "a.pickle",
        origin: str = "file",
        images: ImageSet | None = None,
        **options: Any,
    ) -> Producer:
        """A producer of six images unless others are given; its ledger is ``self.ledger``."""
        dataset = ResolvedDataset(images or image_set(), name, origin)
        settings = ProducerSettings(**options)
        return Producer(settings, dataset, self.ledger.real)

    def _abort(self) -> None:
        self.aborted = True

    async def _serve(self, *given: Any, **options: Any) -> FakeServer:
        port = self.stream if options["subprotocols"] == [FRAMES_PROTOCOL] else self.channel
        return await port(*given, **options)

    async def converse(self, *messages: Message) -> FakeConnection:
        """A connection to the session channel on which these were said."""
        connection = FakeConnection()
        self.tasks.append(asyncio.create_task(self.channel.handle(connection)))
        for message in messages:
            connection.inbox.put_nowait(encode_message(message))
            await settled()
        return connection

    async def fetch(self, connection: FakeConnection) -> FakeConnection:
        """The stream of the session that the connection has started."""
        stream = FakeConnection(connection.answers[0]["path"])
        self.tasks.append(asyncio.create_task(self.stream.handle(stream)))
        await settled()
        return stream


@pytest.fixture(name="ports")
def fake_ports(monkeypatch: pytest.MonkeyPatch) -> _Ports:
    """In the place of real ones."""
    return _Ports(monkeypatch)


async def _serving(producer: Producer) -> asyncio.Task[None]:
    task = asyncio.create_task(producer.serve())
    await settled()
    return task


def _events(logs: list[EventDict]) -> list[str]:
    return [line["event"] for line in logs]


@virtual
async def test_both_ports_are_listened_on_until_it_is_told_to_stop(ports: _Ports) -> None:
    producer = ports.producer(host="127.0.0.2", port=61, session_port=62)
    with capture_logs() as logs:
        serving = await _serving(producer)
        assert (ports.stream.address, ports.channel.address) == (
            ("127.0.0.2", 61),
            ("127.0.0.2", 62),
        )
        producer.stop()
        await serving
    assert _events(logs) == ["serving", "stopping", "stopped"]
    assert (logs[0]["port"], logs[0]["session_port"], logs[0]["images"]) == (1111, 2222, 6)
    assert ports.stream.server.closed and ports.channel.server.closed


@virtual
async def test_its_health_is_that_of_the_ledger_the_sessions_and_its_own_phase(
    ports: _Ports,
) -> None:
    def health() -> tuple[int, dict[str, Any]]:
        answer = ports.channel.ask("/healthz")
        assert answer is not None and answer.body is not None
        return answer.status_code, json.loads(answer.body)

    producer = ports.producer()
    serving = await _serving(producer)
    assert health() == (200, {"status": "ok", "sessions": 0, "reasons": []})
    await ports.converse(START)
    assert health()[1]["sessions"] == 1
    ports.ledger.writer = WriterPulse(alive=False, waiting_s=0.0, quiet_s=0.0)
    assert (health()[0], health()[1]["status"]) == (503, "dead")
    ports.ledger.writer = WriterPulse(alive=True, waiting_s=0.0, quiet_s=0.0)
    producer.stop()
    assert (health()[0], health()[1]["status"]) == (503, "stopping")
    await serving


@virtual
async def test_a_session_that_sends_nothing_is_told_unless_nothing_is_to_be_sent(
    ports: _Ports, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def hang(*_: object) -> None:
        await asyncio.Event().wait()

    def statuses() -> tuple[str, list[str]]:
        answer = ports.channel.ask("/healthz")
        assert answer is not None and answer.body is not None
        document = json.loads(answer.body)
        return document["status"], document["reasons"]

    loop = asyncio.get_running_loop()
    monkeypatch.setattr("producer.app.anchored_clock", lambda: Clock(loop.time, lambda: 0))
    # As if the 5 s after which a send is cut never came.
    monkeypatch.setattr("producer.ports.playing.FrameWire.send", hang)
    producer = ports.producer()
    serving = await _serving(producer)
    connection = await ports.converse(START)
    await asyncio.sleep(60.0)
    assert statuses() == ("ok", [])
    await ports.fetch(connection)
    await asyncio.sleep(10.0)
    assert statuses() == ("ok", [])
    await asyncio.sleep(1.0)
    session = connection.answers[0]["session"]
    reason = f"session {session} has sent nothing for 11 s while a frame is due"
    assert statuses() == ("stalled", [reason])
    producer.stop()
    await settled()
    assert statuses() == ("stopping", ["the producer was told to stop"])
    await serving


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
@virtual
async def test_a_signal_stops_it(number: signal.Signals, ports: _Ports) -> None:
    serving = await _serving(ports.producer())
    os.kill(os.getpid(), number)
    async with asyncio.timeout(5.0):
        await serving


@pytest.mark.parametrize("taken", ["stream", "channel"])
@virtual
async def test_a_port_that_is_taken_is_an_error_and_leaves_nothing_open(
    taken: str, ports: _Ports
) -> None:
    getattr(ports, taken).failure = OSError(errno.EADDRINUSE, "address already in use")
    with pytest.raises(
        PortError,
        match=r"cannot listen at 127.0.0.1:\d+: expected a free port, got address already in use",
    ):
        await ports.producer().serve()
    assert ports.stream.server.closed == (taken == "channel")


@virtual
async def test_a_session_is_started_as_asked(ports: _Ports) -> None:
    serving = await _serving(ports.producer(window=5))
    connection = await ports.converse(START)
    (started,) = connection.answers
    assert started["path"] == f"/{started['session']}/1"
    del started["session"], started["path"]
    assert started == {
        "type": "started",
        "epoch": 1,
        "frames": 50,
        "fps": 10.0,
        "delivery": "every",
        "height": 4,
        "width": 4,
        "channels": 1,
        "classes": ["shoe", "coat", "bag"],
        "dataset": "a.pickle",
        "origin": "file",
        "next": 0,
        "digest": "0" * 32,
        "window": 5,
        "port": 1111,
    }
    (record,) = ports.ledger.created
    assert (record.consumer, record.dataset, record.frames) == ("me", "a.pickle", 50)
    assert record.dataset_digest == image_set().digest()
    serving.cancel()


@pytest.mark.parametrize(
    ("start", "options", "frames", "fps"),
    [
        (Start(consumer="me"), {}, 6, 10.0),
        (Start(consumer="me"), {"count": 4, "fps": 2.0}, 4, 2.0),
        (Start(consumer="me", count=9, fps=0.0), {"count": 4, "fps": 2.0}, 9, 0.0),
    ],
)
@virtual
async def test_what_a_consumer_does_not_say_is_taken_from_the_settings_then_the_data_set(
    start: Start, options: dict[str, Any], frames: int, fps: float, ports: _Ports
) -> None:
    serving = await _serving(ports.producer(**options))
    (started,) = (await ports.converse(start)).answers
    assert (started["frames"], started["fps"]) == (frames, fps)
    serving.cancel()


@virtual
async def test_long_and_strange_names_of_data_sets_are_shortened(ports: _Ports) -> None:
    path = "/folder" * 60 + "/images\udcff.pickle"
    serving = await _serving(ports.producer(name=path, origin=f"file {path}"))
    (started,) = (await ports.converse(START)).answers
    for name in (started["dataset"], started["origin"]):
        assert len(name) == 200
        assert name.startswith("...") and name.endswith("/folder/images?.pickle")
    serving.cancel()


@virtual
async def test_a_session_that_the_ledger_cannot_keep_is_not_opened(ports: _Ports) -> None:
    producer = ports.producer()
    serving = await _serving(producer)
    ports.ledger.failure = StoreError("the database failed", got="disk full")
    connection = await ports.converse(START)
    assert connection.answers[-1]["code"] == "store-failed"
    assert connection.kinds == ["error"]
    producer.stop()
    await serving
    assert asyncio.get_running_loop().time() == 0.0


@virtual
async def test_a_consumer_that_is_gone_before_its_session_starts_leaves_nothing(
    ports: _Ports,
) -> None:
    producer = ports.producer()
    serving = await _serving(producer)
    connection = await ports.converse()
    connection.broken = True
    connection.inbox.put_nowait(encode_message(START))
    await settled()
    metrics = ports.channel.ask("/metrics")
    assert metrics is not None and b"catwalk_sessions_live 0.0" in (metrics.body or b"")
    assert ports.ledger.marks == [(SessionState.SUSPENDED, 50)]
    producer.stop()
    await serving
    assert asyncio.get_running_loop().time() == 0.0


@virtual
async def test_a_session_of_a_consumer_that_left_is_forgotten(ports: _Ports) -> None:
    serving = await _serving(ports.producer())
    connection = await ports.converse(START)
    path = connection.answers[0]["path"]
    assert ports.stream.ask(path) is None
    connection.inbox.put_nowait(None)
    await settled()
    answer = ports.stream.ask(path)
    assert answer is not None and answer.status_code == 404
    serving.cancel()


@virtual
async def test_a_watcher_is_told_of_a_session_until_it_has_left(ports: _Ports) -> None:
    serving = await _serving(ports.producer(name="/folder" * 60 + "/a.pickle"))
    watcher = await ports.converse(Watch())
    consumer = await ports.converse(START)
    session = consumer.answers[0]["session"]
    await asyncio.sleep(0.3)
    await ports.fetch(consumer)
    await asyncio.sleep(0.35)
    consumer.inbox.put_nowait(None)
    await asyncio.sleep(0.3)
    events = watcher.answers
    assert {(event["type"], event["session"], event["consumer"]) for event in events} == {
        ("event", session, "me")
    }
    assert {event["dataset"] for event in events} == {consumer.answers[0]["dataset"]}
    assert [(event["state"], event["sent"]) for event in events] == [
        ("opened", 0),
        ("streaming", 2),
        ("suspended", 2),
    ]
    serving.cancel()


@virtual
async def test_draining_ends_every_session_and_waits_for_its_results(ports: _Ports) -> None:
    producer = ports.producer()
    serving = await _serving(producer)
    opened, streaming, stopped = [await ports.converse(START) for _ in range(3)]
    stream = await ports.fetch(streaming)
    await ports.fetch(stopped)
    stopped.inbox.put_nowait(encode_message(Stop(session=stopped.answers[0]["session"], at=1)))
    await asyncio.sleep(0.25)
    producer.stop()
    await settled()
    assert opened.kinds == ["started", "stopped", "finished"]
    assert streaming.kinds == ["started", "stopped", "finished"]
    assert stopped.kinds == ["started", "stopped", "finished"]
    assert streaming.answers[1]["frames"] == len(stream.sent) > 0
    assert (opened.answers[1]["by"], streaming.answers[1]["by"]) == ("producer", "producer")
    assert (stopped.answers[1]["frames"], stopped.answers[1]["by"]) == (1, "consumer")
    assert not serving.done()
    for connection in (opened, streaming, stopped):
        connection.inbox.put_nowait(None)
    await serving
    assert asyncio.get_running_loop().time() == pytest.approx(0.25)


@virtual
async def test_a_stream_fetched_while_draining_is_empty_and_ends_normally(ports: _Ports) -> None:
    producer = ports.producer()
    serving = await _serving(producer)
    connection = await ports.converse(START)
    producer.stop()
    await settled()
    stream = await ports.fetch(connection)
    assert (stream.sent, stream.closed) == ([], (1000, ""))
    connection.inbox.put_nowait(None)
    await serving


@virtual
async def test_no_session_is_opened_while_stopping(ports: _Ports) -> None:
    producer = ports.producer()
    serving = await _serving(producer)
    first = await ports.converse(START)
    producer.stop()
    await settled()
    second = await ports.converse(START)
    assert second.kinds == ["error"]
    assert second.answers[0]["message"] == "the producer is stopping in start"
    first.inbox.put_nowait(None)
    await serving


@virtual
async def test_a_session_that_was_being_opened_when_the_stop_came_is_refused(
    ports: _Ports,
) -> None:
    producer = ports.producer()
    serving = await _serving(producer)
    ports.ledger.gate.clear()
    connection = await ports.converse(START)
    producer.stop()
    ports.ledger.gate.set()
    await settled()
    assert connection.kinds == ["error"]
    assert ports.ledger.marks == [(SessionState.SUSPENDED, 50)]
    await serving


@virtual
async def test_a_consumer_that_never_answers_holds_the_stop_up_only_so_long(
    ports: _Ports,
) -> None:
    producer = ports.producer()
    with capture_logs() as logs:
        serving = await _serving(producer)
        await ports.converse(START)
        ports.channel.server.stuck = True
        producer.stop()
        await serving
    assert "drain-timed-out" in _events(logs) and "close-timed-out" in _events(logs)
    assert ports.aborted
    assert asyncio.get_running_loop().time() == pytest.approx(DRAIN_S + CLOSE_S + ABORT_S)
    assert DRAIN_S + CLOSE_S + ABORT_S <= 7.0


@virtual
async def test_a_consumer_that_errs_while_draining_gets_its_error_before_the_close(
    ports: _Ports,
) -> None:
    producer = ports.producer()
    serving = await _serving(producer)
    connection = await ports.converse(START)
    producer.stop()
    await settled()
    connection.inbox.put_nowait("hello")
    await serving
    assert connection.kinds == ["started", "stopped", "finished", "error"]
    assert connection.closed == (1008, "bad-message")


@virtual
async def test_one_session_that_cannot_be_ended_does_not_keep_the_others_from_it(
    ports: _Ports,
) -> None:
    producer = ports.producer()
    serving = await _serving(producer)
    broken, sound = [await ports.converse(START) for _ in range(2)]
    broken.broken = True
    with capture_logs() as logs:
        producer.stop()
        await settled()
        assert sound.kinds == ["started", "stopped", "finished"]
        for connection in (broken, sound):
            connection.inbox.put_nowait(None)
        await serving
    assert "session-not-ended" in _events(logs)
    assert logs[-1]["event"] == "stopped"


def _left(ledger: FakeLedger, session: str, **given: Any) -> None:
    """A session that was live when an earlier producer was killed."""
    record = new_record(session, dataset_digest=image_set().digest(), **given)
    ledger.at_once(sessions.create, record)
    wire = ProducerWire(frames=9, connections=1)
    ledger.at_once(
        sessions.mark, session, 1, SessionState.STREAMING, record.frames, skips=(), wire=wire
    )


@virtual
async def test_what_an_earlier_life_left_is_suspended_and_can_be_resumed(ports: _Ports) -> None:
    _left(ports.ledger, SESSION, frames=50, fps=5.0)
    producer = ports.producer()
    with capture_logs() as logs:
        serving = await _serving(producer)
    assert logs[0] == {"event": "sessions-to-resume", "log_level": "info", "sessions": 1}
    kept = ports.ledger.at_once(sessions.kept, SESSION)
    assert (kept.state, kept.epoch) == (SessionState.SUSPENDED, 1)
    connection = await ports.converse(Start(consumer="me", session=SESSION))
    (started,) = connection.answers
    assert (started["epoch"], started["frames"], started["fps"]) == (2, 50, 5.0)
    assert started["path"] == f"/{SESSION}/2"
    stream = await ports.fetch(connection)
    assert decode_frame(stream.sent[0])[0].epoch == 2
    serving.cancel()


@virtual
async def test_each_delivery_has_the_window_of_its_setting(ports: _Ports) -> None:
    serving = await _serving(ports.producer(window=5, newest_window=3))
    for delivery, window in (("every", 5), ("newest", 3)):
        start = START.model_copy(update={"delivery": delivery})
        (started,) = (await ports.converse(start)).answers
        assert (started["delivery"], started["window"]) == (delivery, window)
    serving.cancel()


@virtual
@pytest.mark.parametrize(
    ("shapes", "window"),
    [
        ([(1024, 1024, 1), (8, 8, 3)], 256),
        ([(8, 8, 3), (4096, 4096, 3)], 5),
        ([(256, 1024, 1)], 1000),
    ],
)
async def test_of_large_images_no_more_are_on_their_way_than_have_256_mib(
    ports: _Ports, shapes: list[tuple[int, int, int]], window: int
) -> None:
    pixels = np.zeros(sum(math.prod(shape) for shape in shapes), np.uint8)
    images = ImageSet(RaggedImages(pixels, np.array(shapes)))
    serving = await _serving(ports.producer(images=images, window=1000))
    (started,) = (await ports.converse(START)).answers
    assert started["window"] == window
    serving.cancel()


@virtual
async def test_no_more_sessions_are_opened_than_its_setting_says(ports: _Ports) -> None:
    serving = await _serving(ports.producer(max_sessions=1))
    await ports.converse(START)
    second = await ports.converse(START)
    assert (second.answers[0]["code"], second.closed) == ("limit", (1013, "limit"))
    serving.cancel()


@virtual
async def test_faults_are_made_as_its_setting_says(ports: _Ports) -> None:
    serving = await _serving(ports.producer(chaos="corrupt=1"))
    connection = await ports.converse(START)
    stream = await ports.fetch(connection)
    with pytest.raises(FrameError, match="wrong CRC-32"):
        decode_frame(stream.sent[0])
    serving.cancel()


@virtual
async def test_a_stream_of_an_earlier_epoch_is_not_found(ports: _Ports) -> None:
    serving = await _serving(ports.producer())
    first = await ports.converse(START)
    session = first.answers[0]["session"]
    await ports.converse(START.model_copy(update={"session": session}))
    assert first.kinds == ["started", "error"] and first.answers[1]["code"] == "taken-over"
    assert ports.stream.ask(f"/{session}/2") is None
    answer = ports.stream.ask(f"/{session}/1")
    assert answer is not None and answer.status_code == 404
    serving.cancel()


def test_a_second_signal_stops_it_at_once(ports: _Ports) -> None:
    async def twice() -> None:
        await _serving(ports.producer())
        await ports.converse(START)
        os.kill(os.getpid(), signal.SIGTERM)
        await settled()
        os.kill(os.getpid(), signal.SIGTERM)
        await asyncio.sleep(1.0)

    with pytest.raises(KeyboardInterrupt):
        run_virtual(twice())
    assert ports.aborted and ports.ledger.hurried


@virtual
async def test_once_the_sessions_were_to_settle_a_failing_ledger_is_waited_for_no_more(
    ports: _Ports,
) -> None:
    producer = ports.producer()
    serving = await _serving(producer)
    await ports.converse(START)
    ports.ledger.marking.clear()
    producer.stop()
    await asyncio.sleep(DRAIN_S - 0.1)
    assert not ports.ledger.hurried
    await serving
    assert ports.ledger.hurried
    assert asyncio.get_running_loop().time() <= DRAIN_S + CLOSE_S + ABORT_S


@virtual
async def test_a_stop_that_comes_before_a_session_has_begun_sends_its_consumer_away(
    ports: _Ports,
) -> None:
    _left(ports.ledger, SESSION, frames=50, fps=5.0)
    producer = ports.producer()
    serving = await _serving(producer)
    connection = await ports.converse()
    connection.gate.clear()
    again = Start(consumer="me", session=SESSION, recall=True)
    connection.inbox.put_nowait(encode_message(again))
    await settled()
    producer.stop()
    await settled()
    connection.gate.set()
    await serving
    assert connection.kinds == ["started", "error"]
    assert connection.answers[-1]["code"] == "stopping"
    kept = ports.ledger.at_once(sessions.kept, SESSION)
    assert (kept.state, kept.record.frames) == (SessionState.SUSPENDED, 50)
