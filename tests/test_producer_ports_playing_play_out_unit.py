"""play_out sends a session's frames on one connection, and says how the stream is to be closed."""

from __future__ import annotations

import asyncio

import pytest
from producer_parts import SESSION, Stage, settled, virtual
from producer_wires import FakeConnection
from structlog.testing import capture_logs

from producer.ports.playing import NO_STREAM, play_out
from producer.sessions.chaos import ChaosSpec
from producer.sessions.live import LINGER_S
from shared.errors import CatwalkError, ConnectionLost, StoreError, TakenOverError
from shared.frames import decode_frame
from shared.messages import Finished

LOST = (1008, "the session was lost")


async def _cause(stage: Stage) -> CatwalkError:
    with pytest.raises(CatwalkError) as raised:
        async with asyncio.timeout(LINGER_S + 1.0):
            await stage.live.watch_stream()
    return raised.value


@virtual
async def test_frames_are_sent_in_order_and_the_stream_closes_normally() -> None:
    stage = Stage()
    connection = FakeConnection()
    assert await play_out(stage.live, connection.real) == (1000, "")
    assert [decode_frame(message)[0].sequence for message in connection.sent] == list(range(6))
    assert len(stage.said(Finished)) == 1


@virtual
async def test_a_second_fetch_is_closed_with_the_reason_and_a_line_in_the_log() -> None:
    stage = Stage(fps=10.0)
    first, second = FakeConnection(), FakeConnection()
    playing = asyncio.create_task(play_out(stage.live, first.real))
    await asyncio.sleep(0.15)
    with capture_logs() as logs:
        ended = await play_out(stage.live, second.real)
    assert ended == (1008, NO_STREAM) and not second.sent
    assert [(line["event"], line["session"]) for line in logs] == [("stream-refused", SESSION)]
    assert await playing == (1000, "")
    assert len(first.sent) == 6 and len(stage.said(Finished)) == 1


@virtual
async def test_a_cut_stream_is_reported_to_the_session() -> None:
    stage = Stage()
    connection = FakeConnection()
    connection.broken = True
    assert await play_out(stage.live, connection.real) == LOST
    cause = await _cause(stage)
    assert isinstance(cause, ConnectionLost)
    assert str(cause).startswith(f"frame stream lost in session {SESSION}: got ")
    assert not stage.said(Finished)


@virtual
async def test_a_frozen_peer_is_cut_and_reported() -> None:
    stage = Stage()
    connection = FakeConnection()
    connection.frozen = True
    assert await play_out(stage.live, connection.real) == LOST
    assert connection.transport.aborted
    assert isinstance(await _cause(stage), ConnectionLost)


@virtual
async def test_a_ledger_that_fails_is_reported_with_its_own_code() -> None:
    stage = Stage()
    stage.ledger.failure = StoreError("the database failed")
    connection = FakeConnection()
    assert await play_out(stage.live, connection.real) == LOST
    assert (await _cause(stage)).code == "store-failed"


@virtual
async def test_a_bug_is_reported_without_its_words_and_logged_in_one_line() -> None:
    stage = Stage()
    stage.ledger.failure = ZeroDivisionError("secret")
    with capture_logs() as logs:
        assert await play_out(stage.live, FakeConnection().real) == LOST
    cause = await _cause(stage)
    assert (cause.code, str(cause)) == ("internal", "the producer failed")
    assert [(line["event"], line["cause"]) for line in logs] == [
        ("stream-failed", "ZeroDivisionError('secret')")
    ]
    assert logs[0]["exc_info"] is stage.ledger.failure


@virtual
async def test_the_stream_of_a_lost_session_does_not_close_normally() -> None:
    stage = Stage(100, fps=10.0)
    connection = FakeConnection()
    playing = asyncio.create_task(play_out(stage.live, connection.real))
    await asyncio.sleep(0.15)
    await stage.live.lose("gone")
    await settled()
    assert playing.done()
    assert await playing == LOST


@virtual
async def test_a_fetch_that_crosses_a_stop_is_empty_and_ends_normally() -> None:
    stage, connection = Stage(6), FakeConnection()
    await stage.live.begin(recall=False)
    await stage.live.end_early()
    assert await play_out(stage.live, connection.real) == (1000, "")
    assert not connection.sent


@virtual
async def test_a_reset_on_request_cuts_the_connection_and_is_reported() -> None:
    stage, connection = Stage(6, chaos=ChaosSpec(reset=1.0)), FakeConnection()
    assert await play_out(stage.live, connection.real) == LOST
    assert connection.transport.aborted and not connection.sent
    assert isinstance(await _cause(stage), ConnectionLost)


@virtual
async def test_the_stream_of_a_session_taken_over_does_not_close_normally() -> None:
    stage, connection = Stage(100, fps=10.0), FakeConnection()
    playing = asyncio.create_task(play_out(stage.live, connection.real))
    await asyncio.sleep(0.15)
    stage.live.supersede()
    assert await playing == LOST
    assert isinstance(await _cause(stage), TakenOverError)
    assert not stage.told


@virtual
async def test_a_session_lost_before_its_fetch_has_no_stream() -> None:
    stage = Stage(6)
    await stage.live.lose("gone")
    assert await play_out(stage.live, FakeConnection().real) == (1008, NO_STREAM)
