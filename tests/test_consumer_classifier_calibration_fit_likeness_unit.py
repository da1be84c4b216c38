"""Tests of learning what training images look like."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from consumer.classifier.calibration import fit_likeness
from consumer.classifier.doubt import Floats

CENTRES = np.array([[0.0, 4.0, 1.0], [6.0, 0.0, 1.0], [3.0, 3.0, 9.0]])
MIXING = np.array([[1.0, 0.5, 0.0], [0.0, 2.0, 0.3], [0.0, 0.0, 0.7]])


def _descriptions(seed: int) -> tuple[Floats, NDArray[np.int64]]:
    """Three clouds of one shape."""
    random = np.random.default_rng(seed)
    labels = random.integers(0, 3, 3_000)
    points = CENTRES[labels] + random.normal(0, 1, (3_000, 3)) @ MIXING
    return points.astype(np.float32), labels


def test_distances_are_mahalanobis_distances_to_the_nearest_class() -> None:
    points, labels = _descriptions(0)
    likeness = fit_likeness(points, labels, 3)
    off = points[:, None].astype(np.float64) - CENTRES
    direct = np.einsum("ncd,de,nce->nc", off, np.linalg.inv(MIXING.T @ MIXING), off).min(1)
    found = np.exp(likeness.distances(points))
    np.testing.assert_allclose(found, direct, rtol=0.1, atol=0.3)
    assert found.mean() == pytest.approx(3, rel=0.1)


def test_what_lies_far_away_is_farther_than_all_that_was_trained_on() -> None:
    points, labels = _descriptions(0)
    likeness = fit_likeness(points, labels, 3)
    far = likeness.distances(np.array([[40.0, 0.0, 0.0]], np.float32))
    assert far[0] > likeness.distances(_descriptions(1)[0]).max()


def test_a_class_without_images_is_put_at_the_mean_of_all() -> None:
    points, labels = _descriptions(0)
    likeness = fit_likeness(points, 2 * labels, 6)
    middle = points.mean(0, dtype=np.float64) @ likeness.whitening
    assert likeness.means.shape == (6, 3)
    np.testing.assert_allclose(likeness.means[[1, 3, 5]], np.tile(middle, (3, 1)), rtol=1e-4)
    np.testing.assert_allclose(
        likeness.means[::2], fit_likeness(points, labels, 3).means, rtol=1e-6
    )


def test_descriptions_that_never_differ_give_finite_distances() -> None:
    likeness = fit_likeness(np.ones((4, 2), np.float32), np.array([0, 0, 1, 1]), 2)
    found = likeness.distances(np.array([[1.0, 1.0], [2.0, 1.0]], np.float32))
    assert np.isfinite(found).all()
    assert found[0] < found[1]
