"""FrameStream admits, plays and closes; with fakes for the server and its connections."""

from __future__ import annotations

import pytest
from producer_parts import SESSION, Stage, virtual
from producer_wires import FakeConnection, FakeServe

from producer.ports.door import Door
from producer.ports.playing import NO_STREAM
from producer.ports.slots import Slots
from producer.ports.stream import MAX_INBOUND, FrameStream
from shared.frames import decode_frame
from shared.messages import FRAMES_PROTOCOL, Finished

PATH = f"/{SESSION}/1"


@pytest.fixture(name="serve")
def fake_serve(monkeypatch: pytest.MonkeyPatch) -> FakeServe:
    """In the place of the library's."""
    serve = FakeServe()
    monkeypatch.setattr("producer.ports.door.serve", serve)
    return serve


async def _listening(serve: FakeServe, frames: int = 6, *, fps: float = 0.0) -> Stage:
    stage = Stage(frames, fps=fps)
    door = Door(Slots(10, 10), stage.metrics)
    await FrameStream({PATH[1:]: stage.live}, door).listen("127.0.0.1", 6000)
    assert serve.address == ("127.0.0.1", 6000)
    return stage


@virtual
async def test_the_port_speaks_its_subprotocol_and_takes_little(serve: FakeServe) -> None:
    await _listening(serve)
    assert serve.options["subprotocols"] == [FRAMES_PROTOCOL]
    assert serve.options["max_size"] == MAX_INBOUND == 4096


@virtual
async def test_only_live_sessions_are_found(serve: FakeServe) -> None:
    await _listening(serve)
    assert serve.ask(PATH) is None
    for path in (
        "/",
        "/0000",
        f"/{SESSION}",
        f"/{SESSION}/2",
        f"/{PATH}",
        f"{PATH}/",
        f"{PATH}?x=1",
        PATH[1:],
    ):
        answer = serve.ask(path)
        assert answer is not None and answer.status_code == 404
        assert b"No such session" in (answer.body or b"")


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
async def test_the_frames_of_its_session_are_sent_and_the_stream_is_closed(
    serve: FakeServe,
) -> None:
    stage = await _listening(serve)
    connection = FakeConnection(PATH)
    await serve.handle(connection)
    assert [decode_frame(message)[0].sequence for message in connection.sent] == list(range(6))
    assert connection.closed == (1000, "")
    assert len(stage.said(Finished)) == 1


@virtual
async def test_a_stream_that_cannot_be_played_is_closed_with_the_reason(serve: FakeServe) -> None:
    stage = await _listening(serve)
    await stage.live.lose("gone")
    connection = FakeConnection(PATH)
    await serve.handle(connection)
    assert connection.closed == (1008, NO_STREAM)
