"""Producer over real ports: sessions by hand, good ones and bad ones, many at a time."""

from __future__ import annotations

import asyncio
import base64
import json
import math
import socket
import struct
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from message_examples import png
from producer_client import Consumer, real, service, until
from producer_parts import image_set, predictions, results
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.typing import Origin, Subprotocol

from producer.app import Producer
from producer.datasets.resolve import ResolvedDataset
from producer.ledger.ledger import Ledger
from producer.ledger.records import StoredRun
from producer.settings import ProducerSettings
from shared.errors import PortError, StoreError
from shared.intake.imageset import ImageSet
from shared.intake.ragged import RaggedImages
from shared.messages import (
    FRAMES_PROTOCOL,
    SESSION_PROTOCOL,
    Error,
    Finished,
    Session,
    SessionQuery,
    Sessions,
    SessionsQuery,
    Start,
    Stop,
    Stopped,
    Stored,
)
from shared.reports import Sample
from shared.settings import load_settings
from shared.states import SessionState


async def _session(consumer: Consumer, name: str) -> Session:
    await consumer.say(SessionQuery(session=name))
    return await consumer.hear(Session)


@real
async def test_a_whole_session_passes_and_is_scored(tmp_path: Path) -> None:
    async with service(tmp_path) as running, Consumer.connect(running.address) as consumer:
        started = await consumer.start(fps=0.0, count=15, classes=("shoe", "coat", "bag"))
        assert started.port == running.ports[0]
        await consumer.play(15)
        accepted = await consumer.settle()
        assert (accepted.balance.verdict, accepted.balance.reasons) == ("PASS", ())
        assert accepted.score is not None
        assert (accepted.score.accuracy, accepted.score.scored) == (1.0, 15)
        kept = await _session(consumer, started.session)
        assert (kept.balance, kept.score) == (accepted.balance, accepted.score)
        assert (kept.info.state, kept.info.stored) == ("accepted", 15)
        metrics = (await running.get("/metrics"))[2]
    assert "catwalk_frames_sent_total 15.0" in metrics
    assert 'catwalk_verdicts_total{verdict="PASS"} 1.0' in metrics
    assert not running.events("refused")


@real
async def test_frames_come_at_their_pace(tmp_path: Path) -> None:
    loop = asyncio.get_running_loop()
    async with service(tmp_path) as running, Consumer.connect(running.address) as consumer:
        await consumer.start(fps=50.0, count=26)
        async with consumer.stream() as stream:
            await consumer.frame(stream)
            begin = loop.time()
            for _ in range(25):
                await consumer.frame(stream)
            assert 0.4 < loop.time() - begin < 2.0
        finished = await consumer.hear(Finished)
        assert finished.send_lag is not None and finished.send_lag.count == 26


@real
async def test_no_more_frames_come_than_the_window_allows(tmp_path: Path) -> None:
    async with service(tmp_path, window=3) as running:
        async with Consumer.connect(running.address) as consumer:
            assert (await consumer.start(fps=0.0, count=8)).window == 3
            async with consumer.stream() as stream:
                for _ in range(3):
                    await consumer.frame(stream)
                with pytest.raises(TimeoutError):
                    async with asyncio.timeout(0.2):
                        await stream.recv()
                await consumer.predict(0, 2)
                for _ in range(2):
                    await consumer.frame(stream)


@pytest.mark.parametrize("offered", [["catwalk.session.v9"], None])
@pytest.mark.parametrize("port", [0, 1])
@real
async def test_another_version_of_the_protocol_is_told_so_in_words(
    port: int, offered: list[str] | None, tmp_path: Path
) -> None:
    async with service(tmp_path) as running, Consumer.connect(running.address) as consumer:
        started = await consumer.start()
        address = f"ws://127.0.0.1:{running.ports[port]}{'' if port else started.path}"
        protocols = [Subprotocol(name) for name in offered] if offered else None
        with pytest.raises(InvalidStatus) as refused:
            await connect(address, subprotocols=protocols, proxy=None)
        answer = refused.value.response
        assert answer.status_code == 400
        expected = (FRAMES_PROTOCOL, SESSION_PROTOCOL)[port] if offered else "subprotocol"
        assert expected in (answer.body or b"").decode()


@real
async def test_a_web_page_is_not_let_in(tmp_path: Path) -> None:
    async with service(tmp_path) as running:
        with pytest.raises(InvalidStatus) as refused:
            await connect(
                running.address,
                origin=Origin("http://evil.example"),
                subprotocols=[Subprotocol(SESSION_PROTOCOL)],
                proxy=None,
            )
        assert refused.value.response.status_code == 403


