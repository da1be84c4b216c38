"""Receiver against a real WebSocket server that plays well, badly, or is not there."""

from __future__ import annotations

import asyncio
import re
import socket
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from http import HTTPStatus

import numpy as np
import pytest
from consumer_parts import SIZE, counting_clock, header, picture, take_all, wire_frame
from fake_producer import Act, Script, answering, playing
from structlog.testing import capture_logs
from websockets.asyncio.server import ServerConnection

from consumer.link import Link
from consumer.pipeline import receiver as module
from consumer.pipeline.channels import Channel
from consumer.pipeline.gate import FrameGate
from consumer.pipeline.receiver import Receiver
from consumer.pipeline.records import ReceivedFrame
from consumer.vitals import Pulse
from shared.errors import AuthorisationError, ConnectionLost, FrameError, WorkerError
from shared.frames import HEADER
from shared.messages import FRAMES_PROTOCOL

PROTOCOLS = (FRAMES_PROTOCOL,)


class Bench:
    """A receiver with its gate and its channel."""

    def __init__(
        self, port: int, *, room: int = 1024, size: tuple[int, int] = SIZE, channels: int = 1
    ) -> None:
        self.gate = FrameGate(epoch=1)
        self.frames: Channel[ReceivedFrame] = Channel(room)
        self.receiver = Receiver(
            f"ws://127.0.0.1:{port}/0123456789abcdef",
            self.gate,
            self.frames,
            link=Link(),
            size=size,
            channels=channels,
            now_ns=counting_clock(),
        )

    def receive(self) -> list[ReceivedFrame]:
        """All frames to the end of the stream.

        Raises:
            CatwalkError: what the stream failed with.
        """
        self.receiver.start()
        try:
            return take_all(self.frames)
        finally:
            self.receiver.join()


def make(port: int, frames: Channel[ReceivedFrame], now_ns: Callable[[], int]) -> Receiver:
    """A receiver with this clock."""
    uri = f"ws://127.0.0.1:{port}/x"
    return Receiver(uri, FrameGate(1), frames, link=Link(), size=SIZE, now_ns=now_ns)


@contextmanager
def bench(script: Script, *, room: int = 1024) -> Iterator[Bench]:
    """A receiver of what a script sends."""
    with playing(Act(script, PROTOCOLS)) as port:
        yield Bench(port, room=room)


def sending(*messages: bytes | str) -> Script:
    """A script that sends these messages and closes."""

    async def send(connection: ServerConnection) -> None:
        for message in messages:
            await connection.send(message)

    return send


def then_waiting(*messages: bytes | str) -> Script:
    """A script that sends these messages and then stays until the other side leaves."""

    async def send(connection: ServerConnection) -> None:
        await sending(*messages)(connection)
        await connection.wait_closed()

    return send


def receive(script: Script) -> list[ReceivedFrame]:
    """What a receiver makes of a script."""
    with bench(script) as parts:
        return parts.receive()


def numbers(frames: Sequence[ReceivedFrame]) -> list[int]:
    """Their sequence numbers."""
    return [frame.header.sequence for frame in frames]


def test_every_frame_of_a_stream_is_received_in_order() -> None:
    with bench(sending(*(wire_frame(k) for k in range(500)))) as parts:
        frames = parts.receive()
    assert numbers(frames) == list(range(500))
    assert parts.gate.received == 500
    assert frames[7].header == header(7)
    assert np.array_equal(frames[7].image, picture(7))
    assert frames[7].model_input is frames[7].image
    assert [frame.received_ns for frame in frames] == list(range(1, 501))


def test_an_image_outlives_the_connection_and_cannot_be_changed() -> None:
    frame = receive(sending(*(wire_frame(k) for k in range(10))))[9]
    assert frame.image.tolist() == picture(9).tolist()
    assert not frame.image.flags.writeable


