"""Patience pauses twice as long each time, for ten seconds in all."""

from __future__ import annotations

import pytest

from producer.ledger.patience import FIRST_PAUSE_S, LONGEST_PAUSE_S, PATIENCE_S, Patience


class _Time:
    """Moves by what is waited for, and by what a try takes."""

    def __init__(self) -> None:
        self.now = 50.0
        self.pauses: list[float] = []
        self.ended = False

    def __call__(self) -> float:
        return self.now

    def pause(self, seconds: float) -> bool:
        """Wait in no time."""
        self.pauses.append(seconds)
        self.now += seconds
        return self.ended


def test_pauses_grow_up_to_the_longest_and_end_after_ten_seconds() -> None:
    time = _Time()
    patience = Patience(time, time.pause, since=time.now)
    tries = 1
    while patience.again():
        tries += 1
    assert time.pauses[:6] == [FIRST_PAUSE_S, 0.1, 0.2, 0.4, 0.8, LONGEST_PAUSE_S]
    assert sum(time.pauses) == pytest.approx(PATIENCE_S)
    assert tries == len(time.pauses) + 1
    assert patience.is_over


def test_it_counts_from_when_what_fails_was_asked_for() -> None:
    time = _Time()
    patience = Patience(time, time.pause, since=time.now - PATIENCE_S + 0.25)
    while patience.again():
        pass
    assert sum(time.pauses) == pytest.approx(0.25)


def test_what_has_waited_so_long_for_its_turn_is_tried_no_second_time() -> None:
    time = _Time()
    patience = Patience(time, time.pause, since=time.now - PATIENCE_S)
    assert not patience.is_over
    assert not patience.again()
    assert not time.pauses


def test_a_try_that_takes_longer_than_it_ends_it() -> None:
    time = _Time()
    patience = Patience(time, time.pause, since=time.now)
    assert patience.again()
    time.now += PATIENCE_S
    assert not patience.again()
    assert time.pauses == [FIRST_PAUSE_S]


def test_who_is_told_to_wait_no_more_does_not_try_again() -> None:
    time = _Time()
    time.ended = True
    patience = Patience(time, time.pause, since=time.now)
    assert not patience.again()
    assert patience.is_over
