"""measure_stack: many images at once are measured as each alone."""

from __future__ import annotations

from dataclasses import astuple, fields

import numpy as np
import pytest

from shared.imaging.measures import Measures, measure
from shared.imaging.stacks import measure_stack


@pytest.mark.parametrize(
    "shape", [(1, 1), (1, 7), (9, 1), (2, 2), (28, 28), (5, 6, 1), (8, 7, 3), (6, 9, 4), (1, 1, 3)]
)
@pytest.mark.parametrize("values", [(0, 256), (77, 78), (255, 256), (0, 2)])
def test_as_one_image_alone(shape: tuple[int, ...], values: tuple[int, int]) -> None:
    stack = np.random.default_rng(0).integers(*values, (6, *shape), dtype=np.uint8)
    alone = [astuple(measure(image)) for image in stack]
    # OpenCV rounds the deviation of a single value to a few millionths.
    found = measure_stack(stack)
    assert found[:, :-1] == pytest.approx(np.array(alone), rel=1e-6, abs=1e-5)


def test_behind_them_stands_the_least_luma_of_any_pixel() -> None:
    stack = np.random.default_rng(0).integers(9, 256, (4, 3, 5), dtype=np.uint8)
    assert measure_stack(stack)[:, -1].tolist() == stack.min(axis=(1, 2)).tolist()


def test_the_sharpness_is_that_of_the_middle_where_one_is_given() -> None:
    stack = np.random.default_rng(0).integers(0, 256, (3, 12, 12, 3), dtype=np.uint8)
    middle = stack[:, 4:8, 4:8]
    found = measure_stack(stack, middle=middle)
    place = [field.name for field in fields(Measures)].index("sharpness")
    assert found[:, place].tolist() == measure_stack(middle)[:, place].tolist()
    assert np.delete(found, place, 1).tolist() == np.delete(measure_stack(stack), place, 1).tolist()
