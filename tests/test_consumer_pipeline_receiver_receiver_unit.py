"""Receiver: what holds before there is any stream."""

from __future__ import annotations

import threading

import pytest
from consumer_parts import SIZE, take_all

from consumer.pipeline.channels import Channel
from consumer.pipeline.receiver import FrameGate, Receiver
from consumer.pipeline.records import ReceivedFrame
from consumer.vitals import Pulse
from shared.errors import ConnectionLost


def make(uri: str, frames: Channel[ReceivedFrame]) -> Receiver:
    """A receiver of a stream of epoch 1."""
    return Receiver(uri, FrameGate(1), frames, size=SIZE, now_ns=lambda: 1)


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
