"""Tests of the calibration error."""

from __future__ import annotations

import numpy as np
import pytest

from consumer.classifier.calibration import calibration_error


@pytest.mark.parametrize(
    ("confidences", "right", "bins", "expected"),
    [
        ([0.75, 0.75, 0.75, 0.75], [1, 1, 1, 0], 15, 0.0),
        ([1.0, 1.0], [1, 1], 15, 0.0),
        ([1.0, 1.0], [0, 0], 15, 1.0),
        ([0.6, 0.8], [1, 0], 1, 0.2),
        ([0.1, 0.9], [1, 0], 1, 0.0),
        ([0.1, 0.9], [1, 0], 2, 0.9),
        ([0.2, 0.4, 0.9], [0, 1, 1], 2, (0.4 + 0.1) / 3),
        ([0.0, 0.5], [0, 1], 2, 0.25),
    ],
)
def test_it_is_the_mean_gap_of_the_bins(
    confidences: list[float], right: list[int], bins: int, expected: float
) -> None:
    found = calibration_error(np.array(confidences, np.float32), np.array(right, bool), bins=bins)
    assert found == pytest.approx(expected, abs=1e-6)


def test_answers_as_often_right_as_they_are_sure_have_next_to_none() -> None:
    random = np.random.default_rng(0)
    confidences = random.uniform(0.2, 1.0, 50_000).astype(np.float32)
    assert calibration_error(confidences, random.random(50_000) < confidences) < 0.01
    assert calibration_error(confidences, random.random(50_000) < confidences - 0.2) > 0.15
