"""digest_images: equal only where shapes and pixels are, and the range of each image."""

from __future__ import annotations

import doctor_parts as parts
import numpy as np
import pytest
from numpy.typing import NDArray

from producer.doctor.digests import digest_images
from shared.intake.ragged import RaggedImages

BLOCK = 2**22


def check(images: NDArray[np.uint8] | RaggedImages) -> None:
    """Two images have the same digest where they are the same; the ranges are theirs."""
    found = parts.image_set(images)
    digests, extremes = digest_images(found)
    pictures = [found.image(index) for index in range(len(found))]
    keys = [(picture.shape, picture.tobytes()) for picture in pictures]
    taken = [digest.tobytes() for digest in digests]
    assert len(set(zip(keys, taken, strict=True))) == len(set(keys)) == len(set(taken))
    assert extremes.tolist() == [[picture.min(), picture.max()] for picture in pictures]


@pytest.mark.parametrize("shape", [(1, 1), (3, 5), (4, 4, 1), (2, 3, 3), (5, 1, 4)])
def test_images_of_one_size(shape: tuple[int, ...]) -> None:
    check(np.random.default_rng(0).integers(0, 4, (60, *shape), dtype=np.uint8))


def test_images_of_several_sizes() -> None:
    flat, tall = np.zeros((2, 8), np.uint8), np.zeros((8, 2), np.uint8)
    lone = np.zeros((4, 4, 1), np.uint8)
    colour = np.zeros((2, 2, 4), np.uint8)
    check(parts.ragged([flat, tall, flat, colour, lone, lone + 1, tall]))


def test_an_array_that_lies_otherwise_in_memory() -> None:
    images = np.random.default_rng(0).integers(0, 4, (3, 2, 60), dtype=np.uint8)
    check(images.transpose(2, 0, 1))


def test_images_larger_than_a_block_and_many_blocks() -> None:
    sides = [(2049, 2048), (1, 1), (2048, 2048), (1024, 2048), (1024, 2048), (1, 3)]
    images = [np.full(side, place % 2, np.uint8) for place, side in enumerate(sides)]
    assert images[0].size > BLOCK
    check(parts.ragged(images))
    check(np.stack([np.full((1500, 2048), value, np.uint8) for value in (7, 8, 7)]))


def test_steps_are_told_block_by_block() -> None:
    steps = parts.Steps()
    images = np.zeros((5, 1024, 2048), np.uint8)
    digest_images(parts.image_set(images), stage=steps)
    assert steps.told == {"looking at the images": [5, 2, 2, 1]}
