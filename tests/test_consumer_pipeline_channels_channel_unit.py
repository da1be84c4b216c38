"""Channel: a bound, an end, a failure and numbers, between two threads."""

from __future__ import annotations

import random
import threading
from collections import deque

import pytest
from consumer_parts import ending
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from consumer.pipeline.channels import Channel, ChannelClosed
from shared.errors import CatwalkError, DataError, WorkerError
from shared.reports import QueueUse


def test_items_come_out_in_the_order_they_went_in() -> None:
    channel: Channel[int] = Channel(4)
    for item in (1, 2, 3):
        channel.put(item)
    assert channel.take(2) == [1, 2]
    assert channel.take(2) == [3]


def test_drain_takes_all_there_is_and_says_whether_more_may_come() -> None:
    channel: Channel[int] = Channel(4)
    assert channel.drain() == ([], False)
    channel.put(1)
    channel.put(2)
    assert channel.drain() == ([1, 2], False)
    channel.put(3)
    channel.close()
    assert channel.drain() == ([3], True)
    assert channel.drain() == ([], True)


def test_what_was_put_before_the_end_can_be_taken_after_it() -> None:
    channel: Channel[int] = Channel(4)
    channel.put(1)
    channel.close()
    channel.close()
    assert channel.take(9) == [1]
    assert not channel.take(9)


@pytest.mark.parametrize("end", ["close", "fail"])
def test_nothing_can_be_put_after_the_end(end: str) -> None:
    channel: Channel[int] = Channel(4)
    if end == "close":
        channel.close()
    else:
        channel.fail(DataError("gone"))
    with pytest.raises(ChannelClosed):
        channel.put(1)


def test_the_first_failure_is_raised_by_every_take_once_what_was_put_before_is_taken() -> None:
    channel: Channel[int] = Channel(4)
    for item in (1, 2, 3):
        channel.put(item)
    channel.fail(DataError("first"))
    channel.fail(DataError("second"))
    channel.close()
    assert channel.take(2) == [1, 2]
    assert channel.take(2) == [3]
    for _ in range(2):
        with pytest.raises(DataError, match="^first$"):
            channel.take(1)
    with pytest.raises(DataError, match="^first$"):
        channel.drain()
    assert str(channel.failure) == "first"


def test_what_is_drained_before_a_failure_is_not_the_end() -> None:
    channel: Channel[int] = Channel(4)
    channel.put(1)
    channel.fail(DataError("gone"))
    assert channel.drain() == ([1], False)
    with pytest.raises(DataError, match="^gone$"):
        channel.drain()


def test_every_change_is_told_and_a_take_is_none() -> None:
    told: list[str] = []
    channel: Channel[int] = Channel(4, on_change=lambda: told.append("changed"))
    channel.put(1)
    channel.take(1)
    assert len(told) == 1
    channel.close()
    channel.fail(DataError("late"))
    assert len(told) == 3


def test_the_change_is_told_when_it_can_be_seen() -> None:
    seen: list[tuple[list[int], bool]] = []
    channel: Channel[int] = Channel(4, on_change=lambda: seen.append(channel.drain()))
    channel.put(1)
    channel.close()
    assert seen == [([1], False), ([], True)]


def _put_in_thread(channel: Channel[int], item: int) -> tuple[threading.Thread, list[str]]:
    """Put on another thread, and return once that thread waits for room."""
    ended: list[str] = []

    def put() -> None:
        try:
            channel.put(item)
            ended.append("put")
        except ChannelClosed:
            ended.append("closed")

    thread = threading.Thread(target=put, daemon=True)
    before = channel.use().waits
    thread.start()
    while channel.use().waits == before and thread.is_alive():
        # Busy waiting: the thread has nothing else to do than to begin its wait.
        pass
    return thread, ended


def test_a_put_on_a_full_channel_waits_for_a_take_and_is_counted() -> None:
    channel: Channel[int] = Channel(2)
    channel.put(1)
    channel.put(2)
    thread, ended = _put_in_thread(channel, 3)
    assert not ended
    assert channel.take(1) == [1]
    thread.join(5)
    assert ended == ["put"]
    assert channel.take(9) == [2, 3]
    assert channel.use() == QueueUse(capacity=2, high_water=2, waits=1)


@pytest.mark.parametrize("end", ["close", "fail"])
def test_a_waiting_put_is_released_by_the_end(end: str) -> None:
    channel: Channel[int] = Channel(1)
    channel.put(1)
    thread, ended = _put_in_thread(channel, 2)
    if end == "close":
        channel.close()
    else:
        channel.fail(DataError("gone"))
    thread.join(5)
    assert ended == ["closed"]


