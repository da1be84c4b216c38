"""imageset_from_layout: the set in memory of its own."""

from __future__ import annotations

import numpy as np
import pytest
from layout_parts import COLOUR, GRAY, LABELS, decode, image_file

from shared.errors import DataError
from shared.intake.layouts.recognition import imageset_from_layout
from shared.intake.limits import Limits
from shared.intake.ragged import RaggedImages


@pytest.mark.parametrize("value", [GRAY, list(GRAY), np.asfortranarray(GRAY), GRAY.reshape(2, 25)])
def test_the_set_owns_its_memory(value: object) -> None:
    found = imageset_from_layout({"images": value, "labels": LABELS}, where="f")
    assert found.stack.flags.writeable and found.stack.flags.c_contiguous
    assert not np.shares_memory(found.stack, GRAY)
    np.testing.assert_array_equal(found.stack, GRAY)
    assert found.labels is not None and found.labels.tolist() == [1, 0]
    assert (found.classes, found.where) == (("0", "1"), "f")


def test_many_blocks_make_one_set() -> None:
    images = np.arange(3000 * 4, dtype=np.uint8).reshape(3000, 2, 2)
    np.testing.assert_array_equal(imageset_from_layout(images, where="f").stack, images)


def test_images_of_several_sizes_are_kept_as_they_are() -> None:
    files = [image_file(GRAY[0]), image_file(COLOUR[1])]
    found = imageset_from_layout(files, where="f", decode=decode)
    assert isinstance(found.images, RaggedImages)
    np.testing.assert_array_equal(found.image(0), GRAY[0])
    np.testing.assert_array_equal(found.image(1), COLOUR[1])


def test_layout_and_limits_are_heeded() -> None:
    value = {"train": GRAY, "test": COLOUR}
    found = imageset_from_layout(value, where="f", layout="test")
    np.testing.assert_array_equal(found.stack, COLOUR)
    with pytest.raises(DataError, match="too many pixels in f"):
        imageset_from_layout(value, where="f", layout="test", limits=Limits(pixel_bytes=9))
