"""recorded_fps is the mean rate of a recording."""

from __future__ import annotations

import numpy as np
import pytest

from producer.sessions.pacing import recorded_fps
from shared.messages import MAX_FPS


@pytest.mark.parametrize(
    ("offsets", "fps"),
    [
        ([0.0, 0.1, 0.5, 0.6], 5.0),
        ([0.0], 10.0),
        ([0.0, 0.0, 0.0], 0.0),
        ([0.0, 1e-9], MAX_FPS),
    ],
)
def test_the_rate_is_that_of_the_mean_interval(offsets: list[float], fps: float) -> None:
    assert recorded_fps(np.array(offsets)) == pytest.approx(fps)