GARBAGE: list[tuple[str | bytes, str]] = [
    ("\x00\x01\x02", "bad-message"),
    ("{", "bad-message"),
    ("[1, 2, 3]", "bad-message"),
    ('"start"', "bad-message"),
    ("{}", "bad-message"),
    ('{"type": "launch"}', "bad-message"),
    ('{"type": "start", "consumer": "me", "extra": 1}', "bad-message"),
    ('{"type": "start", "consumer": "me", "count": 9e99}', "bad-message"),
    ("[" * 30_000, "bad-message"),
    (b"\xff\xfe binary", "bad-message"),
    ('{"type": "start", "consumer": "' + "x" * 70_000 + '"}', "bad-message"),
    ('{"type": "stop", "session": "0123456789abcdef", "at": 0}', "bad-state"),
]


@real
async def test_garbage_closes_its_own_connection_and_no_other(tmp_path: Path) -> None:
    async with service(tmp_path) as running, Consumer.connect(running.address) as sound:
        await sound.start(fps=40.0, count=40)
        playing = asyncio.create_task(sound.play(40))
        for text, code in GARBAGE:
            async with Consumer.connect(running.address) as consumer:
                await consumer.channel.send(text)
                error = await consumer.refused()
                assert error.code == code and error.message
        await playing
        assert (await sound.settle()).balance.verdict == "PASS"
    assert len(running.events("refused")) == len(GARBAGE)


@real
async def test_a_message_beyond_every_limit_is_cut_off_at_its_header(tmp_path: Path) -> None:
    async with service(tmp_path) as running:
        reader, writer = await asyncio.open_connection("127.0.0.1", running.ports[1])
        writer.write(
            b"GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
            b"Sec-WebSocket-Protocol: " + SESSION_PROTOCOL.encode() + b"\r\n\r\n"
        )
        assert b"101" in await reader.readuntil(b"\r\n\r\n")
        # A masked text frame that says it will be 5 MiB long (RFC 6455, section 5.2).
        writer.write(b"\x81\xff" + struct.pack(">Q", 5 * 2**20) + b"mask")
        close = await reader.read(4)
        assert (close[0], struct.unpack(">H", close[2:])[0]) == (0x88, 1009)
        writer.close()
        await writer.wait_closed()


@real
async def test_text_that_is_not_utf8_is_cut_off(tmp_path: Path) -> None:
    async with service(tmp_path) as running, Consumer.connect(running.address) as consumer:
        with pytest.raises(ConnectionClosed) as closed:
            await consumer.channel.send(b"\xff\xff", text=True)
            await consumer.channel.recv()
        assert closed.value.rcvd is not None and closed.value.rcvd.code == 1007


def _stop(session: str, at: int) -> Stop:
    return Stop(session=session, at=at)


@pytest.mark.parametrize(
    ("wrong", "code", "words"),
    [
        ({"first": 1}, "bad-state", "wrong first sequence number"),
        ({"crcs": [7]}, "digest-mismatch", "the pixels of both sides differ"),
        ({"epoch": 2}, "bad-state", "wrong epoch"),
        ({"crcs": [0] * 5}, "bad-state", "run goes beyond the frames sent"),
        ({"session": "f" * 16}, "bad-state", "message for another session"),
    ],
)
@real
async def test_wrong_predictions_end_the_session_with_an_error(
    wrong: dict[str, Any], code: str, words: str, tmp_path: Path
) -> None:
    async with service(tmp_path, window=4) as running:
        async with Consumer.connect(running.address) as consumer:
            started = await consumer.start(fps=0.0, count=9)
            async with consumer.stream() as stream:
                for _ in range(4):
                    await consumer.frame(stream)
                given = {"crcs": consumer.crcs[:1], "session": started.session} | wrong
                await consumer.say(predictions(**given))
                error = await consumer.refused()
                assert error.code == code and words in error.message
                await stream.wait_closed()
                assert (stream.close_code, stream.close_reason) == (1008, "the session was lost")
        async with Consumer.connect(running.address) as other:
            info = (await _session(other, started.session)).info
            assert (info.state, info.stored) == ("suspended", 0)


@real
async def test_predictions_before_any_frame_and_a_second_start_are_refused(
    tmp_path: Path,
) -> None:
    async with service(tmp_path) as running:
        async with Consumer.connect(running.address) as early:
            await early.start()
            await early.say(predictions([1], session=early.session))
            assert "a session that is opened" in (await early.refused()).message
        async with Consumer.connect(running.address) as twice:
            await twice.start()
            await twice.say(Start(consumer="hand"))
            assert f"start beside session {twice.session}" in (await twice.refused()).message


