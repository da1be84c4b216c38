"""Tests of faults.sabotage.set_clock_at_signal."""

from __future__ import annotations

import signal
import time

import pytest

from faults.sabotage import set_clock_at_signal


def test_the_clock_jumps_at_the_signal_and_not_before(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "time", time.time)
    monkeypatch.setattr(time, "time_ns", time.time_ns)
    before = signal.getsignal(signal.SIGUSR1)
    wall = time.time()
    set_clock_at_signal(-3600.0)
    # Whoever took hold of the function before the jump sees it, too.
    held = time.time

    assert 0.0 <= held() - wall < 60.0

    signal.raise_signal(signal.SIGUSR1)
    signal.signal(signal.SIGUSR1, before)

    assert -3600.0 <= held() - wall < -3540.0
    assert -3600.0 <= time.time_ns() / 1e9 - wall < -3540.0
