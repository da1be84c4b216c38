"""Tests of the learning rate's schedule."""

from __future__ import annotations

import pytest

from consumer.classifier.training.trainer import triangular


@pytest.mark.parametrize(
    ("step", "share"), [(0, 0.1 / 0.2), (1, 1.0), (2, 0.7 / 0.8), (5, 0.5), (8, 0.1 / 0.8)]
)
def test_it_rises_to_the_peak_and_falls(step: int, share: float) -> None:
    assert triangular(step, 9, 0.2) == pytest.approx(share)


def test_no_step_of_a_run_stands_still() -> None:
    assert all(triangular(step, 5, 0.2) > 0 for step in range(5))