@pytest.mark.parametrize(
    "shape",
    [(4, 4), (1, 1), (9, 7), (28, 28, 3), (6, 5, 4), (1, 3000), (4096, 2, 3)],
    ids=str,
)
def test_images_of_any_size_and_colour_are_made_to_fit(shape: tuple[int, ...]) -> None:
    frames = receive(
        sending(wire_frame(0, image=picture(0)), wire_frame(1, image=picture(90, shape)))
    )
    assert frames[1].image.shape == shape
    assert frames[1].reason == ""
    assert frames[1].model_input is not None
    assert np.array_equal(frames[1].model_input, picture(90))


def test_a_model_of_colours_gets_them() -> None:
    colours = np.arange(48, dtype=np.uint8).reshape(4, 4, 3)
    frames = sending(wire_frame(0, image=colours), wire_frame(1))
    with playing(Act(frames, PROTOCOLS)) as port:
        coloured, gray = Bench(port, channels=3).receive()
    assert np.array_equal(np.asarray(coloured.model_input), colours)
    assert np.array_equal(np.asarray(gray.model_input), picture(1, (4, 4, 3)))


def test_a_side_beyond_the_limit_is_passed_on_with_a_reason() -> None:
    wide = picture(1, (2, 4097))
    frames = receive(sending(wire_frame(0), wire_frame(1, image=wide), wire_frame(2)))
    assert [frame.reason for frame in frames] == ["", "too-large", ""]
    assert frames[1].model_input is None
    assert frames[1].image.shape == (2, 4097)


def test_an_image_that_cannot_be_converted_is_passed_on_with_a_reason() -> None:
    # OpenCV refuses the size of such a model.
    with playing(Act(sending(wire_frame(0)), PROTOCOLS)) as port, capture_logs() as lines:
        (frame,) = Bench(port, size=(0, 4)).receive()
    assert (frame.model_input, frame.reason) == (None, "not-readable")
    assert [(line["event"], line["log_level"]) for line in lines] == [
        ("frame-not-readable", "warning")
    ]


def test_an_empty_stream_ends_well() -> None:
    assert not receive(sending())


def test_duplicates_are_dropped_and_counted() -> None:
    with bench(sending(*(wire_frame(k) for k in (0, 0, 1, 0, 2)))) as parts:
        assert numbers(parts.receive()) == [0, 1, 2]
    assert parts.gate.wire().duplicates == 2


def _damaged() -> bytes:
    frame = bytearray(wire_frame(1))
    frame[-1] ^= 0x40
    return bytes(frame)


def _versioned(version: int) -> bytes:
    fields = HEADER.unpack_from(wire_frame(1))
    return HEADER.pack(version, *fields[1:]) + picture(1).tobytes()


@pytest.mark.parametrize(
    ("second", "error"),
    [
        (_damaged(), "wrong CRC-32 in frame 1: expected [0-9a-f]{8}, got [0-9a-f]{8}"),
        (wire_frame(1)[:31], "truncated header in a frame: expected at least 32 bytes, got 31"),
        (b"", "truncated header in a frame: expected at least 32 bytes, got 0"),
        (wire_frame(1)[:-1], "wrong number of pixel bytes in frame 1: expected 16, got 15"),
        (wire_frame(1) + b"x", "wrong number of pixel bytes in frame 1: expected 16, got 17"),
        (_versioned(2), "wrong version in the header of frame 1: expected 1, got 2"),
        (wire_frame(1, epoch=2), "wrong epoch in frame 1: expected 1, got 2"),
        (wire_frame(2), "frames are missing in frame 2: expected 1, got 2"),
        ("frame", "wrong kind in a frame: expected binary, got text"),
    ],
    ids=["crc", "header", "empty", "short", "long", "version", "epoch", "gap", "text"],
)
@pytest.mark.parametrize("ending", [sending, then_waiting])
def test_a_broken_frame_fails_the_stream(
    second: bytes | str, error: str, ending: Callable[..., Script]
) -> None:
    with bench(ending(wire_frame(0), second)) as parts:
        with pytest.raises(FrameError) as caught:
            parts.receive()
    assert re.fullmatch(error, str(caught.value))
    wire = parts.gate.wire()
    assert (parts.gate.received, wire.frames, wire.corrupt + wire.gaps) == (1, 2, 1)
    assert wire.gaps == error.startswith("frames are missing")


