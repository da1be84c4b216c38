"""How a recording lies in its file: a safetensors file that says all of itself at its beginning.

=============  =====================  ==========================================================
tensor         dtype and shape        what
=============  =====================  ==========================================================
pixels         U8 (N, H, W[, C])      the frames as streamed; (bytes,) where sizes differ
shapes         U16 (N, 3)             height, width and channels of each frame
sent_ns        I64 (N,)               when each was sent, nanoseconds after the first one
indices        U32 (N,)               which image of the data set each shows
labels         I16 (N,)               index into ``classes``, -1 where unclassified
confidences    F32 (N,)               0..1, to four decimals
reasons        U8 (N,)                0, or for an unclassified frame a place in ``reasons`` from 1
=============  =====================  ==========================================================

The tensors follow each other in this order. The header's metadata hold the manifest as JSON text
and its checksum; the manifest holds one checksum for each tensor. All are BLAKE2b-128 (RFC 7693).
Nothing else may be in a header, so that every byte of the file is covered by one check or another.
"""

from __future__ import annotations

import hashlib
import json
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from shared.digests import DIGEST_BYTES
from shared.intake.limits import MAX_IMAGES, MAX_SIDE
from shared.messages import Classes, Delivery, Fps, SessionId
from shared.reports import Digest, Name

FORMAT = "catwalk.session"
VERSION = 1
MAX_PIXEL_BYTES = 2 * 2**30
MAX_REASONS = 64
MAX_HEADER_BYTES = 4 * 2**20
LENGTH = struct.Struct("<Q")
PAGE = 4096
"""The pixels begin at a multiple of this."""

_META = "__metadata__"
_SIDE = Annotated[int, Field(ge=1, le=MAX_SIDE)]
_CHANNELS = Annotated[int, Field(ge=1, le=4)]


@dataclass(frozen=True, slots=True)
class Column:
    """A tensor that has the same number of bytes for each frame.

    Args:
        name: of the tensor.
        kind: its safetensors dtype.
        dtype: the same for numpy.
        width: numbers a frame.
    """

    name: str
    kind: str
    dtype: np.dtype[np.generic]
    width: int = 1

    @property
    def frame_bytes(self) -> int:
        """Bytes a frame."""
        return self.dtype.itemsize * self.width


PIXELS = "pixels"
COLUMNS = (
    Column("shapes", "U16", np.dtype("<u2"), 3),
    Column("sent_ns", "I64", np.dtype("<i8")),
    Column("indices", "U32", np.dtype("<u4")),
    Column("labels", "I16", np.dtype("<i2")),
    Column("confidences", "F32", np.dtype("<f4")),
    Column("reasons", "U8", np.dtype("u1")),
)


class About(BaseModel):
    """What is known of a session when its recording begins.

    ``fps`` is the rate it was announced with; ``classes`` are the model's, which the labels index.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    session: SessionId
    model: Name
    classes: Classes
    dataset: Name
    fps: Fps
    delivery: Delivery


class Manifest(About):
    """What a recording says of itself.

    ``shape`` is height, width and channels where all frames have the same; ``t0_ns`` when the first
    was sent, nanoseconds since 1970, 0 where it is not known; ``digest`` the session's content
    digest; ``checksums`` those of the tensors, by name.
    """

    format: Literal["catwalk.session"] = "catwalk.session"
    version: Literal[1] = 1
    frames: Annotated[int, Field(ge=1, le=MAX_IMAGES)]
    pixel_bytes: Annotated[int, Field(ge=1, le=MAX_PIXEL_BYTES)]
    shape: tuple[_SIDE, _SIDE, _CHANNELS] | None
    t0_ns: Annotated[int, Field(ge=0, lt=2**63)]
    reasons: Annotated[
        tuple[Annotated[str, Field(pattern="^[a-z0-9-]{1,32}$")], ...],
        Field(max_length=MAX_REASONS),
    ]
    digest: Digest
    checksums: dict[str, Digest]

    @property
    def data_bytes(self) -> int:
        """How many bytes all tensors have together."""
        return self.pixel_bytes + self.frames * sum(column.frame_bytes for column in COLUMNS)


def checksum(data: bytes) -> str:
    """BLAKE2b-128, 32 hexadecimal digits."""
    return hashlib.blake2b(data, digest_size=DIGEST_BYTES).hexdigest()


def encode_header(manifest: Manifest) -> bytes:
    """The JSON at the beginning of the file, without the spaces that may follow it."""
    text = manifest.model_dump_json()
    header: dict[str, object] = {
        _META: {"manifest": text, "checksum": checksum(text.encode())},
        **_tensors(manifest),
    }
    return json.dumps(header, ensure_ascii=False, separators=(",", ":")).encode()


def header_bytes(about: About) -> int:
    """How much room to leave for the header of a recording that has only begun."""
    longest = Manifest(
        **about.model_dump(),
        frames=MAX_IMAGES,
        pixel_bytes=MAX_PIXEL_BYTES,
        shape=(MAX_SIDE, MAX_SIDE, 4),
        t0_ns=2**63 - 1,
        reasons=("r" * 32,) * MAX_REASONS,
        digest="0" * 32,
        checksums={name: "0" * 32 for name in (PIXELS, *(column.name for column in COLUMNS))},
    )
    used = LENGTH.size + len(encode_header(longest))
    return -(-used // PAGE) * PAGE - LENGTH.size


def manifest_text(header: object) -> tuple[str, str]:
    """The manifest and its checksum in a decoded header; "" where they are missing."""
    meta = header.get(_META) if isinstance(header, Mapping) else None
    found = meta if isinstance(meta, Mapping) else {}
    text, digest = found.get("manifest"), found.get("checksum")
    if isinstance(text, str) and isinstance(digest, str):
        return text, digest
    return "", ""


def _tensors(manifest: Manifest) -> dict[str, object]:
    tensors: dict[str, object] = {}
    start, end = 0, manifest.pixel_bytes
    shape = (manifest.pixel_bytes,) if manifest.shape is None else _stacked(manifest)
    tensors[PIXELS] = {"dtype": "U8", "shape": shape, "data_offsets": (start, end)}
    for column in COLUMNS:
        start, end = end, end + manifest.frames * column.frame_bytes
        wide = (manifest.frames,) if column.width == 1 else (manifest.frames, column.width)
        tensors[column.name] = {"dtype": column.kind, "shape": wide, "data_offsets": (start, end)}
    return tensors


def _stacked(manifest: Manifest) -> tuple[int, ...]:
    shape = manifest.shape or ()
    return (manifest.frames, *(shape[:2] if shape[2:] == (1,) else shape))
