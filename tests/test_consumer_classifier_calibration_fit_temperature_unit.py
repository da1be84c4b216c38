"""Tests of finding the temperature."""

from __future__ import annotations

import numpy as np
import pytest

from consumer.classifier.calibration import fit_temperature
from consumer.classifier.doubt import Floats, softmax


def _drawn(count: int) -> tuple[Floats, np.typing.NDArray[np.int64]]:
    """Logits, and labels drawn with exactly their probabilities."""
    random = np.random.default_rng(0)
    logits = random.normal(0, 2, (count, 4)).astype(np.float32)
    sums = softmax(logits).cumsum(1)[:, :-1]
    return logits, (random.random((count, 1)) > sums).sum(1)


@pytest.mark.parametrize("factor", [0.2, 1.0, 3.0, 12.0])
def test_the_factor_that_logits_were_scaled_by_is_found_again(factor: float) -> None:
    logits, labels = _drawn(20_000)
    assert fit_temperature(logits * np.float32(factor), labels) == pytest.approx(factor, rel=0.05)


def test_logits_that_are_always_right_are_made_as_sure_as_they_may() -> None:
    logits = np.eye(3, dtype=np.float32)
    assert fit_temperature(logits, np.arange(3)) == pytest.approx(0.05, rel=1e-3)


def test_logits_that_are_always_wrong_are_made_as_unsure_as_they_may() -> None:
    logits = 100 * np.eye(3, dtype=np.float32)
    assert fit_temperature(logits, np.array([1, 2, 0])) == pytest.approx(20.0, rel=1e-3)
