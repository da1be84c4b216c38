"""Tally: what several connections come to."""

from __future__ import annotations

from consumer.session.tally import Tally
from shared.reports import ConsumerWire, QueueUse

FIRST = ConsumerWire(frames=10, duplicates=1, corrupt=2, gaps=0, connections=1)
SECOND = ConsumerWire(frames=5, duplicates=0, corrupt=1, gaps=3, connections=1)


def test_before_the_first_connection_there_is_nothing() -> None:
    assert Tally() == Tally(ConsumerWire(), QueueUse(), QueueUse())


def test_what_crossed_the_wire_is_added_up() -> None:
    tally = Tally()
    tally.add(FIRST, QueueUse(), QueueUse())
    tally.add(SECOND, QueueUse(), QueueUse())
    assert tally.wire == ConsumerWire(frames=15, duplicates=1, corrupt=3, gaps=3, connections=2)


def test_of_a_queue_the_greatest_depth_counts_and_the_sum_of_its_waits() -> None:
    tally = Tally()
    tally.add(FIRST, QueueUse(capacity=8, high_water=7, waits=2), QueueUse(capacity=4, waits=1))
    tally.add(SECOND, QueueUse(capacity=16, high_water=3, waits=5), QueueUse(high_water=2))
    assert tally.frames_queue == QueueUse(capacity=16, high_water=7, waits=7)
    assert tally.results_queue == QueueUse(capacity=4, high_water=2, waits=1)


def test_looking_ahead_changes_nothing() -> None:
    tally = Tally()
    tally.add(FIRST, QueueUse(waits=1), QueueUse())
    ahead = tally.plus(SECOND, QueueUse(waits=2), QueueUse())
    assert (ahead.wire.frames, ahead.frames_queue.waits) == (15, 3)
    assert (tally.wire, tally.frames_queue.waits) == (FIRST, 1)
