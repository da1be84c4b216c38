"""Tests of measuring all that a card says of doubt."""

from __future__ import annotations

import numpy as np
import pytest

from consumer.classifier.calibration import conformal_threshold, fit_doubt, fit_temperature
from consumer.classifier.doubt import energies, novelty_of, softmax

RANDOM = np.random.default_rng(0)
LABELS = RANDOM.integers(0, 4, 2_000)
LOGITS = (RANDOM.normal(0, 2, (2_000, 4)) + 4 * np.eye(4)[LABELS]).astype(np.float32)
DISTANCES = RANDOM.normal(3, 2, 2_000).astype(np.float32)


def test_the_threshold_is_that_of_the_probabilities_after_the_temperature() -> None:
    doubt = fit_doubt(LOGITS, LABELS, coverage=0.8)
    assert doubt.temperature == fit_temperature(LOGITS, LABELS)
    assert (doubt.coverage, doubt.images) == (0.8, 2_000)
    assert doubt.threshold == conformal_threshold(softmax(LOGITS / doubt.temperature), LABELS, 0.8)


def test_sets_cover_ninety_nine_of_a_hundred_by_default() -> None:
    doubt = fit_doubt(LOGITS, LABELS)
    true = softmax(LOGITS / doubt.temperature)[np.arange(2_000), LABELS]
    assert doubt.coverage == 0.99
    assert (true >= doubt.threshold).mean() == pytest.approx(0.99, abs=1e-3)


@pytest.mark.parametrize("described", [False, True])
def test_one_in_a_hundred_images_is_new(described: bool) -> None:
    distances = DISTANCES if described else None
    novelty = fit_doubt(LOGITS, LABELS, distances=distances).novelty
    assert novelty is not None
    found = energies(LOGITS)
    assert novelty.energy == pytest.approx((found.mean(), found.std()), rel=1e-4)
    assert (novelty.distance is not None) is described
    assert (novelty_of(novelty, LOGITS, distances) >= 0.5).mean() == pytest.approx(0.01, abs=1e-3)


def test_distances_have_their_mean_and_deviation() -> None:
    novelty = fit_doubt(LOGITS, LABELS, distances=DISTANCES).novelty
    assert novelty is not None and novelty.distance is not None
    assert novelty.distance == pytest.approx((DISTANCES.mean(), DISTANCES.std()), rel=1e-4)


def test_a_single_image_gives_a_card_too() -> None:
    doubt = fit_doubt(LOGITS[:1], LABELS[:1], distances=DISTANCES[:1])
    assert (doubt.images, doubt.threshold) == (1, 0.0)
    assert doubt.novelty is not None
    assert doubt.novelty.energy[1] == pytest.approx(1e-6)
