"""Tests of the energy of logits."""

from __future__ import annotations

import numpy as np
import pytest

from consumer.classifier.doubt import energies


@pytest.mark.parametrize(
    ("logits", "expected"),
    [
        ([0.0, 0.0], -np.log(2.0)),
        ([np.log(2.0), np.log(6.0)], -np.log(8.0)),
        ([3.5], -3.5),
        ([1e4, 0.0], -1e4),
        ([-1e4, -1e4 - 50], 1e4),
    ],
)
def test_the_energy_is_minus_the_logarithm_of_the_sum_of_exponentials(
    logits: list[float], expected: float
) -> None:
    found = energies(np.array([logits], np.float32))
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, [expected], rtol=1e-6)


def test_a_batch_has_an_energy_of_each_image() -> None:
    logits = np.random.default_rng(1).normal(0, 3, (20, 4)).astype(np.float32)
    direct = -np.log(np.exp(logits.astype(np.float64)).sum(1))
    np.testing.assert_allclose(energies(logits), direct, rtol=1e-5)
