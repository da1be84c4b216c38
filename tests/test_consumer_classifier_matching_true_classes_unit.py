"""Tests of matching the classes of a data set with those of a model."""

from __future__ import annotations

import numpy as np
import pytest
from classifier_samples import STRIPES, stripes

from consumer.classifier.matching import true_classes
from shared.errors import DataError
from shared.intake.imageset import ImageSet


def _set(classes: tuple[str, ...]) -> ImageSet:
    data = stripes(100)
    return ImageSet(data.images, data.labels, classes, "data")


@pytest.mark.parametrize(
    ("theirs", "ours", "flipped"),
    [
        (STRIPES, STRIPES, False),
        (STRIPES, STRIPES[::-1], True),
        (STRIPES, ("dots", *STRIPES), None),
        (("0", "1"), STRIPES, False),
        (STRIPES, ("0", "1", "2"), False),
    ],
)
def test_classes_are_matched_by_name_where_both_sides_have_some(
    theirs: tuple[str, ...], ours: tuple[str, ...], flipped: bool | None
) -> None:
    data = _set(theirs)
    assert data.labels is not None
    expected = data.labels + 1 if flipped is None else (1 - data.labels if flipped else data.labels)
    np.testing.assert_array_equal(true_classes(ours, data), expected)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (ImageSet(stripes(100).images, where="data"), "no labels to compare with in data"),
        (
            _set(("across", "up")),
            "classes that the model lacks in data: expected across, down, got up",
        ),
        (_set(("up", "up")), "class name twice in data: got 'up'"),
        (_set(("0", "1", "2")), "classes that the model lacks in data: expected .*, got 0, 1, 2"),
    ],
)
def test_data_of_another_kind_are_refused(data: ImageSet, message: str) -> None:
    with pytest.raises(DataError, match=message):
        true_classes(STRIPES, data)