def _take_in_thread(channel: Channel[int]) -> tuple[threading.Thread, list[object]]:
    ended: list[object] = []

    def take() -> None:
        try:
            ended.append(channel.take(9))
        except CatwalkError as error:
            ended.append(error)

    thread = threading.Thread(target=take, daemon=True)
    thread.start()
    return thread, ended


def test_a_waiting_take_is_released_by_the_end() -> None:
    channel: Channel[int] = Channel(1)
    thread, ended = _take_in_thread(channel)
    channel.close()
    thread.join(5)
    assert ended == [[]]


def test_a_waiting_take_raises_the_failure_of_the_other_side() -> None:
    channel: Channel[int] = Channel(1)
    error = WorkerError("broken")
    thread, ended = _take_in_thread(channel)
    channel.fail(error)
    thread.join(5)
    assert ended == [error]


@pytest.mark.parametrize("end", ["none", "close", "fail"])
def test_who_ends_without_ending_the_channel_has_abandoned_it(end: str) -> None:
    channel: Channel[int] = Channel(1)
    release = threading.Event()

    def put() -> None:
        release.wait(5)
        if end == "close":
            channel.close()
        elif end == "fail":
            channel.fail(DataError("gone"))

    thread = threading.Thread(target=put, daemon=True)
    assert not channel.is_abandoned_by(thread)
    thread.start()
    assert not channel.is_abandoned_by(thread)
    release.set()
    thread.join(5)
    assert channel.is_abandoned_by(thread) == (end == "none")


def test_fifty_thousand_items_cross_two_threads_in_order_and_within_the_bound() -> None:
    count, capacity = 50_000, 37
    channel: Channel[int] = Channel(capacity)
    chance = random.Random(7)

    def put_all() -> None:
        for item in range(count):
            channel.put(item)
        channel.close()

    thread = threading.Thread(target=put_all, daemon=True)
    thread.start()
    taken: list[int] = []
    with ending(channel):
        while items := channel.take(limit := chance.randint(1, 64)):
            assert len(items) <= min(limit, capacity)
            taken += items
    thread.join(5)
    assert taken == list(range(count))
    assert 1 <= channel.use().high_water <= capacity


class _Model(RuleBasedStateMachine):
    """The channel beside a plain deque; no rule may wait."""

    capacity = 3

    def __init__(self) -> None:
        super().__init__()
        self.changes = 0
        self.told = 0
        self.channel: Channel[int] = Channel(self.capacity, on_change=self._hear)
        self.items: deque[int] = deque()
        self.ended = False
        self.failure: CatwalkError | None = None
        self.high_water = 0

    def _hear(self) -> None:
        self.told += 1

    @precondition(lambda self: self.ended or len(self.items) < self.capacity)
    @rule(item=st.integers())
    def put(self, item: int) -> None:
        """Put, where that does not wait."""
        if self.ended:
            with pytest.raises(ChannelClosed):
                self.channel.put(item)
            return
        self.channel.put(item)
        self.items.append(item)
        self.high_water = max(self.high_water, len(self.items))
        self.changes += 1

    @precondition(lambda self: self.ended or self.items)
    @rule(limit=st.integers(1, 5))
    def take(self, limit: int) -> None:
        """Take, where that does not wait."""
        if self.failure is not None and not self.items:
            with pytest.raises(CatwalkError) as caught:
                self.channel.take(limit)
            assert caught.value is self.failure
            return
        expected = [self.items.popleft() for _ in range(min(limit, len(self.items)))]
        assert self.channel.take(limit) == expected

    @precondition(lambda self: self.failure is None or self.items)
    @rule()
    def drain(self) -> None:
        """Take all."""
        ended = self.ended and self.failure is None
        assert self.channel.drain() == (list(self.items), ended)
        self.items.clear()

    @rule()
    def close(self) -> None:
        """End it."""
        self.channel.close()
        self.ended = True
        self.changes += 1

    @rule()
    def fail(self) -> None:
        """End it with an error."""
        error = DataError("broken")
        self.channel.fail(error)
        self.failure = self.failure or error
        self.ended = True
        self.changes += 1

    @invariant()
    def numbers_agree(self) -> None:
        """The numbers are those of the model."""
        expected = QueueUse(capacity=self.capacity, high_water=self.high_water, waits=0)
        assert self.channel.use() == expected
        assert self.channel.failure is self.failure
        assert self.told == self.changes


_Model.TestCase.settings = settings(max_examples=60, stateful_step_count=30)
TestChannelModel = _Model.TestCase
