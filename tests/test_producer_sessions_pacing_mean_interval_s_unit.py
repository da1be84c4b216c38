"""mean_interval_s is the time between recorded frames."""

from __future__ import annotations

import numpy as np
import pytest

from producer.sessions.pacing import mean_interval_s


@pytest.mark.parametrize(("offsets", "interval"), [([0.0, 0.1, 0.6], 0.3), ([0.0], 0.1)])
def test_the_interval_is_the_mean_one(offsets: list[float], interval: float) -> None:
    assert mean_interval_s(np.array(offsets)) == pytest.approx(interval)
