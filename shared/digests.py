"""Digests that prove both sides speak of the same pixels."""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

DIGEST_BYTES = 16
CRC_BYTES = 4
NO_FRAMES = "0" * 32
"""The content digest of no frames at all."""


def pixel_crc(pixels: bytes | memoryview) -> int:
    """CRC-32 (ISO 3309) of a frame's raw pixels, 0..2**32-1."""
    return zlib.crc32(pixels)


class ContentDigest:
    """A digest of frames that can be taken up again from its value alone.

    It starts as 16 zero bytes; each frame replaces it by BLAKE2b-128 (RFC 7693) of itself and the
    frame's CRC-32 as four little-endian bytes. So it says nothing of how frames were cut into runs.

    Args:
        value: where to go on from, 32 hexadecimal digits.
    """

    def __init__(self, value: str = NO_FRAMES) -> None:
        self._value = bytes.fromhex(value)

    def update(self, crcs: NDArray[np.uint32] | Iterable[int]) -> None:
        """Append the CRC-32s of the next frames, shape (n,), in order of sequence number."""
        value = self._value
        packed = _packed(crcs)
        for place in range(0, len(packed), CRC_BYTES):
            chained = value + packed[place : place + CRC_BYTES]
            value = hashlib.blake2b(chained, digest_size=DIGEST_BYTES).digest()
        self._value = value

    def hexdigest(self) -> str:
        """The digest of all frames so far: 32 hexadecimal digits."""
        return self._value.hex()


def run_digest(crcs: NDArray[np.uint32] | Iterable[int]) -> str:
    """The digest of one contiguous run: BLAKE2b-128 over the CRC-32s, little-endian, in order."""
    return hashlib.blake2b(_packed(crcs), digest_size=DIGEST_BYTES).hexdigest()


def _packed(crcs: NDArray[np.uint32] | Iterable[int]) -> bytes:
    if not isinstance(crcs, np.ndarray):
        crcs = np.fromiter(crcs, np.uint32)
    return crcs.astype("<u4", copy=False).tobytes()
