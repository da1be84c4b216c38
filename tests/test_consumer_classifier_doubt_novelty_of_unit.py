"""Tests of the novelty of images."""

from __future__ import annotations

import numpy as np

from consumer.classifier.card import NoveltyCard
from consumer.classifier.doubt import novelty_of

# Of a single class the energy is minus the logit.
LOGITS = np.array([[-5.0], [-2.0], [1.0], [4.0]], np.float32)


def test_it_is_one_half_at_the_limit_and_grows_with_the_sum() -> None:
    card = NoveltyCard(energy=(0.0, 1.0), limit=2.0)
    found = novelty_of(card, LOGITS, None)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, 1 / (1 + np.exp([-3.0, 0.0, 3.0, 6.0])), rtol=1e-5)


def test_a_distance_adds_to_it() -> None:
    card = NoveltyCard(energy=(0.0, 1.0), distance=(1.0, 2.0), limit=0.0)
    near, far = (
        novelty_of(card, LOGITS, np.full(4, distance, np.float32)) for distance in (1.0, 3.0)
    )
    np.testing.assert_allclose(near, 1 / (1 + np.exp([-5.0, -2.0, 1.0, 4.0])), rtol=1e-5)
    assert (far > near).all()


def test_it_stays_finite_and_within_0_and_1_however_odd_an_image_is() -> None:
    card = NoveltyCard(energy=(0.0, 1e-6), limit=0.0)
    logits = np.array([[-1e20], [1e20]], np.float32)
    with np.errstate(over="raise"):
        found = novelty_of(card, logits, None)
    np.testing.assert_allclose(found, [1.0, 0.0], atol=1e-20)
