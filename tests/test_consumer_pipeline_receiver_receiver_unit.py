"""Receiver: what holds before there is any stream, and with a fake one."""

from __future__ import annotations

import threading

import pytest
from consumer_parts import SIZE, FakeLink, FakeStream, take_all, wire_frame

from consumer.link import Link
from consumer.pipeline.channels import Channel
from consumer.pipeline.gate import FrameGate
from consumer.pipeline.receiver import Receiver
from consumer.pipeline.records import ReceivedFrame
from consumer.vitals import Pulse
from shared.errors import ConnectionLost


def make(
    uri: str,
    frames: Channel[ReceivedFrame],
    *,
    gate: FrameGate | None = None,
    link: Link | None = None,
) -> Receiver:
    """A receiver of a stream of epoch 1, unless its gate says otherwise."""
    opens = Link() if link is None else link
    return Receiver(
        uri, FrameGate(1) if gate is None else gate, frames, link=opens, size=SIZE, now_ns=_one
    )


def _one() -> int:
    return 1


def test_making_a_receiver_starts_nothing() -> None:
    before = threading.active_count()
    make("ws://127.0.0.1:1/x", Channel(1))
    assert threading.active_count() == before


@pytest.mark.parametrize("uri", ["http://127.0.0.1/x", "ws:///x"])
def test_an_address_that_is_none_is_no_frame_stream(uri: str) -> None:
    frames: Channel[ReceivedFrame] = Channel(1)
    receiver = make(uri, frames)
    assert receiver.pulse() == Pulse()
    receiver.start()
    with pytest.raises(ConnectionLost, match="^no frame stream at ") as caught:
        take_all(frames)
    receiver.join()
    assert receiver.pulse() == Pulse(failure=str(caught.value))


def test_a_thread_that_ends_in_silence_is_dead(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Receiver, "_run", lambda _: None)
    receiver = make("ws://127.0.0.1:1/x", Channel(1))
    receiver.start()
    while not receiver.pulse().dead:
        # Busy waiting: the thread has nothing else to do than to end.
        pass
    receiver.join()
    assert receiver.pulse() == Pulse()


def test_a_later_connections_stream_begins_where_the_session_goes_on() -> None:
    link = FakeLink(FakeStream(*(wire_frame(k, epoch=2) for k in (5, 5, 6))))
    frames: Channel[ReceivedFrame] = Channel(8)
    gate = FrameGate(2, first=5)
    receiver = make("ws://there/s/2", frames, gate=gate, link=link.as_link())
    assert receiver.pulse() == Pulse(5)
    receiver.start()
    assert [frame.header.sequence for frame in take_all(frames)] == [5, 6]
    receiver.join()
    assert receiver.pulse() == Pulse(7)
    assert link.opened == [("ws://there/s/2", "catwalk.frames.v1")]


def test_after_a_stop_its_pulse_says_how_many_it_is_to_pass_on() -> None:
    frames: Channel[ReceivedFrame] = Channel(8)
    gate = FrameGate(1)
    link = FakeLink(FakeStream(*map(wire_frame, range(3))))
    receiver = make("ws://there/s/1", frames, gate=gate, link=link.as_link())
    receiver.start()
    take_all(frames)
    gate.stop(2)
    assert receiver.pulse() == Pulse(3, end=2)
    receiver.join()
