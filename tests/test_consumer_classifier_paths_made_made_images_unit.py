"""Tests of made images."""

from __future__ import annotations

import numpy as np
import pytest

from consumer.classifier.paths.made import made_images


@pytest.mark.parametrize("shape", [(28, 28), (4, 9), (12, 10, 3)])
def test_they_are_bright_things_on_black(shape: tuple[int, ...]) -> None:
    images = made_images(40, shape)
    assert images.shape == (40, *shape)
    assert images.dtype == np.uint8
    assert images.flags.c_contiguous
    assert 0.05 < (images > 0).mean() < 0.95
    assert images.max() > 150


def test_the_seed_makes_them() -> None:
    np.testing.assert_array_equal(made_images(3, (8, 8), seed=1), made_images(3, (8, 8), seed=1))
    assert (made_images(3, (8, 8), seed=1) != made_images(3, (8, 8), seed=2)).any()
    assert (made_images(2, (28, 28))[0] != made_images(2, (28, 28))[1]).any()
