"""Tests of taking the first or last images of a set."""

from __future__ import annotations

import re

import numpy as np
import pytest
from classifier_samples import stripes

from consumer.classifier.evaluation import part
from shared.errors import SettingsError
from shared.intake.imageset import ImageSet


def test_all_are_taken_where_nothing_is_asked() -> None:
    data = stripes(5)
    assert part(data) is data


@pytest.mark.parametrize(
    ("first", "last", "chosen"),
    [(2, None, [0, 1]), (None, 2, [3, 4]), (None, 5, [0, 1, 2, 3, 4])],
)
def test_images_and_labels_are_cut_alike(
    first: int | None, last: int | None, chosen: list[int]
) -> None:
    data = stripes(5)
    assert data.labels is not None
    taken = part(data, first=first, last=last)
    np.testing.assert_array_equal(taken.stack, data.stack[chosen])
    np.testing.assert_array_equal(taken.labels, data.labels[chosen])
    assert (taken.classes, taken.where) == (data.classes, data.where)


def test_a_set_without_labels_can_be_cut() -> None:
    assert part(ImageSet(stripes(5).images), last=2).labels is None


@pytest.mark.parametrize(("first", "last"), [(0, None), (6, None), (None, 6), (1, 1), (None, -1)])
def test_an_impossible_part_is_refused(first: int | None, last: int | None) -> None:
    message = f"in first, last: expected one of them, 1..5, got first {first}, last {last}"
    with pytest.raises(SettingsError, match=re.escape(message)):
        part(stripes(5), first=first, last=last)
