"""FrameStream admits, plays and closes; with fakes for the server and its connections."""

from __future__ import annotations

import asyncio

import pytest
from producer_parts import SESSION, Stage, settled, virtual
from producer_wires import FakeConnection, FakeServe
from structlog.testing import capture_logs

from producer.ports.stream import MAX_INBOUND, NO_STREAM, FrameStream
from shared.errors import CatwalkError, ConnectionLost, StoreError
from shared.frames import decode_frame
from shared.messages import FRAMES_PROTOCOL, Finished


@pytest.fixture(name="serve")
def fake_serve(monkeypatch: pytest.MonkeyPatch) -> FakeServe:
    """In the place of the library's."""
    serve = FakeServe()
    monkeypatch.setattr("producer.ports.stream.serve", serve)
    return serve


async def _listening(serve: FakeServe, frames: int = 6, *, fps: float = 0.0) -> Stage:
    stage = Stage(frames, fps=fps)
    await FrameStream({SESSION: stage.live}).listen("127.0.0.1", 6000)
    assert serve.address == ("127.0.0.1", 6000)
    return stage


async def _cause(stage: Stage) -> CatwalkError:
    with pytest.raises(CatwalkError) as raised:
        async with asyncio.timeout(1.0):
            await stage.live.watch_stream()
    return raised.value


@virtual
async def test_the_port_speaks_its_subprotocol_and_takes_little(serve: FakeServe) -> None:
    await _listening(serve)
    assert serve.options["subprotocols"] == [FRAMES_PROTOCOL]
    assert serve.options["max_size"] == MAX_INBOUND == 4096


@virtual
async def test_only_live_sessions_are_found(serve: FakeServe) -> None:
    await _listening(serve)
    assert serve.ask(f"/{SESSION}") is None
    for path in ("/", "/0000", f"//{SESSION}", f"/{SESSION}/", f"/{SESSION}?x=1"):
        answer = serve.ask(path)
        assert answer is not None and answer.status_code == 404
        assert b"No such session" in (answer.body or b"")


@virtual
async def test_frames_are_sent_in_order_and_the_stream_closes_normally(serve: FakeServe) -> None:
    stage = await _listening(serve)
    connection = FakeConnection(f"/{SESSION}")
    await serve.handle(connection)
    assert [decode_frame(message)[0].sequence for message in connection.sent] == list(range(6))
    assert connection.closed == (1000, "")
    assert len(stage.said(Finished)) == 1


@virtual
async def test_a_second_fetch_is_closed_with_the_reason_and_a_line_in_the_log(
    serve: FakeServe,
) -> None:
    stage = await _listening(serve, fps=10.0)
    first, second = FakeConnection(f"/{SESSION}"), FakeConnection(f"/{SESSION}")
    playing = asyncio.create_task(serve.handle(first))
    await asyncio.sleep(0.15)
    with capture_logs() as logs:
        await serve.handle(second)
    assert second.closed == (1008, NO_STREAM) and not second.sent
    assert [(line["event"], line["session"]) for line in logs] == [("stream-refused", SESSION)]
    await playing
    assert len(first.sent) == 6 and len(stage.said(Finished)) == 1


@virtual
async def test_a_session_that_ended_during_the_handshake_is_closed_with_the_reason(
    serve: FakeServe,
) -> None:
    await _listening(serve)
    gone, strange = FakeConnection("/" + "0" * 16), FakeConnection()
    strange.request = None
    for connection in (gone, strange):
        await serve.handle(connection)
        assert connection.closed == (1008, NO_STREAM)


@virtual
async def test_a_cut_stream_is_reported_to_the_session(serve: FakeServe) -> None:
    stage = await _listening(serve)
    connection = FakeConnection(f"/{SESSION}")
    connection.broken = True
    await serve.handle(connection)
    cause = await _cause(stage)
    assert isinstance(cause, ConnectionLost)
    assert str(cause).startswith(f"frame stream lost in session {SESSION}: got ")
    assert not stage.said(Finished)


@virtual
async def test_a_frozen_peer_is_cut_and_reported(serve: FakeServe) -> None:
    stage = await _listening(serve)
    connection = FakeConnection(f"/{SESSION}")
    connection.frozen = True
    await serve.handle(connection)
    assert connection.transport.aborted
    assert isinstance(await _cause(stage), ConnectionLost)


@virtual
async def test_a_ledger_that_fails_is_reported_with_its_own_code(serve: FakeServe) -> None:
    stage = await _listening(serve)
    stage.ledger.failure = StoreError("the database failed")
    connection = FakeConnection(f"/{SESSION}")
    await serve.handle(connection)
    assert (await _cause(stage)).code == "store-failed"
    assert connection.closed == (1008, "the session was lost")


@virtual
async def test_a_bug_is_reported_without_its_words_and_logged_in_one_line(
    serve: FakeServe,
) -> None:
    stage = await _listening(serve)
    stage.ledger.failure = ZeroDivisionError("secret")
    with capture_logs() as logs:
        await serve.handle(FakeConnection(f"/{SESSION}"))
    cause = await _cause(stage)
    assert (cause.code, str(cause)) == ("internal", "the producer failed")
    assert [(line["event"], line["cause"]) for line in logs] == [
        ("stream-failed", "ZeroDivisionError('secret')")
    ]


@virtual
async def test_the_stream_of_a_lost_session_does_not_close_normally(serve: FakeServe) -> None:
    stage = await _listening(serve, 100, fps=10.0)
    connection = FakeConnection(f"/{SESSION}")
    playing = asyncio.create_task(serve.handle(connection))
    await asyncio.sleep(0.15)
    await stage.live.lose("gone")
    await settled()
    assert playing.done()
    assert connection.closed == (1008, "the session was lost")
