"""Tests of faults.sabotage.set_clock."""

from __future__ import annotations

import time

import pytest

from faults.sabotage import set_clock


@pytest.fixture(autouse=True)
def _own_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """The clock is put right again afterwards."""
    monkeypatch.setattr(time, "time", time.time)
    monkeypatch.setattr(time, "time_ns", time.time_ns)


def test_the_system_clock_jumps_and_the_monotonic_one_does_not() -> None:
    wall, steady = time.time(), time.monotonic()
    set_clock(3600.0)

    assert 3600.0 <= time.time() - wall < 3660.0
    assert 3600 * 10**9 <= time.time_ns() - wall * 1e9 < 3660 * 10**9
    assert time.monotonic() - steady < 60.0