@real
async def test_results_before_every_frame_is_stored_are_refused(tmp_path: Path) -> None:
    async with service(tmp_path) as running, Consumer.connect(running.address) as consumer:
        await consumer.start(fps=0.0, count=4)
        async with consumer.stream() as stream:
            for _ in range(4):
                await consumer.frame(stream)
            await consumer.predict(0, 3)
            assert (await consumer.hear(Stored)).through == 2
            await consumer.say(results(consumer.crcs, session=consumer.session))
            assert "a session that is draining" in (await consumer.refused()).message


@real
async def test_the_same_results_get_the_same_receipt_and_others_are_refused(
    tmp_path: Path,
) -> None:
    sample = Sample(
        sequence=1, index=1, label=1, name="coat", confidence=0.5, png=base64.b64encode(png(2, 1))
    )
    async with service(tmp_path) as running, Consumer.connect(running.address) as consumer:
        await consumer.start(fps=0.0, count=4)
        await consumer.play(4)
        first, again = await consumer.settle(), await consumer.settle()
        assert first == again
        await consumer.say(results(consumer.crcs, session=consumer.session, samples=(sample,)))
        error = await consumer.refused()
        assert "other results were accepted before" in error.message
        async with Consumer.connect(running.address) as other:
            assert (await _session(other, consumer.session)).info.state == "accepted"


@real
async def test_counts_that_differ_fail_and_say_why(tmp_path: Path) -> None:
    async with service(tmp_path) as running, Consumer.connect(running.address) as consumer:
        await consumer.start(fps=0.0, count=4)
        await consumer.play(4)
        consumer.crcs.pop()
        sheet = (await consumer.settle()).balance
        assert sheet.verdict == "FAIL"
        assert "consumer: received: expected 4 (sent), got 3" in sheet.reasons


@real
async def test_a_stream_that_is_not_there_is_not_found(tmp_path: Path) -> None:
    async with service(tmp_path) as running:
        for path in ("/0123456789abcdef", "/", "/../etc/passwd"):
            with pytest.raises(InvalidStatus) as refused:
                await connect(
                    f"ws://127.0.0.1:{running.ports[0]}{path}",
                    subprotocols=[Subprotocol(FRAMES_PROTOCOL)],
                    proxy=None,
                )
            assert refused.value.response.status_code == 404
            assert b"No such session" in (refused.value.response.body or b"")


@real
async def test_a_second_fetch_is_refused_while_the_first_goes_on(tmp_path: Path) -> None:
    async with service(tmp_path) as running, Consumer.connect(running.address) as consumer:
        await consumer.start(fps=40.0, count=12)
        playing = asyncio.create_task(consumer.play(12))
        await until(lambda: bool(consumer.crcs))
        async with consumer.stream() as second:
            with pytest.raises(ConnectionClosed):
                await second.recv()
            assert second.close_code == 1008
            assert "fetched before" in (second.close_reason or "")
        await playing
        assert (await consumer.settle()).balance.verdict == "PASS"


@real
async def test_a_cut_stream_ends_the_session_with_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("producer.sessions.live.LINGER_S", 0.2)
    async with service(tmp_path) as running, Consumer.connect(running.address) as consumer:
        started = await consumer.start(fps=50.0, count=500)
        async with consumer.stream() as stream:
            await consumer.frame(stream)
            stream.transport.abort()
        error = await consumer.refused()
        assert error.code == "connection-lost"
        assert error.message.startswith(f"frame stream lost in session {started.session}")
        async with Consumer.connect(running.address) as other:
            assert (await _session(other, started.session)).info.state == "suspended"


@real
async def test_a_consumer_that_vanishes_leaves_a_suspended_session(tmp_path: Path) -> None:
    async with service(tmp_path) as running:
        async with Consumer.connect(running.address) as consumer:
            started = await consumer.start(fps=50.0, count=500)
            async with consumer.stream() as stream:
                await consumer.frame(stream)
                consumer.channel.transport.abort()
                await until(lambda: bool(running.events("session-suspended")))
        async with Consumer.connect(running.address) as other:
            assert (await _session(other, started.session)).info.state == "suspended"
        assert "catwalk_sessions_live 0.0" in (await running.get("/metrics"))[2]


