"""Tests of how well a score tells the unusual from the usual."""

from __future__ import annotations

import numpy as np
import pytest

from consumer.classifier.calibration import auroc


@pytest.mark.parametrize(
    ("usual", "unusual", "expected"),
    [
        ([1, 2], [3, 4, 5], 1.0),
        ([3, 4], [1, 2], 0.0),
        ([1, 1], [1], 0.5),
        ([1, 3], [2], 0.5),
        ([1, 2, 3, 4], [3], 0.625),
    ],
)
def test_it_is_the_share_of_pairs_in_order(
    usual: list[float], unusual: list[float], expected: float
) -> None:
    found = auroc(np.array(usual, np.float32), np.array(unusual, np.float32))
    assert found == pytest.approx(expected)


@pytest.mark.parametrize("seed", range(5))
def test_it_counts_pairs_and_ties_half(seed: int) -> None:
    random = np.random.default_rng(seed)
    usual = random.integers(0, 10, 37).astype(np.float32)
    unusual = random.integers(3, 14, 23).astype(np.float32)
    pairs = [(a < b) + (a == b) / 2 for a in usual.tolist() for b in unusual.tolist()]
    assert auroc(usual, unusual) == pytest.approx(sum(pairs) / len(pairs))
    assert auroc(usual=unusual, unusual=usual) == pytest.approx(1 - sum(pairs) / len(pairs))
