"""Writes a data set's pixels as they are made, and never holds them together."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import xxhash
from numpy.typing import NDArray

from producer.intake.names import write_names
from shared.errors import DataError
from shared.intake.found import Found
from shared.intake.imageset import ImageSet
from shared.intake.limits import Limits
from shared.intake.ragged import RaggedImages

PIXELS, SHAPES, LABELS = "pixels.npy", "shapes.npy", "labels.npy"
PIECE_BYTES = 2**17
"""What is summed and written at once: little enough to be still in the processor's cache."""
HEADER_BYTES = 128
"""A header of fixed size: it is written last, when it is known how many images there are."""
_MAGIC = b"\x93NUMPY\x01\x00"


@dataclass(frozen=True, slots=True)
class Written:
    """What was written into the folder.

    Args:
        count: number of images.
        shape: of the pixels, (N, H, W) or (N, H, W, C); None for images of several sizes.
        checksum: of the arrays.
        names_sha256: of the file of names; None where there is none.
    """

    count: int
    shape: tuple[int, ...] | None
    checksum: str
    names_sha256: str | None = None


def write_found(
    found: Found,
    folder: Path,
    *,
    where: str,
    limits: Limits,
    progress: Callable[[int, int | None], None],
) -> Written:
    """Write images, labels and names into a folder; names that are too long are left out.

    Args:
        found: what a reader found.
        folder: there, and empty.
        where: what to call the data set in an error.
        limits: how many images and pixels are taken.
        progress: is told the images so far and, where it is known, of how many.

    Raises:
        DataError: no images, too many of them, too many pixels, or labels that do not fit.
        OSError: the folder cannot be written.
    """
    with (folder / PIXELS).open("wb", buffering=0) as stream:
        pixels = _Pixels(stream, where, limits)
        for block in found.blocks():
            pixels.add(block)
            progress(pixels.count, found.count)
        pixels.finish()
    _save(folder / SHAPES, pixels.shapes)
    _save(folder / LABELS, found.labels)
    names_sha256 = write_names(folder, found.names) if found.names else None
    if found.names and names_sha256 is None:
        found.warnings.append("the names of the images are left out, because they are too long")
    images = map_images(folder, found.classes, where)
    shape = None if isinstance(images.images, RaggedImages) else images.images.shape
    return Written(len(images), shape, checksum(images, pixels.sum), names_sha256)


def map_images(folder: Path, classes: tuple[str, ...], where: str) -> ImageSet:
    """Map what ``write_found`` has written: plain arrays that cannot be written to.

    Raises:
        DataError: the arrays are no image set.
        OSError, ValueError, EOFError, SyntaxError: a file is missing or damaged.
    """
    pixels, labels = _map(folder / PIXELS), None
    if (folder / LABELS).exists():
        labels = _map(folder / LABELS)
    if (folder / SHAPES).exists():
        return ImageSet(RaggedImages(pixels, _map(folder / SHAPES), where), labels, classes, where)
    return ImageSet(pixels, labels, classes, where)


def checksum(images: ImageSet, pixels: str | None = None) -> str:
    """XXH3-128 of pixels, sizes and labels, in hexadecimal: whether arrays are still whole.

    It finds what a disk or a stray program has damaged, at the speed of the memory; it is no
    protection against somebody who means to change them.

    Args:
        images: the arrays.
        pixels: the XXH3-128 of their pixels in C order, where it is known already.

    Source:
        https://xxhash.com, for XXH3.
    """
    summed = xxhash.xxh3_128((pixels or _pixels_sum(images)).encode("ascii"))
    if isinstance(images.images, RaggedImages):
        summed.update(np.ascontiguousarray(images.images.shapes, "<i8").data)
    if images.labels is not None:
        summed.update(np.ascontiguousarray(images.labels, "<i8").data)
    return summed.hexdigest()


def _pixels_sum(images: ImageSet) -> str:
    summed = xxhash.xxh3_128()
    for block in images.pixel_blocks():
        summed.update(block.data)
    return summed.hexdigest()


class _Pixels:
    """The file of pixels while it grows."""

    def __init__(self, stream: BinaryIO, where: str, limits: Limits) -> None:
        self._stream = stream
        self._sum = xxhash.xxh3_128()
        self._where = where
        self._limits = limits
        self._runs: list[tuple[int, tuple[int, ...]]] = []
        self._bytes = 0
        self.count = 0
        stream.write(bytes(HEADER_BYTES))

    @property
    def shapes(self) -> NDArray[np.int64] | None:
        """Height, width and channels of each image; None where all are of one size."""
        if len({shape for _, shape in self._runs}) == 1:
            return None
        each = [(*shape[:2], shape[2] if len(shape) == 3 else 1) for _, shape in self._runs]
        return np.repeat(np.array(each, np.int64), [count for count, _ in self._runs], axis=0)

    @property
    def sum(self) -> str:
        """XXH3-128 of all pixels so far, in hexadecimal."""
        return self._sum.hexdigest()

    def add(self, block: NDArray[np.uint8]) -> None:
        """Write a block of images of one size."""
        self._check(block)
        self._count(len(block), block.shape[1:])
        self._bytes += block.nbytes
        for piece in _pieces(block):
            self._sum.update(piece)
            _write_all(self._stream, piece)

    def finish(self) -> None:
        """Complete the header."""
        if not self._runs:
            raise DataError("no images found", where=self._where, expected="at least one image")
        shape = (self.count, *self._runs[0][1]) if self.shapes is None else (self._bytes,)
        self._stream.seek(0)
        _write_all(self._stream, memoryview(_header(shape)))

    def _count(self, count: int, shape: tuple[int, ...]) -> None:
        self.count += count
        if self._runs and self._runs[-1][1] == shape:
            count += self._runs.pop()[0]
        self._runs.append((count, shape))

    def _check(self, block: NDArray[np.uint8]) -> None:
        limits = self._limits
        if self.count + len(block) > limits.images:
            self._fail("too many images", f"at most {limits.images:,}")
        if self._bytes + block.nbytes > limits.pixel_bytes:
            self._fail("too many pixels", f"at most {limits.pixel_bytes:,} bytes")

    def _fail(self, what: str, expected: str) -> None:
        raise DataError(what, where=self._where, expected=expected, got="more")


def _pieces(block: NDArray[np.uint8]) -> Iterator[memoryview]:
    data = np.ascontiguousarray(block).reshape(-1).data
    for start in range(0, len(data), PIECE_BYTES):
        yield data[start : start + PIECE_BYTES]


def _write_all(stream: BinaryIO, data: memoryview) -> None:
    while data:
        data = data[stream.write(data) :]


def _header(shape: tuple[int, ...]) -> bytes:
    about = repr({"descr": "|u1", "fortran_order": False, "shape": shape})
    room = HEADER_BYTES - len(_MAGIC) - 2
    return _MAGIC + room.to_bytes(2, "little") + about.ljust(room - 1).encode("ascii") + b"\n"


def _save(path: Path, array: NDArray[Any] | None) -> None:
    if array is not None:
        np.save(path, array, allow_pickle=False)


def _map(path: Path) -> NDArray[Any]:
    plain: NDArray[Any] = np.load(path, mmap_mode="r", allow_pickle=False).view(np.ndarray)
    return plain