@real
async def test_health_metrics_and_unknown_paths_are_answered(tmp_path: Path) -> None:
    async with service(tmp_path) as running:
        status, kind, body = await running.get("/healthz")
        assert (status, kind) == (200, "application/json")
        assert json.loads(body) == {"status": "ok", "sessions": 0, "reasons": []}
        status, kind, body = await running.get("/metrics")
        assert (status, kind) == (200, "text/plain; version=0.0.4; charset=utf-8")
        assert "# TYPE catwalk_frames_sent_total counter" in body
        assert (await running.get("/elsewhere"))[0] == 404


class _FragileLedger(Ledger):
    """Can be held up and killed."""

    async def hold(self, release: threading.Event) -> None:
        """Keep the writer busy until it is released."""
        await self._do(lambda _: release.wait(10.0))

    async def die(self) -> None:
        """Kill the writer; nobody is ever told."""
        await self._do(_exit)


def _exit(_: object) -> None:
    raise SystemExit


@real
async def test_a_ledger_that_hangs_is_told_until_it_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("producer.vitals.STALL_S", 0.1)
    release = threading.Event()
    book = _FragileLedger(f"sqlite:///{tmp_path / 'ledger.db'}")
    async with service(tmp_path, ledger=lambda _: book) as running:
        holding = asyncio.create_task(book.hold(release))
        await until(lambda: book.pulse().waiting_s > 0.2)
        status, _, body = await running.get("/healthz")
        assert (status, json.loads(body)["status"]) == (503, "stalled")
        release.set()
        await holding
        await until(lambda: not book.pulse().waiting_s)
        assert (await running.get("/healthz"))[0] == 200


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
@real
async def test_a_ledger_whose_writer_has_died_is_told(tmp_path: Path) -> None:
    book = _FragileLedger(f"sqlite:///{tmp_path / 'ledger.db'}")
    async with service(tmp_path, ledger=lambda _: book) as running:
        dying = asyncio.create_task(book.die())
        await until(lambda: not book.pulse().alive)
        status, _, body = await running.get("/healthz")
        assert (status, json.loads(body)) == (
            503,
            {"status": "dead", "sessions": 0, "reasons": ["the ledger's writer thread has died"]},
        )
        dying.cancel()


@real
async def test_sessions_can_be_asked_for(tmp_path: Path) -> None:
    async with service(tmp_path) as running, Consumer.connect(running.address) as asking:
        await asking.say(SessionsQuery())
        assert (await asking.hear(Sessions)).sessions == ()
        names = []
        for _ in range(3):
            async with Consumer.connect(running.address) as consumer:
                names.append((await consumer.start(fps=0.0, count=2)).session)
        await asking.say(SessionsQuery(limit=2))
        answer = await asking.hear(Sessions)
        assert [info.session for info in answer.sessions] == names[:0:-1]
        await asking.say(SessionQuery(session="f" * 16))
        error = await asking.hear(Error)
        assert (error.code, error.fatal) == ("no-session", False)
        await asking.say(SessionsQuery())
        assert len((await asking.hear(Sessions)).sessions) == 3


@real
async def test_twenty_sessions_at_a_time_keep_apart(tmp_path: Path) -> None:
    async def one(address: str, frames: int) -> str:
        async with Consumer.connect(address) as consumer:
            await consumer.start(fps=0.0 if frames % 2 else 100.0, count=frames)
            await consumer.play(frames)
            accepted = await consumer.settle()
            assert accepted.score is not None and accepted.score.scored == frames
            return accepted.balance.verdict

    async with service(tmp_path, images=image_set(9), window=16, max_per_address=64) as running:
        verdicts = await asyncio.gather(*(one(running.address, 20 + k) for k in range(20)))
        assert verdicts == ["PASS"] * 20
        assert f"catwalk_frames_sent_total {sum(range(20, 40))}.0" in (
            (await running.get("/metrics"))[2]
        )


