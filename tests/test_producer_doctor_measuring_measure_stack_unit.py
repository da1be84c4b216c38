"""measure_stack: many images at once are measured as each alone."""

from __future__ import annotations

from dataclasses import astuple

import numpy as np
import pytest

from producer.doctor.measuring import measure_stack
from shared.imaging.measures import measure


@pytest.mark.parametrize(
    "shape", [(1, 1), (1, 7), (9, 1), (2, 2), (28, 28), (5, 6, 1), (8, 7, 3), (6, 9, 4), (1, 1, 3)]
)
@pytest.mark.parametrize("values", [(0, 256), (77, 78), (255, 256), (0, 2)])
def test_as_one_image_alone(shape: tuple[int, ...], values: tuple[int, int]) -> None:
    stack = np.random.default_rng(0).integers(*values, (6, *shape), dtype=np.uint8)
    alone = [astuple(measure(image)) for image in stack]
    # OpenCV rounds the deviation of a single value to a few millionths.
    assert measure_stack(stack) == pytest.approx(np.array(alone), rel=1e-6, abs=1e-5)
