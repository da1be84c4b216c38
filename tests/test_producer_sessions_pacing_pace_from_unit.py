"""pace_from chooses between equal intervals and those of a recording."""

from __future__ import annotations

import numpy as np
import pytest

from producer.sessions.pacing import RecordedSchedule, Schedule, pace_from, recorded_fps

TIMES = np.array([0.0, 0.1, 0.5, 0.6])


def test_a_data_set_is_played_at_equal_intervals() -> None:
    assert pace_from(0, 50.0, fps=10.0) == Schedule(50.0, 10.0)


def test_a_recording_at_its_own_rate_keeps_its_times() -> None:
    pace = pace_from(2, 50.0, fps=recorded_fps(TIMES), offsets_s=TIMES)
    assert isinstance(pace, RecordedSchedule)
    assert pace.due(2) == pytest.approx(50.0)


@pytest.mark.parametrize("fps", [0.0, 4.9, 10.0])
def test_any_other_rate_overrides_the_times_of_a_recording(fps: float) -> None:
    pace = pace_from(2, 50.0, fps=fps, offsets_s=TIMES)
    assert pace == Schedule.starting(2, 50.0, fps)


def test_a_recording_of_one_instant_is_played_as_fast_as_it_goes() -> None:
    assert pace_from(0, 50.0, fps=0.0, offsets_s=np.zeros(5)) == Schedule(50.0, 0.0)
