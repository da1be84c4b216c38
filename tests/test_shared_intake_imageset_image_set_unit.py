"""ImageSet: what it accepts, what it refuses, and what its digest depends on."""

from __future__ import annotations

import hashlib
import math
from typing import Any

import numpy as np
import pytest

from shared.errors import DataError
from shared.intake.imageset import ImageSet
from shared.intake.ragged import RaggedImages


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
    assert images.largest_bytes == math.prod(image_shape)


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


def ragged(*shapes: tuple[int, int, int]) -> RaggedImages:
    """Images of these shapes, of ascending pixels."""
    pixels = np.arange(sum(math.prod(shape) for shape in shapes)) % 256
    return RaggedImages(pixels.astype(np.uint8), np.array(shapes))


@pytest.mark.parametrize(
    ("shapes", "image_shape"),
    [
        (((2, 3, 1), (4, 3, 1)), (None, 3, 1)),
        (((2, 3, 1), (2, 5, 3)), (2, None, None)),
        (((2, 3, 4),), (2, 3, 4)),
    ],
)
def test_what_varies_among_the_images_has_no_size(
    shapes: tuple[tuple[int, int, int], ...], image_shape: tuple[int | None, ...]
) -> None:
    images = ImageSet(ragged(*shapes), labels(*range(len(shapes))), ("a", "b"))
    assert (images.layout, images.image_shape, len(images)) == ("ragged", image_shape, len(shapes))
    assert images.image(0).shape[:2] == shapes[0][:2]
    assert images.largest_bytes == max(math.prod(shape) for shape in shapes)


@pytest.mark.parametrize(
    ("shapes", "message"),
    [
        (((2, 2, 1), (1, 4097, 1)), r"image size in f: .* got \(1, 4097\) of image 1"),
        (((2, 2, 1), (2, 2, 2)), "number of channels in f: expected 1, 3 or 4, got 2 of image 1"),
    ],
)
def test_each_of_several_sizes_is_checked(
    shapes: tuple[tuple[int, int, int], ...], message: str
) -> None:
    with pytest.raises(DataError, match=message):
        ImageSet(ragged(*shapes), where="f")


def test_images_of_several_sizes_are_no_stack() -> None:
    with pytest.raises(DataError, match="in f: expected images of one size, got 2 sizes"):
        ImageSet(ragged((2, 2, 1), (2, 2, 3), (2, 2, 1)), where="f").stack.sum()
    pixels = zeros(2, 4, 4)
    assert ImageSet(pixels).stack is pixels


@pytest.mark.parametrize("chosen", [slice(1, 3), np.array([2, 0, 2])])
@pytest.mark.parametrize("is_ragged", [False, True])
def test_a_part_keeps_images_and_labels_together(chosen: Any, is_ragged: bool) -> None:
    pixels: Any = np.arange(12, dtype=np.uint8).reshape(3, 2, 2)
    images = ragged((2, 2, 1), (1, 2, 3), (2, 1, 1)) if is_ragged else pixels
    whole = ImageSet(images, labels(0, 1, 2), ("a", "b", "c"), "f")
    part = whole.part(chosen)
    places = np.arange(3)[chosen].tolist()
    assert part.labels is not None
    assert (part.labels.tolist(), part.classes, part.where) == (places, whole.classes, "f")
    for number, place in enumerate(places):
        assert part.image(number).tolist() == whole.image(place).tolist()
    assert ImageSet(images).part(chosen).labels is None


def test_the_pixels_alone_have_a_checksum_of_their_own() -> None:
    pixels = np.arange(24, dtype=np.uint8)
    expected = hashlib.sha256(pixels.tobytes()).hexdigest()
    assert ImageSet(pixels.reshape(2, 3, 4)).pixels_sha256() == expected
    shifted = np.asfortranarray(pixels.reshape(2, 3, 4))
    assert ImageSet(shifted, labels(0, 0), ("a",)).pixels_sha256() == expected
    several = RaggedImages(pixels, np.array([(4, 5, 1), (2, 2, 1)]))
    assert ImageSet(several).pixels_sha256() == expected


def test_digests_of_more_than_one_block_cover_every_pixel() -> None:
    pixels = np.zeros((3, 2000, 2000), np.uint8)
    first = ImageSet(pixels).digest()
    pixels[2, 1999, 1999] = 1
    changed = ImageSet(pixels)
    assert changed.digest() != first
    assert changed.pixels_sha256() == hashlib.sha256(pixels.tobytes()).hexdigest()


def test_sizes_count_in_the_digest_of_images_of_several_sizes() -> None:
    flat = np.arange(12, dtype=np.uint8)
    sizes = [[(2, 3, 1), (3, 2, 1)], [(3, 2, 1), (2, 3, 1)], [(2, 2, 3)], [(4, 3, 1)]]
    digests = {ImageSet(RaggedImages(flat, np.array(shapes))).digest() for shapes in sizes}
    assert len(digests) == 4
    assert ImageSet(flat.reshape(1, 4, 3)).digest() not in digests
