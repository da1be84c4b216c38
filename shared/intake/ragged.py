"""Images of several sizes in one buffer."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from shared.errors import DataError


@dataclass(frozen=True, slots=True, eq=False)
class RaggedImages:
    """N images, one after the other, each in C order.

    Args:
        pixels: uint8, shape (bytes,).
        shapes: integers, shape (N, 3): height and width in pixels, channels, each at least 1.
        where: what to call them in an error.

    Raises:
        DataError: the arrays are of another kind, or do not fit each other.
    """

    pixels: NDArray[np.uint8]
    shapes: NDArray[np.int64]
    where: str = "images"
    _starts: NDArray[np.int64] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        if self.pixels.dtype != np.uint8 or self.pixels.ndim != 1:
            self._fail("uint8 pixels of shape (bytes,)", _kind(self.pixels))
        shapes = self.shapes
        if shapes.dtype.kind not in "iu" or shapes.ndim != 2 or shapes.shape[1] != 3:
            self._fail("integer shapes of shape (N, 3)", _kind(shapes))
        if shapes.size and (shapes.min() < 1 or shapes.max() >= 2**16):
            self._fail("sizes of 1 to 65,535", f"{shapes.min()}..{shapes.max()}")
        object.__setattr__(self, "shapes", shapes.astype(np.int64))
        sizes = self.shapes.prod(axis=1)
        # Sums of int64 wrap around, those of Python do not.
        total = sum(sizes.tolist())
        if total != len(self.pixels):
            self._fail(f"{total:,} bytes of pixels", f"{len(self.pixels):,}")
        object.__setattr__(self, "_starts", np.concatenate(([0], np.cumsum(sizes))))

    def __len__(self) -> int:
        """Number of images."""
        return len(self.shapes)

    def __getitem__(self, index: int) -> NDArray[np.uint8]:
        """Image ``index``: uint8, (H, W) where it has one channel, else (H, W, C); a view."""
        height, width, channels = self.shapes[index].tolist()
        start = int(self._starts[range(len(self))[index]])
        flat = self.pixels[start : start + math.prod((height, width, channels))]
        return flat.reshape((height, width) if channels == 1 else (height, width, channels))

    def __iter__(self) -> Iterator[NDArray[np.uint8]]:
        """The images in order."""
        return (self[index] for index in range(len(self)))

    def part(self, chosen: slice | NDArray[np.int64]) -> RaggedImages:
        """The chosen images, in the order in which they were chosen; a copy.

        Args:
            chosen: a slice, or the indices of the images.
        """
        places = np.arange(len(self))[chosen].tolist()
        flat = [self[place].ravel() for place in places]
        pixels = np.concatenate(flat) if flat else self.pixels[:0]
        return RaggedImages(pixels, self.shapes[places], self.where)

    def _fail(self, expected: str, got: str) -> None:
        hint = "write pixels and shapes of the same images, uint8 and (N, 3)"
        raise DataError(
            "images do not fit", where=self.where, expected=expected, got=got, hint=hint
        )


def _kind(array: NDArray[np.generic]) -> str:
    return f"{array.dtype} of shape {array.shape}"
