"""What a reader finds in a user's file: images in blocks, and what belongs to them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from shared.errors import DataError
from shared.intake.imageset import ImageSet
from shared.intake.limits import Limits
from shared.intake.ragged import RaggedImages


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """Images that are made block by block, so that they need not be in memory together.

    Args:
        blocks: makes the images, once: each block is uint8, (n, H, W) or (n, H, W, C) in RGB(A)
            order with n at least 1, in C order; all blocks in order are the data set.
        layout: what was recognised, in words: "a dict with images (100, 28, 28) uint8 and labels".
        count: how many images there will be, None where only reading tells.
        labels: int64, (N,), or None.
        classes: names of the classes; empty where there are no labels.
        names: what to call each image, a file of a folder for instance; empty where nothing does.
        warnings: what was changed or guessed, in words; complete when the last block was made.
    """

    blocks: Callable[[], Iterator[NDArray[np.uint8]]]
    layout: str
    count: int | None = None
    labels: NDArray[np.int64] | None = None
    classes: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    warnings: list[str] = field(default_factory=list)


def collect(found: Found, *, where: str, limits: Limits = Limits()) -> ImageSet:
    """Gather all blocks in memory.

    Args:
        found: what a reader found.
        where: what to call it in an error.
        limits: how many pixels are taken.

    Raises:
        DataError: there are no images or too many pixels, or they do not fit the labels.
    """
    blocks: list[NDArray[np.uint8]] = []
    size = 0
    for block in found.blocks():
        size += block.nbytes
        if size > limits.pixel_bytes:
            expected = f"at most {limits.pixel_bytes:,} bytes"
            raise DataError("too many pixels", where=where, expected=expected, got="more")
        blocks.append(block)
    if not blocks:
        raise DataError("no images found", where=where, expected="at least one image")
    return ImageSet(_joined(blocks, where), found.labels, found.classes, where)


def _joined(blocks: list[NDArray[np.uint8]], where: str) -> NDArray[np.uint8] | RaggedImages:
    if len({block.shape[1:] for block in blocks}) == 1:
        return blocks[0] if len(blocks) == 1 else np.concatenate(blocks)
    shapes = [
        (*block.shape[1:3], block.shape[3] if block.ndim == 4 else 1)
        for block in blocks
        for _ in range(len(block))
    ]
    pixels = np.concatenate([block.ravel() for block in blocks])
    return RaggedImages(pixels, np.array(shapes, np.int64), where)
