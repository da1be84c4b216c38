"""Reads a recording; a file that is not whole is one error that says where."""

from __future__ import annotations

import hashlib
import json
import os
import stat
from io import BufferedReader
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
from numpy.typing import NDArray
from pydantic import ValidationError

from shared.digests import DIGEST_BYTES
from shared.errors import DataError
from shared.recording.manifest import (
    COLUMNS,
    FORMAT,
    LENGTH,
    MAX_HEADER_BYTES,
    PIXELS,
    VERSION,
    Column,
    Manifest,
    checksum,
    encode_header,
    manifest_text,
)
from shared.recording.recording import Recording

BLOCK_BYTES = 4 * 2**20


def read_recording(path: Path) -> Recording:
    """Read a recording into memory: at most 2 GiB of pixels and 2,000,000 frames.

    Raises:
        DataError: the file is missing, unreadable, no recording, of another version, truncated,
            damaged anywhere, or holds what no session can.
    """
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            raise DataError("not a file", where=path, expected="a recording")
        with path.open("rb") as stream:
            return _Reader(stream, path).read()
    except (FileNotFoundError, NotADirectoryError):
        raise DataError("no such file", at=path, expected="a recording") from None
    except OSError as error:
        raise DataError("cannot read the file", at=path, got=error.strerror) from error


class _Reader:
    """Reads one file from its beginning to its end."""

    def __init__(self, stream: BufferedReader, path: Path) -> None:
        self._stream = stream
        self._path = path
        self._size = os.fstat(stream.fileno()).st_size

    def read(self) -> Recording:
        """All of the file, each part checked."""
        manifest = self._manifest()
        pixels = self._tensor(PIXELS, np.dtype("u1"), manifest.pixel_bytes, manifest)
        columns = {column.name: self._column(column, manifest) for column in COLUMNS}
        return Recording(manifest, pixels, **columns, where=str(self._path))

    def _manifest(self) -> Manifest:
        start = self._stream.read(LENGTH.size)
        length = LENGTH.unpack(start)[0] if len(start) == LENGTH.size else 0
        room = min(MAX_HEADER_BYTES, self._size - LENGTH.size)
        if not 0 < length <= room:
            self._fail("no recording", "start", f"a header of at most {room:,} bytes", length)
        header = self._stream.read(length)
        manifest = self._parsed(header)
        whole = encode_header(manifest).ljust(length)
        if header != whole:
            place = next((k for k in range(length) if header[k : k + 1] != whole[k : k + 1]), 0)
            got = f"another byte at {LENGTH.size + place}"
            self._fail("damaged header", "header", "what the manifest says", got)
        size = LENGTH.size + length + manifest.data_bytes
        if size != self._size:
            self._fail("wrong size", "the whole", f"{size:,} bytes", f"{self._size:,}")
        return manifest

    def _parsed(self, header: bytes) -> Manifest:
        text, digest = manifest_text(self._json(header, "header"))
        if not text:
            self._fail("no recording", "header", "a manifest with its checksum", "none")
        data = text.encode("utf-8", "replace")
        if checksum(data) != digest:
            self._fail("wrong checksum", "manifest", repr(digest[:32]), checksum(data))
        told = self._json(data, "manifest")
        version = told.get("version") if isinstance(told, dict) else None
        if not isinstance(told, dict) or told.get("format") != FORMAT:
            self._fail("no recording", "manifest", f"format {FORMAT}", "another")
        if version != VERSION:
            self._fail("recording of another version", "manifest", VERSION, repr(version)[:40])
        try:
            return Manifest.model_validate_json(data)
        except ValidationError as error:
            fault = error.errors(include_url=False, include_input=False)[0]
            place = ".".join(map(str, fault["loc"]))[:100] or "JSON"
            expected = fault["msg"].removeprefix("Input should be ")
            self._fail(f"wrong {place}", "manifest", expected, "another value")

    def _json(self, text: bytes, place: str) -> Any:
        try:
            return json.loads(text)
        except (ValueError, RecursionError) as error:
            self._fail("no recording", place, "JSON", str(error)[:100])

    def _column(self, column: Column, manifest: Manifest) -> NDArray[Any]:
        count = manifest.frames * column.width
        values = self._tensor(column.name, column.dtype, count, manifest)
        return values if column.width == 1 else values.reshape(-1, column.width)

    def _tensor(
        self, name: str, dtype: np.dtype[Any], count: int, manifest: Manifest
    ) -> NDArray[Any]:
        values = np.empty(count, dtype)
        data = memoryview(values.view(np.uint8).data)
        digest = hashlib.blake2b(digest_size=DIGEST_BYTES)
        for place in range(0, len(data), BLOCK_BYTES):
            block = data[place : place + BLOCK_BYTES]
            got = self._stream.readinto(block)
            if got != len(block):
                self._fail("truncated", name, f"{len(data):,} bytes", f"{place + got:,}")
            digest.update(block)
        expected = manifest.checksums.get(name, "none")
        if digest.hexdigest() != expected:
            self._fail("wrong checksum", name, expected, digest.hexdigest())
        values.flags.writeable = False
        return values

    def _fail(self, what: str, place: str, expected: object, got: object) -> NoReturn:
        raise DataError(what, where=f"{place} of {self._path}", expected=expected, got=got)
