"""Codec of IDX files, the format of MNIST and Fashion-MNIST."""

from __future__ import annotations

import math
import zlib
from typing import NoReturn

import numpy as np
from numpy.typing import NDArray

from shared.errors import DataError
from shared.intake.imageset import ImageSet

MAX_IDX_BYTES = 512 * 2**20
_GZIP_MAGIC = b"\x1f\x8b"
_GZIP_WBITS = 31
_UBYTE = 0x08
_MAX_DIMENSIONS = 4


def decode_idx(data: bytes, *, where: str) -> NDArray[np.uint8]:
    """Decode one IDX file of unsigned bytes, gzip-compressed or not.

    No more is decompressed than the header announces, so a small file cannot fill the memory.

    Args:
        data: the whole file.
        where: what to call the file in an error.

    Returns:
        uint8, with the 1 to 4 dimensions that the header announces, at most 512 MiB.

    Raises:
        DataError: not IDX, another element type, damaged or cut compression, or a payload that
            is shorter or longer than announced.

    Source:
        "The IDX file format", Y. LeCun, C. Cortes, C. Burges, The MNIST database.
    """
    source = _Gzip(data, where) if data[:2] == _GZIP_MAGIC else _Plain(data)
    shape = _read_shape(source, where)
    size = math.prod(shape)
    if size > MAX_IDX_BYTES:
        _fail(
            "too large an array announced", where, f"at most {MAX_IDX_BYTES:,} bytes", f"{size:,}"
        )
    payload = source.read(size)
    if len(payload) < size:
        _fail("payload too short", where, f"{size:,} bytes for {shape}", f"{len(payload):,}")
    if source.has_more():
        _fail("bytes after the payload", where, f"{size:,} bytes for {shape}", "more")
    return np.frombuffer(payload, dtype=np.uint8).reshape(shape).copy()


def encode_idx(array: NDArray[np.uint8]) -> bytes:
    """Encode an array of unsigned bytes as an uncompressed IDX file.

    An array has exactly one encoding, so its checksum identifies the content of a file however
    that was compressed.

    Args:
        array: uint8, of 1 to 4 dimensions.
    """
    sizes = np.array(array.shape, dtype=">u4")
    return bytes((0, 0, _UBYTE, array.ndim)) + sizes.tobytes() + array.tobytes()


def imageset_from_idx(
    images: bytes, labels: bytes, *, classes: tuple[str, ...], where: str
) -> ImageSet:
    """Join an IDX file of images and one of labels.

    Args:
        images: a whole IDX file of shape (N, H, W) or (N, H, W, C).
        labels: a whole IDX file of shape (N,).
        classes: class names in the order of the labels.
        where: what to call the set in an error.

    Raises:
        DataError: a file is damaged, or the two do not fit each other or ``classes``.
    """
    pixels = decode_idx(images, where=f"{where} (images)")
    indices = decode_idx(labels, where=f"{where} (labels)").astype(np.int64)
    return ImageSet(pixels, indices, classes, where)


class _Plain:
    """An uncompressed file, read from front to back."""

    def __init__(self, data: bytes) -> None:
        self._data = memoryview(data)

    def read(self, size: int) -> bytes:
        """Give the next ``size`` bytes, fewer at the end."""
        taken, self._data = self._data[:size], self._data[size:]
        return bytes(taken)

    def has_more(self) -> bool:
        """Whether anything is left."""
        return len(self._data) > 0


class _Gzip:
    """A gzip file, decompressed from front to back and never further than asked."""

    def __init__(self, data: bytes, where: str) -> None:
        self._tail = data
        self._where = where
        self._inflate = zlib.decompressobj(_GZIP_WBITS)

    def read(self, size: int) -> bytes:
        """Give the next ``size`` bytes, fewer at the end; DataError where damaged or cut."""
        if size == 0:
            return b""  # zlib takes a limit of 0 for no limit
        taken = self._decompress(size)
        if len(taken) < size and not self._inflate.eof:
            _fail("truncated gzip file", self._where, "a complete stream", "the end of the file")
        return taken

    def has_more(self) -> bool:
        """Whether anything is left; the checksum at the end of the stream is verified here."""
        if self._decompress(1):
            return True
        if not self._inflate.eof:
            _fail("truncated gzip file", self._where, "a complete stream", "the end of the file")
        return bool(self._inflate.unused_data)

    def _decompress(self, limit: int) -> bytes:
        try:
            taken = self._inflate.decompress(self._tail, limit)
        except zlib.error as error:
            raise DataError("damaged gzip file", where=self._where, got=error) from error
        self._tail = self._inflate.unconsumed_tail
        return taken


def _read_shape(source: _Plain | _Gzip, where: str) -> tuple[int, ...]:
    magic = source.read(4)
    if len(magic) < 4 or magic[:2] != b"\0\0":
        got = f"a file that starts with {magic!r}" if magic else "an empty file"
        _fail("not an IDX file", where, "two zero bytes, or gzip, at the start", got)
    if magic[2] != _UBYTE:
        _fail("wrong element type", where, "0x08 (unsigned byte)", f"0x{magic[2]:02x}")
    dimensions = magic[3]
    if not 1 <= dimensions <= _MAX_DIMENSIONS:
        _fail("wrong number of dimensions", where, f"1 to {_MAX_DIMENSIONS}", dimensions)
    sizes = source.read(4 * dimensions)
    if len(sizes) < 4 * dimensions:
        _fail("header too short", where, f"{4 + 4 * dimensions} bytes", 4 + len(sizes))
    return tuple(int(size) for size in np.frombuffer(sizes, dtype=">u4"))


def _fail(what: str, where: str, expected: object, got: object) -> NoReturn:
    raise DataError(what, where=where, expected=expected, got=got)
