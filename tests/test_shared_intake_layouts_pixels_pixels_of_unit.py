"""pixels_of: images as blocks; the whole table is that of recognise."""

from __future__ import annotations


import numpy as np
import pytest
from layout_parts import COLOUR, GRAY, decode, image_file

from shared.errors import DataError
from shared.intake.layouts.layout import Layout
from shared.intake.layouts.pixels import Pixels, Reading, pixels_of


@pytest.mark.parametrize(
    ("images", "words"),
    [
        (GRAY, "(2, 5, 5) uint8"),
        (list(GRAY), "2 arrays (5, 5) uint8"),
        (GRAY.tolist(), "2 lists (5, 5) uint8"),
        ([image_file(image) for image in GRAY], "2 image files"),
        ([{"bytes": image_file(image)} for image in GRAY], "2 image files"),
        (np.asfortranarray(GRAY).view(np.memmap), "(2, 5, 5) uint8"),
    ],
)
def test_images_are_given_in_blocks(images: object, words: str) -> None:
    pixels = pixels_of(images, Reading("f", decode=decode))
    assert isinstance(pixels, Pixels)
    assert (pixels.count, pixels.words) == (2, words)
    np.testing.assert_array_equal(np.concatenate(list(pixels.blocks())), GRAY)


def test_images_of_several_sizes_are_in_blocks_of_their_own() -> None:
    pixels = pixels_of([GRAY[0], GRAY[1], COLOUR[0]], Reading("f"))
    assert [block.shape for block in pixels.blocks()] == [(2, 5, 5), (1, 5, 6, 3)]


def test_decoded_images_of_one_channel_are_gray() -> None:
    pixels = pixels_of([image_file(GRAY[0][..., None])], Reading("f", decode=decode))
    assert [block.shape for block in pixels.blocks()] == [(1, 5, 5)]


def test_images_are_decoded_one_block_after_the_other() -> None:
    decoded: list[str] = []

    def counting(data: bytes, where: str) -> np.ndarray:
        decoded.append(where)
        return decode(data, where)

    files = [image_file(np.zeros((2, 2), np.uint8))] * 1500
    blocks = pixels_of(files, Reading("f", decode=counting)).blocks()
    assert not decoded
    assert len(next(blocks)) == 1024
    assert decoded[-1] == f"f, image {len(decoded) - 1}" and len(decoded) < 1500


def test_labels_tell_how_many_images_there_are() -> None:
    square = np.zeros((4, 4), np.uint8)
    assert pixels_of(square, Reading("f")).warnings
    assert not pixels_of(square, Reading("f", is_labelled=True)).warnings
    assert not pixels_of(square, Reading("f", asked=Layout(axes="HW"))).warnings


@pytest.mark.parametrize(
    ("images", "message"),
    [
        (3, "no images found in f: expected an array, or a list of arrays, .* got int"),
        ([], "wrong number of images in f"),
        ([GRAY[0], b"a"], "image 1 is no image in f: expected an array, as the first, got 1 bytes"),
        ([GRAY[0], [1]], "image 1 is no image in f: expected an array, as the first, got a list"),
        ([type("Other", (list,), {})([1])], "image 0 is no image in f"),
        (np.zeros(3, np.uint8), r"wrong shape of images in f: expected \(N, H, W\), .* got \(3,\)"),
        (np.zeros((2, 2), "S2"), "wrong dtype of images in f"),
    ],
)
def test_what_is_no_image_is_refused(images: object, message: str) -> None:
    with pytest.raises(DataError, match=message):
        pixels_of(images, Reading("f"))
