"""RecordedSchedule says when each frame is due where a recording is played."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from producer.sessions.pacing import RecordedSchedule
from shared.errors import DataError

TIMES = np.array([0.0, 0.1, 0.5, 0.6])


@pytest.mark.parametrize(
    ("k", "due"),
    [(0, 100.0), (1, 100.1), (2, 100.5), (3, 100.6), (4, 100.8), (6, 101.3), (9, 101.7)],
)
def test_frames_are_due_as_recorded_and_again_after_one_mean_interval(k: int, due: float) -> None:
    schedule = RecordedSchedule(100.0, TIMES)
    assert schedule.due(k) == pytest.approx(due)
    assert schedule.is_paced


@pytest.mark.parametrize(
    ("now", "wait", "lateness"), [(100.0, 0.5, -0.5), (100.5, 0.0, 0.0), (102.0, 0.0, 1.5)]
)
def test_frame_two_waits_or_is_late(now: float, wait: float, lateness: float) -> None:
    schedule = RecordedSchedule(100.0, TIMES)
    assert schedule.wait(2, now) == pytest.approx(wait)
    assert schedule.lateness(2, now) == pytest.approx(lateness)


@given(st.integers(0, 1000), st.floats(-1e6, 1e6))
def test_it_can_start_in_the_middle_without_any_frame_being_late(k0: int, now: float) -> None:
    schedule = RecordedSchedule.starting(k0, now, TIMES)
    assert schedule.due(k0) == pytest.approx(now, abs=1e-6)
    between = RecordedSchedule(0.0, TIMES)
    after = schedule.due(k0 + 7) - schedule.due(k0)
    assert after == pytest.approx(between.due(k0 + 7) - between.due(k0), abs=1e-6)


def test_one_frame_is_played_ten_times_a_second() -> None:
    schedule = RecordedSchedule(0.0, np.zeros(1))
    assert [schedule.due(k) for k in range(3)] == pytest.approx([0.0, 0.1, 0.2])


@pytest.mark.parametrize(
    "offsets", [[], [1.0], [0.0, np.nan], [0.0, np.inf], [0.0, 2.0, 1.0], [0.0, -1.0]]
)
def test_times_that_are_none_are_refused(offsets: list[float]) -> None:
    with pytest.raises(DataError, match="wrong times in a recording"):
        RecordedSchedule(0.0, np.array(offsets))
