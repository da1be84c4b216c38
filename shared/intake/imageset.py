"""A checked, immutable set of images with their labels."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from shared.errors import DataError

MAX_SIDE = 4096
MAX_IMAGES = 2_000_000
MAX_CLASSES = 1_000
CHANNELS = (1, 3, 4)


@dataclass(frozen=True, slots=True, eq=False)
class ImageSet:
    """Images of one size, with integer labels where there are any.

    Args:
        images: uint8, shape (N, H, W) for gray or (N, H, W, C) with C in {1, 3, 4};
            1 <= N <= 2,000,000, sides 1 to 4,096 pixels.
        labels: int64, shape (N,), each in 0..len(classes)-1, or None.
        classes: names of the classes, at most 1,000; empty where there are no labels.
        where: what to call this set in an error, usually the file's name.

    Raises:
        DataError: an array has another dtype or shape, or a label is out of range.
    """

    images: NDArray[np.uint8]
    labels: NDArray[np.int64] | None = None
    classes: tuple[str, ...] = ()
    where: str = "image set"

    def __post_init__(self) -> None:
        self._check_images()
        if self.labels is not None:
            self._check_labels(self.labels)

    def __len__(self) -> int:
        """Number of images."""
        return len(self.images)

    @property
    def layout(self) -> str:
        """The axes of ``images``: "NHW" or "NHWC"."""
        return "NHW" if self.images.ndim == 3 else "NHWC"

    @property
    def image_shape(self) -> tuple[int, int, int]:
        """Height, width (pixels) and channels of every image."""
        height, width, *channels = self.images.shape[1:]
        return height, width, channels[0] if channels else 1

    def digest(self) -> str:
        """BLAKE2b-256 of shape, pixels, labels and class names, in hexadecimal.

        Two sets with the same digest stream the same frames and give the same score.
        """
        digest = hashlib.blake2b(digest_size=32)
        digest.update(repr((self.images.shape, self.classes)).encode())
        digest.update(np.ascontiguousarray(self.images).data)
        if self.labels is not None:
            digest.update(np.ascontiguousarray(self.labels, "<i8").data)
        return digest.hexdigest()

    def _check_images(self) -> None:
        images = self.images
        if images.dtype != np.uint8:
            self._fail("wrong dtype of images", "uint8", images.dtype)
        if images.ndim not in (3, 4) or (images.ndim == 4 and images.shape[3] not in CHANNELS):
            self._fail("wrong shape of images", "(N, H, W) or (N, H, W, 1|3|4)", images.shape)
        if not 1 <= len(images) <= MAX_IMAGES:
            self._fail("wrong number of images", f"1 to {MAX_IMAGES:,}", f"{len(images):,}")
        if not all(1 <= side <= MAX_SIDE for side in images.shape[1:3]):
            self._fail("wrong image size", f"sides of 1 to {MAX_SIDE} pixels", images.shape[1:3])

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

    def _fail(self, what: str, expected: object, got: object) -> None:
        raise DataError(what, where=self.where, expected=expected, got=got)
