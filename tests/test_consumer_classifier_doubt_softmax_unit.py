"""Tests of probabilities from logits."""

from __future__ import annotations

import numpy as np
import pytest

from consumer.classifier.doubt import softmax


@pytest.mark.parametrize(
    ("logits", "expected"),
    [
        ([0.0, 0.0], [0.5, 0.5]),
        ([0.0, np.log(3.0)], [0.25, 0.75]),
        ([5.0, 5.0, 5.0, 5.0], [0.25] * 4),
        ([1e4, 0.0], [1.0, 0.0]),
        ([-1e30, -1e30], [0.5, 0.5]),
        ([7.0], [1.0]),
    ],
)
def test_logits_become_the_probabilities_they_stand_for(
    logits: list[float], expected: list[float]
) -> None:
    found = softmax(np.array([logits], np.float32))
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, [expected], rtol=1e-6)


def test_each_row_sums_to_one_whatever_is_added_to_it() -> None:
    random = np.random.default_rng(0)
    logits = random.normal(0, 5, (50, 7)).astype(np.float32)
    shifts = random.integers(-8, 8, (50, 1)).astype(np.float32)
    found = softmax(logits)
    np.testing.assert_allclose(found.sum(1), 1, rtol=1e-5)
    np.testing.assert_allclose(softmax(logits + shifts), found, rtol=1e-4)
    np.testing.assert_array_equal(found.argmax(1), logits.argmax(1))