def test_a_broken_frame_is_known_at_once_although_others_keep_coming() -> None:
    async def flood(connection: ServerConnection) -> None:
        await connection.send("broken")
        for k in range(100_000):
            await connection.send(wire_frame(k))

    with pytest.raises(FrameError, match="wrong kind"):
        receive(flood)


def test_a_producer_that_does_not_answer_the_close_does_not_hold_up_the_error(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "CLOSE_TIMEOUT_S", 0.1)
    release = threading.Event()

    async def freeze(connection: ServerConnection) -> None:
        await connection.send("broken")
        connection.transport.pause_reading()
        await asyncio.to_thread(release.wait, 10)
        connection.transport.abort()

    try:
        with bench(freeze) as parts:
            try:
                with pytest.raises(FrameError, match="wrong kind"):
                    parts.receive()
            finally:
                release.set()
    finally:
        release.set()


async def _abort(connection: ServerConnection) -> None:
    await connection.send(wire_frame(0))
    connection.transport.abort()


async def _refuse(connection: ServerConnection) -> None:
    await connection.close(1008, "not allowed")


async def _flood(connection: ServerConnection) -> None:
    await connection.send(bytes(2000))


@pytest.mark.parametrize(
    ("script", "error"),
    [
        (_abort, "frame stream cut at ws://127.0.0.1:.*: got no close frame received or sent"),
        (_refuse, "frame stream cut at ws://127.0.0.1:.*: got received 1008 .*not allowed.*"),
        (_flood, "frame stream cut at ws://127.0.0.1:.*: got sent 1009 .*"),
    ],
    ids=["abort", "refused", "too large"],
)
def test_a_cut_stream_is_a_lost_connection(
    script: Script, error: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MAX_FRAME", 1000)
    with pytest.raises(ConnectionLost) as caught:
        receive(script)
    assert re.fullmatch(error, str(caught.value))


@pytest.mark.parametrize(
    ("act", "error"),
    [
        # The producer has lost the session meanwhile, or another was started there.
        (Act(sending(), PROTOCOLS, HTTPStatus.NOT_FOUND), ".*HTTP 404"),
        (Act(sending(), PROTOCOLS, HTTPStatus.SERVICE_UNAVAILABLE), ".*is stopping"),
        (Act(sending(), ("other",)), ".*"),
        (Act(sending(), None), ".*: expected catwalk.frames.v1, got no subprotocol"),
    ],
    ids=["404", "503", "wrong subprotocol", "no subprotocol"],
)
def test_a_refused_handshake_is_no_frame_stream(act: Act, error: str) -> None:
    with playing(act) as port, pytest.raises(ConnectionLost) as caught:
        Bench(port).receive()
    assert re.fullmatch(
        f"no frame stream at ws://127.0.0.1:{port}/[0-9a-f]*{error}", str(caught.value)
    )


def test_a_producer_that_does_not_let_it_in_is_named_as_that() -> None:
    with playing(Act(sending(), PROTOCOLS, HTTPStatus.UNAUTHORIZED)) as port:
        with pytest.raises(AuthorisationError, match="not let in at .*HTTP 401"):
            Bench(port).receive()


def test_a_server_of_something_else_is_no_frame_stream() -> None:
    with answering(b"SSH-2.0-OpenSSH\r\n") as port, pytest.raises(ConnectionLost) as caught:
        Bench(port).receive()
    assert "no frame stream" in str(caught.value)


def test_a_port_without_a_server_is_no_frame_stream() -> None:
    with socket.create_server(("127.0.0.1", 0)) as holder:
        port = holder.getsockname()[1]
    with pytest.raises(ConnectionLost) as caught:
        Bench(port).receive()
    assert f"no frame stream at ws://127.0.0.1:{port}" in str(caught.value)
    assert isinstance(caught.value.__cause__, ConnectionRefusedError)


def test_after_a_stop_frames_are_withdrawn_and_the_stream_ends_well() -> None:
    go = threading.Event()

    async def send(connection: ServerConnection) -> None:
        await sending(wire_frame(0), wire_frame(1))(connection)
        await asyncio.to_thread(go.wait, 10)
        await sending(wire_frame(2), wire_frame(3))(connection)

    with bench(send) as parts:
        parts.receiver.start()
        taken = parts.frames.take(1)
        taken += parts.frames.take(1)
        parts.gate.stop(2)
        go.set()
        assert not take_all(parts.frames)
        parts.receiver.join()
    assert numbers(taken) == [0, 1]
    assert parts.gate.withdrawn == 2


@pytest.mark.parametrize(
    "act",
    [Act(_abort, PROTOCOLS), Act(_refuse, PROTOCOLS), Act(sending(), None, HTTPStatus.NOT_FOUND)],
    ids=["cut", "refused", "404"],
)
def test_a_stream_lost_after_a_stop_is_no_loss(act: Act) -> None:
    with playing(act) as port, capture_logs() as lines:
        parts = Bench(port)
        parts.gate.stop(0)
        assert not parts.receive()
    assert [line["event"] for line in lines] == ["stream-ended-by-stop"]


def test_a_failure_of_the_thread_itself_is_a_worker_error() -> None:
    def broken() -> int:
        raise KeyError("clock")

    with playing(Act(sending(wire_frame(0)), PROTOCOLS)) as port:
        frames: Channel[ReceivedFrame] = Channel(1)
        receiver = make(port, frames, broken)
        receiver.start()
        with pytest.raises(WorkerError) as caught:
            take_all(frames)
        receiver.join()
    assert str(caught.value) == "the receiver thread failed: got KeyError('clock')"
    assert isinstance(caught.value.__cause__, KeyError)


def test_join_cuts_a_stream_that_still_runs() -> None:
    with bench(then_waiting(wire_frame(0))) as parts:
        parts.receiver.start()
        assert numbers(parts.frames.take(1)) == [0]
        assert parts.receiver.pulse() == Pulse(1)
        parts.receiver.join()
        assert parts.receiver.pulse() == Pulse(1)
        assert parts.frames.drain() == ([], True)
        parts.receiver.join()


def test_join_right_after_the_start_ends_the_thread() -> None:
    with playing(Act(then_waiting(), PROTOCOLS)) as port:
        for _ in range(50):
            parts = Bench(port)
            parts.receiver.start()
            parts.receiver.join()
            assert parts.frames.drain() == ([], True)


def test_join_releases_a_receiver_that_waits_for_room() -> None:
    with bench(then_waiting(*(wire_frame(k) for k in range(9))), room=2) as parts:
        parts.receiver.start()
        while not parts.frames.use().waits:
            # Busy waiting: the thread does nothing else than to fill the channel.
            pass
        parts.receiver.join()
    assert parts.gate.received == 3


def test_a_join_during_the_close_leaves_no_open_connection(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "CLOSE_TIMEOUT_S", 4.0)
    closing, joined, gone = threading.Event(), threading.Event(), threading.Event()

    async def freeze(connection: ServerConnection) -> None:
        connection.transport.pause_reading()
        await connection.send("broken")
        closing.set()
        await asyncio.to_thread(joined.wait, 10)
        connection.transport.resume_reading()
        async with asyncio.timeout(2.0):
            await connection.wait_closed()
        gone.set()

    with bench(freeze) as parts:
        parts.receiver.start()
        assert closing.wait(5)
        parts.receiver.join()
        joined.set()
        assert gone.wait(5)


def test_a_thread_that_does_not_end_is_named_at_join(monkeypatch: pytest.MonkeyPatch) -> None:
    asked, release = threading.Event(), threading.Event()

    def stuck() -> int:
        asked.set()
        release.wait(10)
        return 0

    with playing(Act(then_waiting(wire_frame(0)), PROTOCOLS)) as port:
        receiver = make(port, Channel(1), stuck)
        receiver.start()
        assert asked.wait(5)
        monkeypatch.setattr(module, "JOIN_S", 0.01)
        with pytest.raises(WorkerError, match="the receiver thread did not end: expected within"):
            receiver.join()
        release.set()
        monkeypatch.setattr(module, "JOIN_S", 5.0)
        receiver.join()
