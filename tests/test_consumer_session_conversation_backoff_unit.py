"""backoff: 0.1 s doubling to 5 s, with full jitter."""

from __future__ import annotations

import random

import pytest

from consumer.session.conversation import backoff


@pytest.mark.parametrize(
    ("attempt", "longest"),
    [(0, 0.1), (1, 0.2), (2, 0.4), (5, 3.2), (6, 5.0), (7, 5.0), (16, 5.0), (10**6, 5.0)],
)
def test_a_wait_lies_between_nothing_and_the_attempts_longest(attempt: int, longest: float) -> None:
    chance = random.Random(5)
    waits = [backoff(attempt, chance) for _ in range(2000)]
    assert 0.0 <= min(waits) < 0.01 * longest
    assert 0.99 * longest < max(waits) <= longest


@pytest.mark.parametrize(
    ("attempt", "waited", "longest"),
    [(0, 0.0, 0.1), (5, 0.0, 0.1), (5, 1.0, 1.0), (2, 1.0, 0.4), (5, 10.0, 3.2), (9, 60.0, 5.0)],
)
def test_an_outage_is_at_most_doubled(attempt: int, waited: float, longest: float) -> None:
    chance = random.Random(6)
    waits = [backoff(attempt, chance, waited=waited) for _ in range(2000)]
    assert 0.99 * longest < max(waits) <= longest


def test_the_same_seed_gives_the_same_waits() -> None:
    first, second = random.Random(1), random.Random(1)
    assert [backoff(k, first) for k in range(9)] == [backoff(k, second) for k in range(9)]
