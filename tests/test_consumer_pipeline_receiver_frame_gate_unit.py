"""FrameGate: what belongs to the session, what is dropped, and what is an error."""

from __future__ import annotations

import pytest
from consumer_parts import header
from hypothesis import given
from hypothesis import strategies as st

from consumer.pipeline.receiver import FrameGate
from shared.errors import FrameError


def test_frames_in_order_are_admitted() -> None:
    gate = FrameGate(epoch=1)
    assert all(gate.admit(header(k)) for k in range(5))
    assert (gate.received, gate.withdrawn, gate.duplicates) == (5, 0, 0)


@pytest.mark.parametrize(
    ("before", "sequence", "epoch", "message"),
    [
        (0, 1, 3, "frames are missing in frame 1: expected 0, got 1"),
        (2, 4, 3, "frames are missing in frame 4: expected 2, got 4"),
        (2, 2**32 - 1, 3, f"frames are missing in frame {2**32 - 1}: expected 2, got {2**32 - 1}"),
        (1, 1, 2, "wrong epoch in frame 1: expected 3, got 2"),
        (1, 1, 4, "wrong epoch in frame 1: expected 3, got 4"),
        (1, 0, 4, "wrong epoch in frame 0: expected 3, got 4"),
    ],
)
def test_a_gap_or_another_epoch_is_an_error_and_counts_nothing(
    before: int, sequence: int, epoch: int, message: str
) -> None:
    gate = FrameGate(epoch=3)
    for k in range(before):
        gate.admit(header(k, epoch=3))
    with pytest.raises(FrameError) as caught:
        gate.admit(header(sequence, epoch=epoch))
    assert str(caught.value) == message
    assert (gate.received, gate.withdrawn, gate.duplicates) == (before, 0, 0)


# What is dropped: sequence numbers, and after how many of them the stop comes.
@pytest.mark.parametrize(
    ("sequences", "stop_after", "expected"),
    [
        ([0, 0, 1, 0, 1, 2], None, (3, 0, 3)),
        ([0, 1, 2, 3, 4], 2, (2, 3, 0)),
        ([0, 1, 2], 3, (3, 0, 0)),
        ([0, 1, 2], 0, (0, 3, 0)),
        ([0, 1, 2, 2, 1, 3], 2, (2, 2, 2)),
        ([0, 0, 1, 1, 2], 2, (1, 2, 2)),
    ],
    ids=["duplicates", "stop", "stop at the end", "stop at once", "both", "stop on a duplicate"],
)
def test_duplicates_and_withdrawn_frames_are_dropped_and_counted(
    sequences: list[int], stop_after: int | None, expected: tuple[int, int, int]
) -> None:
    gate = FrameGate(epoch=1)
    admitted = []
    for place, sequence in enumerate(sequences):
        if place == stop_after:
            gate.stop()
        if gate.admit(header(sequence)):
            admitted.append(sequence)
    assert admitted == list(range(expected[0]))
    assert (gate.received, gate.withdrawn, gate.duplicates) == expected


def test_a_gap_after_a_stop_is_still_an_error() -> None:
    gate = FrameGate(epoch=1)
    gate.admit(header(0))
    gate.stop()
    gate.admit(header(1))
    with pytest.raises(FrameError, match="expected 2, got 3"):
        gate.admit(header(3))


def test_the_first_stop_counts() -> None:
    gate = FrameGate(epoch=1)
    gate.admit(header(0))
    assert not gate.stopped
    assert gate.stop() == 1
    gate.admit(header(1))
    assert gate.stop() == 1
    assert gate.stopped


@given(
    repeats=st.lists(st.integers(1, 3), max_size=20),
    stop_at=st.integers(0, 60),
)
def test_every_frame_is_counted_once(repeats: list[int], stop_at: int) -> None:
    gate = FrameGate(epoch=1)
    arrivals = [k for k, times in enumerate(repeats) for _ in range(times)]
    for place, sequence in enumerate(arrivals):
        if place == stop_at:
            gate.stop()
        gate.admit(header(sequence))
    assert gate.received + gate.withdrawn == len(repeats)
    assert gate.received + gate.withdrawn + gate.duplicates == len(arrivals)
