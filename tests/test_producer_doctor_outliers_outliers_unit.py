"""outliers: blank, flat, clipped, or far from the others."""

from __future__ import annotations

import doctor_parts as parts
import numpy as np
import pytest
from numpy.typing import NDArray

from producer.doctor.outliers import ROBUST_FROM, ROBUST_Z, Outlier, outliers
from producer.doctor.survey import survey


def found_in(images: NDArray[np.uint8]) -> list[Outlier]:
    """Outliers among these images."""
    return outliers(parts.surveyed(images)[1])


def by_image(images: NDArray[np.uint8]) -> dict[int, str]:
    """The reason of each outlier."""
    return {outlier.index: outlier.reason for outlier in found_in(images)}


def test_similar_pictures_have_no_outlier() -> None:
    assert not found_in(parts.pictures(60))


@pytest.mark.parametrize("value", [0, 77, 255])
def test_an_image_of_one_value_is_blank(value: int) -> None:
    images = parts.pictures(4)
    images[2] = value
    assert found_in(images)[0].reason == "blank"
    assert by_image(images) == {2: "blank"}


def test_an_image_of_one_colour_is_flat_and_not_blank() -> None:
    images = parts.pictures(4, channels=3)
    images[1] = (200, 10, 10)
    assert by_image(images) == {1: "flat"}


def test_an_image_of_nearly_one_value_is_flat() -> None:
    images = parts.pictures(4)
    images[3] = images[3] // 128 + 60
    assert by_image(images) == {3: "flat"}


def test_an_image_at_its_limits_is_clipped() -> None:
    images = parts.pictures(4)
    images[0] = np.where(images[0] > 120, 255, 0)
    outlier = found_in(images)[0]
    assert (outlier.index, outlier.reason, outlier.value) == (0, "clipped", 1.0)
    assert outlier.score is None


def test_where_most_images_are_at_their_limits_none_is_clipped() -> None:
    images = parts.pictures(5)
    images[:4] = np.where(images[:4] > 120, 255, 0)
    assert not found_in(images)


def test_an_image_unlike_the_others_comes_with_its_distance() -> None:
    images = parts.pictures(60)
    images[7] = 255 - images[7] // 8
    outlier = next(outlier for outlier in found_in(images) if outlier.index == 7)
    assert outlier.reason in ("brightness", "contrast", "sharpness", "entropy")
    assert outlier.score is not None and outlier.score >= ROBUST_Z


def test_few_images_are_not_compared() -> None:
    images = parts.pictures(ROBUST_FROM - 1)
    images[7] = 255 - images[7] // 8
    assert not found_in(images)


def test_each_image_is_named_once_the_worst_reason_first() -> None:
    images = parts.pictures(60)
    images[3] = 0
    images[5] = images[5] // 128 + 60
    images[9] = np.where(images[9] > 120, 255, 0)
    images[11] = 255 - images[11] // 8
    found = found_in(images)
    assert [outlier.index for outlier in found] == [3, 5, 9, 11]
    assert [outlier.reason for outlier in found[:3]] == ["blank", "flat", "clipped"]


def test_a_measure_that_is_the_same_for_most_compares_nothing() -> None:
    images = parts.pictures(60, channels=3)
    images[:59] = images[:59].mean(axis=3, keepdims=True)
    found = found_in(images)
    assert all(outlier.reason != "saturation" for outlier in found)


def test_the_images_have_their_own_indices_where_only_some_are_measured() -> None:
    images = parts.pictures(120)
    images[[3, 40]] = 0
    images[80, ::2] = 255
    seen = survey(parts.image_set(images), max_measured=60)
    assert {(outlier.index, outlier.reason) for outlier in outliers(seen)} >= {(40, "blank")}
    assert {outlier.index for outlier in outliers(seen)} == {40, 80}
