"""Tests of the classes that a score has, and where the model's stand among them."""

from __future__ import annotations

import numpy as np
import pytest

from consumer.classifier.matching import matched
from shared.intake.imageset import ImageSet


@pytest.mark.parametrize(
    ("theirs", "ours", "classes", "places"),
    [
        (("coat", "bag"), ("bag", "coat"), ("coat", "bag"), [1, 0]),
        (("bag",), ("shoe", "bag"), ("bag", "shoe"), [1, 0]),
        (("0", "1"), ("bag", "coat"), ("bag", "coat"), [0, 1]),
        (("bag", "coat"), ("0", "1"), ("0", "1"), [0, 1]),
    ],
)
def test_the_data_sets_classes_come_first(
    theirs: tuple[str, ...],
    ours: tuple[str, ...],
    classes: tuple[str, ...],
    places: list[int],
) -> None:
    data = ImageSet(np.zeros((2, 4, 4), np.uint8), np.zeros(2, np.int64), theirs, "x")
    found, where = matched(ours, data)
    assert found == classes
    assert where.tolist() == places
