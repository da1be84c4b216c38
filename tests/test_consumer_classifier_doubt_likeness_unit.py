"""Tests of the distance to what was trained on."""

from __future__ import annotations

import numpy as np
import pytest

from consumer.classifier.doubt import Likeness


def test_distances_are_those_of_the_direct_formula() -> None:
    random = np.random.default_rng(0)
    means, points = random.normal(0, 2, (3, 5)), random.normal(0, 2, (40, 5))
    mixing = random.normal(0, 1, (5, 5))
    covariance = mixing @ mixing.T + np.eye(5)
    whitening = np.linalg.cholesky(np.linalg.inv(covariance))
    off = points[:, None] - means
    direct = np.einsum("ncd,de,nce->nc", off, np.linalg.inv(covariance), off).min(1)
    likeness = Likeness((means @ whitening).astype(np.float32), whitening.astype(np.float32))
    found = likeness.distances(points.astype(np.float32))
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, np.log(direct), atol=1e-3)


@pytest.mark.parametrize(
    ("point", "expected"),
    [((3.0, 4.0), np.log(25.0)), ((10.0, 1.0), 0.0), ((0.0, 0.0), np.log(1e-12))],
)
def test_the_nearest_class_counts_and_no_distance_is_infinite(
    point: tuple[float, float], expected: float
) -> None:
    likeness = Likeness(np.array([[0, 0], [10, 0]], np.float32), np.eye(2, dtype=np.float32))
    found = likeness.distances(np.array([point], np.float32))
    np.testing.assert_allclose(found, [expected], atol=1e-6)
