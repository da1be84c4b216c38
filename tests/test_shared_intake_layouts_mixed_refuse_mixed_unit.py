"""refuse_mixed: the first image of a list that is none, or of another kind than the first."""

from __future__ import annotations

import numpy as np
import pytest
from layout_parts import GRAY

from shared.errors import DataError
from shared.intake.layouts.mixed import refuse_mixed, refuse_mixed_dtypes


@pytest.mark.parametrize(
    ("images", "message"),
    [
        ([GRAY[0], b"x"], "image 1 is no image in f: expected an array, as the first, got 1 bytes"),
        ([[1], GRAY[0]], "image 1 is no image in f: expected a list of numbers, as the first"),
        ([b"x", None], "image 1 is no image in f: .* got NoneType; leave out what is None"),
        (["a.png"], "image 0 is no image in f: .* got text; paths are not followed"),
        ([7], "image 0 is no image in f: expected an array, or .* got int; save images as numpy"),
    ],
)
def test_the_first_image_of_another_kind_is_named(images: list[object], message: str) -> None:
    with pytest.raises(DataError, match=message):
        refuse_mixed(images, "f")


def test_the_first_image_of_another_dtype_is_named() -> None:
    images = [GRAY[0], GRAY[0].astype(np.int64), GRAY[0] / 2, GRAY[0] > 3]
    refuse_mixed_dtypes(images[:2], "f")
    message = "image 2 has another dtype in f: expected uint8, as the first, got float64; scale"
    with pytest.raises(DataError, match=message):
        refuse_mixed_dtypes(images, "f")
