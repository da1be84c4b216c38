"""ImageSet: what it accepts, what it refuses, and what its digest depends on."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from shared.errors import DataError
from shared.intake.imageset import ImageSet


def zeros(*shape: int, dtype: Any = np.uint8) -> Any:
    """An array of zeros."""
    return np.zeros(shape, dtype=dtype)


def labels(*values: int) -> Any:
    """Labels as they must be."""
    return np.array(values, dtype=np.int64)


@pytest.mark.parametrize(
    ("shape", "layout", "image_shape"),
    [
        ((2, 28, 30), "NHW", (28, 30, 1)),
        ((1, 1, 1), "NHW", (1, 1, 1)),
        ((1, 4096, 1), "NHW", (4096, 1, 1)),
        ((3, 5, 6, 1), "NHWC", (5, 6, 1)),
        ((3, 5, 6, 3), "NHWC", (5, 6, 3)),
        ((3, 5, 6, 4), "NHWC", (5, 6, 4)),
    ],
)
def test_layout_and_image_shape_follow_from_the_array(
    shape: tuple[int, ...], layout: str, image_shape: tuple[int, int, int]
) -> None:
    images = ImageSet(zeros(*shape))
    assert len(images) == shape[0]
    assert images.layout == layout
    assert images.image_shape == image_shape


@pytest.mark.parametrize(
    ("images", "given", "classes", "message"),
    [
        (zeros(1, 2, 2, dtype=np.int8), None, (), "dtype of images in f: expected uint8, got int8"),
        (zeros(2, 2), None, (), r"shape of images in f: expected \(N, H, W\) .* got \(2, 2\)"),
        (zeros(1, 2, 2, 2), None, (), r"shape of images in f: .* got \(1, 2, 2, 2\)"),
        (zeros(0, 2, 2), None, (), "number of images in f: expected 1 to 2,000,000, got 0"),
        (zeros(2_000_001, 1, 1), None, (), "number of images in f: .* got 2,000,001"),
        (zeros(1, 0, 2), None, (), r"image size in f: .* 1 to 4096 pixels, got \(0, 2\)"),
        (zeros(1, 2, 4097), None, (), r"image size in f: .* got \(2, 4097\)"),
        (zeros(1, 2, 2), zeros(1), ("a",), "dtype of labels in f: expected int64, got uint8"),
        (zeros(1, 2, 2), labels(0, 0), ("a",), r"of labels in f: .* \(1,\), got \(2,\)"),
        (zeros(1, 2, 2), labels(0), (), "of classes in f: expected 1 to 1,000, got 0"),
        (zeros(1, 2, 2), labels(0), ("a",) * 1001, "of classes in f: .* got 1001"),
        (zeros(2, 2, 2), labels(0, 2), ("a", "b"), "label out of range in f: .* 0..1, got 0..2"),
        (zeros(2, 2, 2), labels(-1, 0), ("a",), "label out of range in f: .* 0..0, got -1..0"),
    ],
)
def test_what_cannot_be_streamed_is_refused(
    images: Any, given: Any, classes: tuple[str, ...], message: str
) -> None:
    with pytest.raises(DataError, match=message):
        ImageSet(images, given, classes, "f")


def test_equal_content_has_an_equal_digest_whatever_its_memory_order() -> None:
    pixels = np.arange(24, dtype=np.uint8).reshape(2, 3, 4)
    first = ImageSet(pixels, labels(0, 1), ("a", "b"), "one file")
    second = ImageSet(np.asfortranarray(pixels), labels(0, 1), ("a", "b"), "another file")
    assert first.digest() == second.digest()
    assert len(first.digest()) == 64


@pytest.mark.parametrize(
    "other",
    [
        ImageSet(zeros(2, 2, 8), labels(0, 1), ("a", "b")),
        ImageSet(zeros(2, 4, 4) + np.uint8(1), labels(0, 1), ("a", "b")),
        ImageSet(zeros(2, 4, 4), labels(1, 0), ("a", "b")),
        ImageSet(zeros(2, 4, 4), labels(0, 1), ("a", "c")),
        ImageSet(zeros(2, 4, 4), labels(0, 1), ("a", "b", "c")),
        ImageSet(zeros(2, 4, 4)),
    ],
    ids=["shape", "pixels", "labels", "class name", "more classes", "no labels"],
)
def test_other_content_has_another_digest(other: ImageSet) -> None:
    assert ImageSet(zeros(2, 4, 4), labels(0, 1), ("a", "b")).digest() != other.digest()
