"""anchored_clock agrees with the system's time now and cannot be set back."""

from __future__ import annotations

import time

import pytest

from producer.app import anchored_clock


def test_both_clocks_agree_with_the_system() -> None:
    clock = anchored_clock()
    assert clock.unix_ns() == pytest.approx(time.time_ns(), abs=1e9)
    assert clock.monotonic() == pytest.approx(time.monotonic(), abs=1.0)


def test_a_system_clock_that_is_set_back_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = anchored_clock()
    before = clock.unix_ns()
    monkeypatch.setattr(time, "time_ns", lambda: 0)
    assert before <= clock.unix_ns() < before + 10**10
