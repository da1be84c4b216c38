"""A checked, immutable set of images with their labels."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NoReturn

import numpy as np
from numpy.typing import NDArray

from shared.errors import DataError
from shared.intake.limits import CHANNELS, MAX_CLASSES, MAX_IMAGES, MAX_SIDE
from shared.intake.ragged import RaggedImages

_BLOCK_BYTES = 2**22


@dataclass(frozen=True, slots=True, eq=False)
class ImageSet:
    """Images of one size or of several, with integer labels where there are any.

    Args:
        images: uint8, shape (N, H, W) for gray or (N, H, W, C) with C in {1, 3, 4} in RGB(A)
            order; or images of several sizes. 1 <= N <= 2,000,000, sides 1 to 4,096 pixels.
        labels: int64, shape (N,), each in 0..len(classes)-1, or None.
        classes: names of the classes, at most 1,000; empty where there are no labels.
        where: what to call this set in an error, usually the file's name.

    Raises:
        DataError: an array has another dtype or shape, or a label is out of range.
    """

    images: NDArray[np.uint8] | RaggedImages
    labels: NDArray[np.int64] | None = None
    classes: tuple[str, ...] = ()
    where: str = "image set"

    def __post_init__(self) -> None:
        if not 1 <= len(self.images) <= MAX_IMAGES:
            self._fail("wrong number of images", f"1 to {MAX_IMAGES:,}", f"{len(self.images):,}")
        if isinstance(self.images, RaggedImages):
            self._check_sizes(self.images)
        else:
            self._check_array(self.images)
        if self.labels is not None:
            self._check_labels(self.labels)

    def __len__(self) -> int:
        """Number of images."""
        return len(self.images)

    @property
    def layout(self) -> str:
        """The axes of ``images``: "NHW", "NHWC", or "ragged" where they are of several sizes."""
        if isinstance(self.images, RaggedImages):
            return "ragged"
        return "NHW" if self.images.ndim == 3 else "NHWC"

    @property
    def image_shape(self) -> tuple[int | None, int | None, int | None]:
        """Height, width (pixels) and channels of the images, each None where it varies."""
        if isinstance(self.images, RaggedImages):
            shapes = self.images.shapes
            same = (shapes == shapes[0]).all(axis=0).tolist()
            height, width, channels = (
                size if is_same else None
                for size, is_same in zip(shapes[0].tolist(), same, strict=True)
            )
            return height, width, channels
        height, width, *rest = self.images.shape[1:]
        return height, width, rest[0] if rest else 1

    @property
    def stack(self) -> NDArray[np.uint8]:
        """All images as one array, shape (N, H, W) or (N, H, W, C).

        Raises:
            DataError: they are of several sizes.
        """
        if isinstance(self.images, RaggedImages):
            sizes = len(np.unique(self.images.shapes, axis=0))
            self._fail("wrong images", "images of one size", f"{sizes} sizes")
        return self.images

    @property
    def largest_bytes(self) -> int:
        """Bytes of the pixels of the largest image."""
        if isinstance(self.images, RaggedImages):
            return int(self.images.shapes.prod(axis=1).max())
        return self.images.nbytes // len(self.images)

    def image(self, index: int) -> NDArray[np.uint8]:
        """Image ``index``, 0 to N - 1: uint8, (H, W) or (H, W, C); a view."""
        return self.images[index]

    def part(self, chosen: slice | NDArray[np.int64]) -> ImageSet:
        """The chosen images with their labels, in the order in which they were chosen.

        Args:
            chosen: a slice, or the indices of the images; at least one.
        """
        labels = None if self.labels is None else self.labels[chosen]
        images = (
            self.images.part(chosen)
            if isinstance(self.images, RaggedImages)
            else self.images[chosen]
        )
        return ImageSet(images, labels, self.classes, self.where)

    def digest(self) -> str:
        """BLAKE2b-256 of shapes, pixels, labels and class names, in hexadecimal.

        Two sets with the same digest stream the same frames and give the same score.
        """
        digest = hashlib.blake2b(digest_size=32)
        if isinstance(self.images, RaggedImages):
            digest.update(repr(("ragged", len(self), self.classes)).encode())
            digest.update(np.ascontiguousarray(self.images.shapes, "<i8").data)
        else:
            digest.update(repr((self.images.shape, self.classes)).encode())
        for block in self.pixel_blocks():
            digest.update(block.data)
        if self.labels is not None:
            digest.update(np.ascontiguousarray(self.labels, "<i8").data)
        return digest.hexdigest()

    def pixels_sha256(self) -> str:
        """SHA-256 of the pixels in C order, image after image, in hexadecimal."""
        digest = hashlib.sha256()
        for block in self.pixel_blocks():
            digest.update(block.data)
        return digest.hexdigest()

    def pixel_blocks(self) -> Iterator[NDArray[np.uint8]]:
        """The pixels in C order, image after image, in blocks of some 4 MiB.

        They may be a mapped file that is larger than the memory.
        """
        pixels = self.images.pixels if isinstance(self.images, RaggedImages) else self.images
        step = max(1, _BLOCK_BYTES * len(pixels) // max(1, pixels.nbytes))
        for start in range(0, len(pixels), step):
            yield np.ascontiguousarray(pixels[start : start + step])

    def _check_array(self, images: NDArray[np.uint8]) -> None:
        if images.dtype != np.uint8:
            self._fail("wrong dtype of images", "uint8", images.dtype)
        if images.ndim not in (3, 4) or (images.ndim == 4 and images.shape[3] not in CHANNELS):
            self._fail("wrong shape of images", "(N, H, W) or (N, H, W, 1|3|4)", images.shape)
        if not all(1 <= side <= MAX_SIDE for side in images.shape[1:3]):
            self._fail("wrong image size", f"sides of 1 to {MAX_SIDE} pixels", images.shape[1:3])

    def _check_sizes(self, images: RaggedImages) -> None:
        sides, channels = images.shapes[:, :2], images.shapes[:, 2]
        if sides.max() > MAX_SIDE:
            place = int(np.argmax(sides.max(axis=1)))
            got = f"{tuple(sides[place].tolist())} of image {place}"
            self._fail("wrong image size", f"sides of 1 to {MAX_SIDE} pixels", got)
        wrong = np.flatnonzero(~np.isin(channels, CHANNELS))
        if len(wrong):
            got = f"{channels[wrong[0]]} of image {wrong[0]}"
            self._fail("wrong number of channels", "1, 3 or 4", got)

    def _check_labels(self, labels: NDArray[np.int64]) -> None:
        if labels.dtype != np.int64:
            self._fail("wrong dtype of labels", "int64", labels.dtype)
        if labels.shape != (len(self.images),):
            self._fail("wrong number of labels", f"shape ({len(self.images)},)", labels.shape)
        if not 1 <= len(self.classes) <= MAX_CLASSES:
            self._fail("wrong number of classes", f"1 to {MAX_CLASSES:,}", len(self.classes))
        if labels.min() < 0 or labels.max() >= len(self.classes):
            self._fail(
                "label out of range",
                f"0..{len(self.classes) - 1}",
                f"{labels.min()}..{labels.max()}",
            )

    def _fail(self, what: str, expected: object, got: object) -> NoReturn:
        raise DataError(what, where=self.where, expected=expected, got=got)
