"""RateLimit lets so many messages a second through, and a second's worth at once."""

from __future__ import annotations

import pytest

from producer.ports.rate import RateLimit


class _Clock:
    """Seconds that pass when they are told to."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


def _taken(limit: RateLimit) -> int:
    """How many messages come through before one has to wait; that one counts too."""
    for count in range(10_000):
        if limit.take():
            return count
    raise AssertionError("no limit")


@pytest.mark.parametrize("per_s", [1, 7, 1000])
def test_a_seconds_worth_may_come_at_once(per_s: int) -> None:
    assert _taken(RateLimit(per_s, _Clock())) == per_s


@pytest.mark.parametrize(
    ("seconds", "more"), [(0.1, 0), (0.2, 1), (0.65, 5), (1.1, 10), (3600.0, 10)]
)
def test_time_fills_the_bucket_again_up_to_its_brim(seconds: float, more: int) -> None:
    clock = _Clock()
    limit = RateLimit(10, clock)
    _taken(limit)
    clock.now += seconds + 1e-9
    assert _taken(limit) == more


def test_a_steady_pace_below_the_limit_never_waits() -> None:
    clock = _Clock()
    limit = RateLimit(10, clock)
    for _ in range(1000):
        clock.now += 0.101
        assert not limit.take()


def test_who_waits_as_told_is_read_at_exactly_the_rate() -> None:
    clock = _Clock()
    limit = RateLimit(4, clock)
    began = clock.now
    for _ in range(4 + 40):
        clock.now += limit.take()
    assert clock.now - began == pytest.approx(10.0)