@pytest.mark.parametrize("taken", ["port", "session_port"])
@real
async def test_a_port_in_use_is_a_port_error(taken: str, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as holder:
        port = holder.getsockname()[1]
        settings = load_settings(ProducerSettings, {"port": 0, "session_port": 0} | {taken: port})
        ledger = Ledger(f"sqlite:///{tmp_path / 'ledger.db'}")
        producer = Producer(settings, ResolvedDataset(image_set(), "six", "file"), ledger)
        with pytest.raises(PortError, match=f"cannot listen at 127.0.0.1:{port}") as raised:
            await producer.serve()
        assert raised.value.exit_code == 7
        ledger.close()


@real
async def test_a_stop_ends_the_session_at_what_was_received(tmp_path: Path) -> None:
    async with service(tmp_path) as running, Consumer.connect(running.address) as consumer:
        started = await consumer.start(fps=50.0, count=1000)
        async with consumer.stream() as stream:
            for _ in range(5):
                await consumer.frame(stream)
            await consumer.predict(0, 3)
            await consumer.say(_stop(started.session, 5))
            assert (await consumer.hear(Stopped)).frames == 5
            finished = await consumer.hear(Finished)
            assert (finished.frames, finished.sent) == (5, 5)
            await consumer.predict(3, 2)
            while (await consumer.hear(Stored)).through < 4:
                pass
        accepted = await consumer.settle()
        assert accepted.balance.verdict == "PASS"
        assert (await _session(consumer, started.session)).info.frames == 5


@real
async def test_a_stop_after_which_the_stream_is_dropped_still_passes(tmp_path: Path) -> None:
    async with service(tmp_path) as running, Consumer.connect(running.address) as consumer:
        started = await consumer.start(fps=200.0, count=1000)
        async with consumer.stream() as stream:
            for _ in range(5):
                await consumer.frame(stream)
            await consumer.say(_stop(started.session, 5))
            stream.transport.abort()
        await consumer.predict(0, 5)
        assert (await consumer.hear(Stopped)).frames == 5
        while (await consumer.hear(Stored)).through < 4:
            pass
        assert (await consumer.settle()).balance.verdict == "PASS"


class _FailingLedger(Ledger):
    """Fails to store the run that begins with frame 2."""

    async def append(self, stored: StoredRun) -> None:
        """Store a run, or fail."""
        if stored.run.first == 2:
            raise StoreError("the database failed", got="disk full")
        await super().append(stored)


@real
async def test_a_run_that_cannot_be_stored_is_not_acknowledged(tmp_path: Path) -> None:
    async with service(tmp_path, ledger=_FailingLedger) as running:
        async with Consumer.connect(running.address) as consumer:
            started = await consumer.start(fps=0.0, count=6)
            async with consumer.stream() as stream:
                for _ in range(6):
                    await consumer.frame(stream)
                await consumer.predict(0, 2)
                assert (await consumer.hear(Stored)).through == 1
                await consumer.predict(2, 2)
                error = await consumer.refused()
                assert (error.code, error.message) == (
                    "store-failed",
                    "the database failed: got disk full",
                )
        async with Consumer.connect(running.address) as other:
            info = (await _session(other, started.session)).info
            assert (info.state, info.stored) == (str(SessionState.SUSPENDED), 2)


@real
async def test_a_stopping_producer_lets_sessions_settle(tmp_path: Path) -> None:
    async with service(tmp_path) as running, Consumer.connect(running.address) as consumer:
        await consumer.start(fps=50.0, count=1000)
        async with consumer.stream() as stream:
            for _ in range(4):
                await consumer.frame(stream)
            running.producer.stop()
            stopped = await consumer.hear(Stopped)
            while len(consumer.crcs) < stopped.frames:
                await consumer.frame(stream)
        assert stopped.by == "producer"
        status, _, body = await running.get("/healthz")
        assert (status, json.loads(body)["sessions"]) == (503, 1)
        assert json.loads(body)["status"] == "stopping"
        async with Consumer.connect(running.address) as late:
            await late.say(Start(consumer="late"))
            assert "the producer is stopping" in (await late.refused()).message
        await consumer.predict(0, stopped.frames)
        while (await consumer.hear(Stored)).through < stopped.frames - 1:
            pass
        assert (await consumer.settle()).balance.verdict == "PASS"
    assert running.events("stopped") and not running.events("drain-timed-out")


@real
async def test_images_of_several_sizes_are_streamed_as_they_are(tmp_path: Path) -> None:
    shapes = [(4, 4, 1), (2, 3, 3), (5, 2, 4)]
    pixels = np.arange(sum(math.prod(shape) for shape in shapes), dtype=np.uint8)
    images = ImageSet(RaggedImages(pixels, np.array(shapes)), np.arange(3), ("a", "b", "c"))
    async with (
        service(tmp_path, images=images) as running,
        Consumer.connect(running.address) as consumer,
    ):
        started = await consumer.start(fps=0.0, count=7, classes=images.classes)
        assert (started.height, started.width, started.channels) == (None, None, None)
        await consumer.play(7)
        accepted = await consumer.settle()
    assert (accepted.balance.verdict, accepted.balance.reasons) == ("PASS", ())
    assert accepted.score is not None and accepted.score.accuracy == 1.0
