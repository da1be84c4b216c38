"""Tests of the sum of standardised scores."""

from __future__ import annotations

import numpy as np

from consumer.classifier.doubt import energies, novelty_sums

LOGITS = np.array([[0.0, 0.0], [4.0, 0.0], [0.0, 9.0]], np.float32)
DISTANCES = np.array([1.0, 3.0, 7.0], np.float32)


def test_both_scores_are_standardised_and_added() -> None:
    found = novelty_sums((-2.0, 0.5), (3.0, 4.0), LOGITS, DISTANCES)
    expected = (energies(LOGITS) + 2) / 0.5 + np.array([-0.5, 0.0, 1.0])
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, expected, rtol=1e-6)


def test_without_distances_or_their_spread_the_energy_stands_alone() -> None:
    alone = novelty_sums((-2.0, 0.5), None, LOGITS, None)
    np.testing.assert_allclose(alone, (energies(LOGITS) + 2) / 0.5, rtol=1e-6)
    np.testing.assert_array_equal(novelty_sums((-2.0, 0.5), None, LOGITS, DISTANCES), alone)
    np.testing.assert_array_equal(novelty_sums((-2.0, 0.5), (3.0, 4.0), LOGITS, None), alone)
