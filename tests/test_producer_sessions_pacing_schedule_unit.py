"""Schedule says when each frame is due."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from producer.sessions.pacing import Schedule


@pytest.mark.parametrize(
    ("fps", "k", "due"),
    [(10.0, 0, 100.0), (10.0, 1, 100.1), (10.0, 600, 160.0), (0.5, 3, 106.0), (0.0, 7, 100.0)],
)
def test_frame_k_is_due_at_t0_plus_k_over_fps(fps: float, k: int, due: float) -> None:
    assert Schedule(100.0, fps).due(k) == pytest.approx(due, abs=1e-9)


@pytest.mark.parametrize(
    ("fps", "now", "wait", "lateness"),
    [
        (10.0, 100.0, 0.5, -0.5),
        (10.0, 100.5, 0.0, 0.0),
        (10.0, 102.0, 0.0, 1.5),
        (0.0, 105.0, 0.0, 0.0),
        (0.0, 99.0, 1.0, 0.0),
    ],
)
def test_frame_five_waits_or_is_late(fps: float, now: float, wait: float, lateness: float) -> None:
    schedule = Schedule(100.0, fps)
    assert schedule.wait(5, now) == pytest.approx(wait)
    assert schedule.lateness(5, now) == pytest.approx(lateness)


def test_the_millionth_frame_carries_no_error_of_those_before() -> None:
    schedule = Schedule(12345.678, 30.0)
    assert schedule.due(1_000_000) == 12345.678 + 1_000_000 / 30.0


@given(st.floats(0.001, 1e6), st.integers(0, 2**32), st.floats(-1e6, 1e6), st.floats(-1e6, 1e6))
def test_waiting_as_told_ends_when_the_frame_is_due_or_at_once(
    fps: float, k: int, t0: float, now: float
) -> None:
    schedule = Schedule(t0, fps)
    wait = schedule.wait(k, now)
    assert wait >= 0.0
    assert wait == 0.0 or now + wait == pytest.approx(schedule.due(k), abs=1e-6)
    assert wait == 0.0 or schedule.lateness(k, now) < 0.0


@pytest.mark.parametrize(
    ("k0", "fps", "schedule"),
    [(0, 10.0, Schedule(50.0, 10.0)), (20, 10.0, Schedule(48.0, 10.0)), (20, 0.0, Schedule(50, 0))],
)
def test_it_can_start_in_the_middle(k0: int, fps: float, schedule: Schedule) -> None:
    assert Schedule.starting(k0, 50.0, fps) == schedule
    assert schedule.due(k0) == 50.0


@pytest.mark.parametrize(("fps", "is_paced"), [(10.0, True), (0.001, True), (0.0, False)])
def test_there_is_no_time_to_keep_to_at_rate_0(fps: float, is_paced: bool) -> None:
    assert Schedule(0.0, fps).is_paced is is_paced
