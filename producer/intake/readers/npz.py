"""Reader of .npz archives: the members' sizes are checked before anything is unpacked."""

from __future__ import annotations

import math
import struct
import zipfile
import zlib
from typing import Any, NoReturn

import numpy as np
from numpy.typing import NDArray

from producer.intake.job import Job
from producer.intake.readers.arrays import Buffer, array_from_npy
from producer.intake.readers.decoding import decode
from producer.intake.readers.mapped import mapped
from producer.intake.wire import printable
from shared.errors import DataError
from shared.intake.found import Found
from shared.intake.layouts import recognise
from shared.intake.ragged import RaggedImages

MAX_MEMBERS = 1000
_SUFFIX = ".npy"
_LOCAL = struct.Struct("<26xHH")
_ENCRYPTED = 0x1
_AGAIN = "write it again with numpy.savez, or fetch it again"
_PIECE_BYTES = 2**20
_READING_ERRORS = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    IndexError,
    NotImplementedError,
    RuntimeError,
    ValueError,
)


def read(job: Job) -> Found:
    """Read an archive of arrays: images, labels, classes; or pixels and shapes.

    Raises:
        DataError: it is damaged, too large when unpacked, holds objects, or no image set.
    """
    arrays = _Archive(job).arrays()
    value: dict[str, Any] = dict(arrays)
    if {"pixels", "shapes"} <= arrays.keys() and "images" not in arrays:
        value["images"] = _several_sizes(value.pop("pixels"), value.pop("shapes"), job.where)
    return recognise(value, where=job.where, layout=job.layout, decode=decode, limits=job.limits)


def _several_sizes(
    pixels: NDArray[Any], shapes: NDArray[Any], where: str
) -> list[NDArray[np.uint8]]:
    if shapes.ndim == 2 and shapes.dtype.kind in "iu" and shapes.size:
        total = sum(math.prod(shape) for shape in shapes.tolist())
        if total != pixels.size:
            expected = f"{total:,} pixels for its shapes"
            raise DataError(
                "images do not fit", where=where, expected=expected, got=pixels.size, hint=_AGAIN
            )
    return list(RaggedImages(pixels, shapes, where))


class _Archive:
    """A zip file whose members are arrays."""

    def __init__(self, job: Job) -> None:
        self._data = mapped(job)
        self._source = job.source
        self._where = job.where
        self._most = job.limits.file_bytes

    def arrays(self) -> dict[str, NDArray[Any]]:
        """All members by name, without ``.npy``."""
        try:
            # Opened anew, because the parent reads on by the descriptor that it has lent.
            with (
                open(f"/dev/fd/{self._source}", "rb") as stream,
                zipfile.ZipFile(stream) as archive,
            ):
                return {
                    info.filename.removesuffix(_SUFFIX): self._array(archive, info)
                    for info in self._members(archive)
                }
        except _READING_ERRORS as error:
            got = printable(error, 200) or type(error).__name__
            raise DataError(
                "damaged .npz archive", where=self._where, got=got, hint=_AGAIN
            ) from error

    def _members(self, archive: zipfile.ZipFile) -> list[zipfile.ZipInfo]:
        members = archive.infolist()
        if len(members) > MAX_MEMBERS:
            self._fail("too many arrays", f"at most {MAX_MEMBERS}", len(members))
        size = sum(info.file_size for info in members)
        if size > self._most:
            self._fail("too much data unpacked", f"at most {self._most:,} bytes", f"{size:,}")
        names = [info.filename for info in members]
        if not names or not all(name.endswith(_SUFFIX) for name in names):
            got = next((name for name in names if not name.endswith(_SUFFIX)), "none")
            self._fail("not a .npz archive", "arrays (.npy) alone", printable(got, 100))
        if len(set(names)) < len(names):
            self._fail("damaged .npz archive", "each name once", "one of them twice")
        return members

    def _array(self, archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> NDArray[Any]:
        name = printable(info.filename, 100)
        if info.flag_bits & _ENCRYPTED or info.compress_type not in (
            zipfile.ZIP_STORED,
            zipfile.ZIP_DEFLATED,
        ):
            self._fail(f"{name} cannot be unpacked", "stored or deflated arrays", "another way")
        if info.compress_type == zipfile.ZIP_STORED:
            data: Buffer = self._stored(info, name)
        else:
            data = self._unpacked(archive, info, name)
        return array_from_npy(data, where=f"{name} of {self._where}")

    def _stored(self, info: zipfile.ZipInfo, name: str) -> memoryview:
        whole = memoryview(self._data)
        lengths = _LOCAL.unpack_from(whole, info.header_offset)
        start = info.header_offset + _LOCAL.size + sum(lengths)
        data = whole[start : start + info.file_size]
        if len(data) != info.file_size or zlib.crc32(data) != info.CRC:
            self._fail(f"damaged {name}", "its checksum", "another")
        return data

    def _unpacked(
        self, archive: zipfile.ZipFile, info: zipfile.ZipInfo, name: str
    ) -> NDArray[np.uint8]:
        data, place = np.empty(info.file_size, np.uint8), 0
        with archive.open(info) as stream:
            # Up to its very end, where the checksum is verified.
            while piece := stream.read(_PIECE_BYTES):
                data[place : place + len(piece)] = np.frombuffer(piece, np.uint8)
                place += len(piece)
        if place != len(data):
            self._fail(f"damaged {name}", f"{len(data):,} bytes", f"{place:,}")
        return data

    def _fail(self, what: str, expected: object, got: object) -> NoReturn:
        hint = "raise --max-file-mib, or save fewer images" if "much" in what else _AGAIN
        raise DataError(what, where=self._where, expected=expected, got=got, hint=hint)
