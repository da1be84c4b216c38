"""Pace is what both kinds of schedule are."""

from __future__ import annotations

import numpy as np
import pytest

from producer.sessions.pacing import Pace, RecordedSchedule, Schedule


@pytest.mark.parametrize("pace", [Schedule(1.0, 10.0), RecordedSchedule(1.0, np.zeros(1))])
def test_both_schedules_answer_the_same_questions(pace: Pace) -> None:
    assert pace.is_paced
    assert pace.due(0) == 1.0
    assert pace.wait(0, 0.5) == 0.5
    assert pace.lateness(0, 1.5) == 0.5
