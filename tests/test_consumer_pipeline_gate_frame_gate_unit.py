"""FrameGate: what belongs to the session, what is dropped, and what is an error."""

from __future__ import annotations

import pytest
from consumer_parts import header
from hypothesis import given
from hypothesis import strategies as st

from consumer.pipeline.gate import FrameGate
from shared.errors import FrameError
from shared.reports import ConsumerWire


def wire(frames: int, *, duplicates: int = 0, corrupt: int = 0, gaps: int = 0) -> ConsumerWire:
    """What one connection saw."""
    return ConsumerWire(
        frames=frames, duplicates=duplicates, corrupt=corrupt, gaps=gaps, connections=1
    )


def test_frames_in_order_are_admitted() -> None:
    gate = FrameGate(epoch=1)
    assert all(gate.admit(header(k)) for k in range(5))
    assert (gate.received, gate.withdrawn, gate.stopped) == (5, 0, False)
    assert gate.wire() == wire(5)


def test_on_a_later_connection_the_frames_before_are_received_already() -> None:
    gate = FrameGate(epoch=2, first=7)
    assert gate.received == 7
    assert gate.admit(header(7, epoch=2))
    assert (gate.received, gate.wire()) == (8, wire(1))


@pytest.mark.parametrize(
    ("before", "sequence", "epoch", "message", "seen"),
    [
        (0, 1, 3, "frames are missing in frame 1: expected 0, got 1", wire(1, gaps=1)),
        (2, 4, 3, "frames are missing in frame 4: expected 2, got 4", wire(3, gaps=1)),
        (
            2,
            2**32 - 1,
            3,
            f"frames are missing in frame {2**32 - 1}: expected 2, got {2**32 - 1}",
            wire(3, gaps=1),
        ),
        (1, 1, 2, "wrong epoch in frame 1: expected 3, got 2", wire(2, corrupt=1)),
        (1, 1, 4, "wrong epoch in frame 1: expected 3, got 4", wire(2, corrupt=1)),
        (1, 0, 4, "wrong epoch in frame 0: expected 3, got 4", wire(2, corrupt=1)),
    ],
)
def test_a_gap_or_another_epoch_is_an_error_and_no_frame_of_the_session(
    before: int, sequence: int, epoch: int, message: str, seen: ConsumerWire
) -> None:
    gate = FrameGate(epoch=3)
    for k in range(before):
        gate.admit(header(k, epoch=3))
    with pytest.raises(FrameError) as caught:
        gate.admit(header(sequence, epoch=epoch))
    assert str(caught.value) == message
    assert (gate.received, gate.withdrawn, gate.wire()) == (before, 0, seen)


def test_a_message_that_is_no_whole_frame_is_counted_as_corrupt() -> None:
    gate = FrameGate(epoch=1)
    gate.admit(header(0))
    gate.refuse()
    assert (gate.received, gate.wire()) == (1, wire(2, corrupt=1))


# Sequence numbers, after how many of them the stop comes, at which number, and those admitted.
@pytest.mark.parametrize(
    ("sequences", "stop_after", "at", "admitted", "expected"),
    [
        ([0, 0, 1, 0, 1, 2], None, 0, [0, 1, 2], (3, 0, 3)),
        ([0, 1, 2, 3, 4], 2, 2, [0, 1], (2, 3, 0)),
        # The analyst drops those that were admitted before.
        ([0, 1, 2, 3, 4], 4, 2, [0, 1, 2, 3], (2, 3, 0)),
        ([0, 1, 2], 2, 3, [0, 1, 2], (3, 0, 0)),
        ([0, 1, 2], 0, 0, [], (0, 3, 0)),
        ([0, 1, 2, 2, 1, 3], 2, 2, [0, 1], (2, 2, 2)),
        ([0, 0, 1, 1, 2], 2, 1, [0], (1, 2, 2)),
    ],
    ids=["duplicates", "stop", "late stop", "at the end", "at once", "both", "on a duplicate"],
)
def test_duplicates_and_withdrawn_frames_are_dropped_and_counted(
    sequences: list[int],
    stop_after: int | None,
    at: int,
    admitted: list[int],
    expected: tuple[int, int, int],
) -> None:
    gate = FrameGate(epoch=1)
    found = []
    for place, sequence in enumerate(sequences):
        if place == stop_after:
            gate.stop(at)
        if gate.admit(header(sequence)):
            found.append(sequence)
    assert found == admitted
    assert (gate.received, gate.withdrawn, gate.wire().duplicates) == expected


def test_a_gap_after_a_stop_is_still_an_error() -> None:
    gate = FrameGate(epoch=1)
    gate.admit(header(0))
    gate.stop(1)
    gate.admit(header(1))
    with pytest.raises(FrameError, match="expected 2, got 3"):
        gate.admit(header(3))


def test_the_first_stop_counts() -> None:
    gate = FrameGate(epoch=1)
    gate.admit(header(0))
    assert not gate.stopped
    gate.stop(1)
    gate.admit(header(1))
    gate.stop(2)
    assert (gate.stopped, gate.received, gate.withdrawn) == (True, 1, 1)


@given(
    repeats=st.lists(st.integers(1, 3), max_size=20),
    first=st.integers(0, 100),
    stop_after=st.integers(0, 60),
    stop_below=st.integers(0, 5),
)
def test_every_frame_is_counted_once(
    repeats: list[int], first: int, stop_after: int, stop_below: int
) -> None:
    gate = FrameGate(epoch=1, first=first)
    arrivals = [first + k for k, times in enumerate(repeats) for _ in range(times)]
    for place, sequence in enumerate(arrivals):
        if place == stop_after:
            gate.stop(max(first, gate.received - stop_below))
        gate.admit(header(sequence))
    assert gate.received + gate.withdrawn == first + len(repeats)
    assert gate.wire() == wire(len(arrivals), duplicates=len(arrivals) - len(repeats))
