"""collect: blocks of images become one set, in order."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from numpy.typing import NDArray

from shared.errors import DataError
from shared.intake.found import Found, collect
from shared.intake.limits import Limits
from shared.intake.ragged import RaggedImages


def blocks(*shapes: tuple[int, ...]) -> list[NDArray[np.uint8]]:
    """Blocks of these shapes; each is filled with its own number."""
    return [np.full(shape, number, np.uint8) for number, shape in enumerate(shapes, 1)]


def found(made: list[NDArray[np.uint8]], *labels: int) -> Found:
    """These blocks, with labels where any are given."""
    truth = np.array(labels, np.int64) if labels else None
    return Found(lambda: iter(made), "blocks", labels=truth, classes=("a", "b") if labels else ())


def test_blocks_of_one_size_become_one_array() -> None:
    images = collect(found(blocks((2, 3, 4), (1, 3, 4)), 0, 1, 0), where="f")
    assert images.stack.shape == (3, 3, 4)
    assert [int(image.max()) for image in images.stack] == [1, 1, 2]
    assert images.labels is not None
    assert (images.labels.tolist(), images.classes, images.where) == ([0, 1, 0], ("a", "b"), "f")


def test_a_single_block_is_not_copied() -> None:
    made = blocks((2, 3, 4, 3))
    assert np.shares_memory(collect(found(made), where="f").stack, made[0])


def test_blocks_of_several_sizes_become_images_of_several_sizes() -> None:
    images = collect(found(blocks((2, 3, 4), (1, 2, 2, 3), (1, 3, 4))), where="f")
    assert isinstance(images.images, RaggedImages)
    assert images.images.shapes.tolist() == [[3, 4, 1], [3, 4, 1], [2, 2, 3], [3, 4, 1]]
    assert [int(image.max()) for image in images.images] == [1, 1, 2, 3]


def test_no_images_at_all_are_an_error() -> None:
    with pytest.raises(DataError, match="no images found in f: expected at least one image"):
        collect(found([]), where="f")


def test_labels_that_do_not_fit_are_an_error() -> None:
    with pytest.raises(DataError, match="wrong number of labels in f"):
        collect(found(blocks((2, 3, 4)), 0), where="f")


def test_no_more_pixels_are_gathered_than_the_limit_allows() -> None:
    made = 0

    def endless() -> Iterator[NDArray[np.uint8]]:
        nonlocal made
        while True:
            made += 1
            yield np.zeros((1, 10, 10), np.uint8)

    with pytest.raises(DataError, match="too many pixels in f: expected at most 1,000 bytes"):
        collect(Found(endless, "endless"), where="f", limits=Limits(pixel_bytes=1000))
    assert made == 11
