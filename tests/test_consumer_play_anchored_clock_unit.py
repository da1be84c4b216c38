"""anchored_clock: agrees with the system's clock and is never set."""

from __future__ import annotations

import time

from consumer.play import anchored_clock


def test_the_clock_agrees_with_the_systems_and_never_goes_back() -> None:
    now_ns = anchored_clock()
    readings = [now_ns() for _ in range(1000)]
    assert readings == sorted(readings)
    assert abs(readings[0] - time.time_ns()) < 60e9
