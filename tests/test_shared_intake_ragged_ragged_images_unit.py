"""RaggedImages: images of several sizes in one buffer."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from shared.errors import DataError
from shared.intake.ragged import RaggedImages

PIXELS = np.arange(2 * 3 + 1 * 2 * 3 + 2 * 2 * 4, dtype=np.uint8)
SHAPES = np.array([(2, 3, 1), (1, 2, 3), (2, 2, 4)])


def test_each_image_is_a_view_of_its_own_shape() -> None:
    images = RaggedImages(PIXELS, SHAPES)
    assert len(images) == 3
    assert [image.shape for image in images] == [(2, 3), (1, 2, 3), (2, 2, 4)]
    assert np.concatenate([image.ravel() for image in images]).tolist() == PIXELS.tolist()
    assert all(np.shares_memory(image, PIXELS) for image in images)


def test_it_counts_from_the_end_as_well_and_knows_its_bounds() -> None:
    images = RaggedImages(PIXELS, SHAPES)
    assert images[-1].tolist() == images[2].tolist()
    for index in (3, -4):
        with pytest.raises(IndexError):
            images.part(np.array([index]))


@pytest.mark.parametrize("chosen", [slice(1, None), np.array([2, 0]), np.array([1, 1, 1])])
def test_a_part_has_the_chosen_images_in_their_order(chosen: Any) -> None:
    images = RaggedImages(PIXELS, SHAPES, "f")
    part = images.part(chosen)
    places = np.arange(3)[chosen].tolist()
    assert part.where == "f"
    assert [image.tolist() for image in part] == [images[place].tolist() for place in places]


@pytest.mark.parametrize(
    ("pixels", "shapes", "message"),
    [
        (PIXELS.astype(np.int64), SHAPES, r"in f: expected uint8 pixels .*, got int64 of shape"),
        (PIXELS.reshape(2, -1), SHAPES, r"expected uint8 pixels .*, got uint8 of shape \(2, 14\)"),
        (PIXELS, SHAPES[:, :2], r"expected integer shapes .*, got int64 of shape \(3, 2\)"),
        (PIXELS, SHAPES[0], r"expected integer shapes .*, got int64 of shape \(3,\)"),
        (PIXELS, SHAPES.astype(float), "expected integer shapes .*, got float64"),
        (PIXELS, SHAPES * 0, r"expected sizes of 1 to 65,535, got 0\.\.0"),
        (PIXELS, SHAPES * 65_536, "expected sizes of 1 to 65,535, got 65536"),
        (PIXELS[1:], SHAPES, "expected 28 bytes of pixels, got 27"),
        (PIXELS, SHAPES[1:], "expected 22 bytes of pixels, got 28"),
    ],
)
def test_what_does_not_fit_is_refused(pixels: Any, shapes: Any, message: str) -> None:
    with pytest.raises(DataError, match=message):
        RaggedImages(pixels, shapes, "f")


def test_a_sum_beyond_64_bits_does_not_wrap_around() -> None:
    shapes = np.full((2**19 + 1, 3), 2**15)
    shapes[0] = (2, 2, 1)
    with pytest.raises(DataError, match="expected 18,446,744,073,709,551,620 bytes of .*, got 4"):
        RaggedImages(np.zeros(4, np.uint8), shapes)


def test_none_at_all_are_images_too() -> None:
    images = RaggedImages(PIXELS[:0], SHAPES[:0])
    assert len(images) == 0
    assert len(RaggedImages(PIXELS, SHAPES).part(slice(0))) == 0
