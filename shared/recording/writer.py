"""Writes a recording while its session runs, in memory that does not grow with it."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from shared.digests import DIGEST_BYTES, ContentDigest, pixel_crc
from shared.errors import DataError
from shared.intake.limits import CHANNELS, MAX_IMAGES, MAX_SIDE
from shared.recording.manifest import (
    COLUMNS,
    LENGTH,
    MAX_PIXEL_BYTES,
    MAX_REASONS,
    PIXELS,
    About,
    Manifest,
    encode_header,
    header_bytes,
)

DECIMALS = 4
"""How exactly a confidence is kept: as it travels."""

UNKNOWN = "unknown"
"""The reason of a frame that was not classified for none that is known."""

Shape = tuple[int, int, int]


@dataclass(frozen=True, slots=True, eq=False)
class FrameBlock:
    """The next n frames of a session.

    Args:
        first: sequence number of the first one.
        images: n arrays, uint8, (H, W) or (H, W, C).
        indices: (n,), which image of the data set each shows.
        sent_ns: int64 (n,), when each was sent, nanoseconds since 1970; 0 where it is not known.
        labels: (n,), -1 where unclassified.
        confidences: (n,), 0..1.
        reasons: sequence number -> reason code of each unclassified frame.
    """

    first: int
    images: Sequence[NDArray[np.uint8]]
    indices: NDArray[np.int64]
    sent_ns: NDArray[np.int64]
    labels: NDArray[np.int16]
    confidences: NDArray[np.float32]
    reasons: Mapping[int, str] = field(default_factory=dict)


class _Part:
    """The bytes of one tensor, with their checksum."""

    def __init__(self, stream: BinaryIO) -> None:
        self.stream = stream
        self.size = 0
        self._hash = hashlib.blake2b(digest_size=DIGEST_BYTES)

    def write(self, data: bytes) -> None:
        """Append to the tensor."""
        self.stream.write(data)
        self._hash.update(data)
        self.size += len(data)

    def checksum(self) -> str:
        """Of all bytes so far."""
        return self._hash.hexdigest()


class RecordingWriter:
    """Appends frames to a file; what it holds is a recording only after ``finish``.

    Args:
        stream: an empty file, open for reading and writing.
        about: the session.
        spool: makes a temporary file, one for each small tensor: they follow the pixels, whose
            number is not known before.

    Raises:
        OSError: a file cannot be written.
    """

    def __init__(self, stream: BinaryIO, about: About, spool: Callable[[], BinaryIO]) -> None:
        self._stream = stream
        self._about = about
        self._header_bytes = header_bytes(about)
        self._pixels = _Part(stream)
        self._parts = {column.name: _Part(spool()) for column in COLUMNS}
        self._digest = ContentDigest()
        self._shapes: set[Shape] = set()
        self._reasons: dict[str, int] = {}
        self._t0_ns = 0
        self.frames = 0
        stream.write(bytes(LENGTH.size + self._header_bytes))

    @property
    def digest(self) -> str:
        """The content digest of the frames so far."""
        return self._digest.hexdigest()

    def append(self, block: FrameBlock) -> None:
        """Write the next frames.

        Raises:
            DataError: they are not the next ones, cannot be streamed, or the recording would
                become larger than can be replayed; nothing of them is written.
            OSError: the file cannot be written.
        """
        if len(block.images) == 0:
            return
        shapes = [_shape(image) for image in block.images]
        codes = self._codes(block)
        self._check(block, shapes)
        if not self.frames:
            self._t0_ns = max(0, int(block.sent_ns[0]))
        pixels = [np.ascontiguousarray(image).tobytes() for image in block.images]
        for data in pixels:
            self._pixels.write(data)
        self._digest.update(map(pixel_crc, pixels))
        self._write("shapes", shapes)
        self._write("sent_ns", block.sent_ns - self._t0_ns)
        self._write("indices", block.indices)
        self._write("labels", block.labels)
        self._write("confidences", np.round(block.confidences.astype(np.float64), DECIMALS))
        self._write("reasons", codes)
        self._note_shapes(shapes)
        self.frames += len(shapes)

    def finish(self) -> Manifest:
        """Put all in its place; the stream then holds the whole recording.

        Raises:
            DataError: there are no frames.
            OSError: the file cannot be written.
        """
        if not self.frames:
            raise DataError("nothing to record", where=f"session {self._about.session}")
        manifest = Manifest(
            **self._about.model_dump(),
            frames=self.frames,
            pixel_bytes=self._pixels.size,
            shape=next(iter(self._shapes)) if len(self._shapes) == 1 else None,
            t0_ns=self._t0_ns,
            reasons=tuple(self._reasons),
            digest=self.digest,
            checksums={
                PIXELS: self._pixels.checksum(),
                **{name: part.checksum() for name, part in self._parts.items()},
            },
        )
        for part in self._parts.values():
            part.stream.seek(0)
            shutil.copyfileobj(part.stream, self._stream)
        self._stream.seek(0)
        self._stream.write(LENGTH.pack(self._header_bytes))
        self._stream.write(encode_header(manifest).ljust(self._header_bytes))
        return manifest

    def close(self) -> None:
        """Let go of the temporary files."""
        for part in self._parts.values():
            part.stream.close()

    def _write(self, name: str, values: object) -> None:
        dtype = next(column.dtype for column in COLUMNS if column.name == name)
        self._parts[name].write(np.asarray(values).astype(dtype).tobytes())

    def _note_shapes(self, shapes: Sequence[Shape]) -> None:
        # Two are enough to know that they differ.
        if len(self._shapes) < 2:
            self._shapes.update(shapes)

    def _codes(self, block: FrameBlock) -> list[int]:
        """For each frame 0, or the number of its reason, from 1."""
        found = [
            block.reasons.get(block.first + place, UNKNOWN) if label < 0 else ""
            for place, label in enumerate(block.labels.tolist())
        ]
        known = dict(self._reasons)
        codes = [known.setdefault(reason, len(known) + 1) if reason else 0 for reason in found]
        if len(known) > MAX_REASONS:
            self._fail("too many different reasons", f"at most {MAX_REASONS}", len(known))
        self._reasons = known
        return codes

    def _check(self, block: FrameBlock, shapes: Sequence[Shape]) -> None:
        if block.first != self.frames:
            self._fail("frames are missing", f"frame {self.frames}", f"frame {block.first}")
        frames = self.frames + len(shapes)
        if frames > MAX_IMAGES:
            self._fail("too many frames", f"at most {MAX_IMAGES:,}", f"{frames:,}")
        size = self._pixels.size + sum(image.nbytes for image in block.images)
        if size > MAX_PIXEL_BYTES:
            self._fail("too many pixels", f"at most {MAX_PIXEL_BYTES:,} bytes", f"{size:,}")
        for height, width, channels in set(shapes):
            if not (max(height, width) <= MAX_SIDE and channels in CHANNELS):
                expected = f"sides of 1 to {MAX_SIDE} pixels, 1, 3 or 4 channels"
                self._fail("wrong image size", expected, (height, width, channels))

    def _fail(self, what: str, expected: object, got: object) -> None:
        where = f"the recording of session {self._about.session}"
        raise DataError(what, where=where, expected=expected, got=got)


def _shape(image: NDArray[np.uint8]) -> Shape:
    height, width, *channels = image.shape
    return height, width, channels[0] if channels else 1
