"""Digests that prove both sides speak of the same pixels."""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

DIGEST_BYTES = 16


def pixel_crc(pixels: bytes | memoryview) -> int:
    """CRC-32 (ISO 3309) of a frame's raw pixels, 0..2**32-1."""
    return zlib.crc32(pixels)


class ContentDigest:
    """BLAKE2b-128 over the CRC-32s of frames in the order of their sequence numbers (RFC 7693).

    Each CRC enters as four little-endian bytes.
    """

    def __init__(self) -> None:
        self._hash = hashlib.blake2b(digest_size=DIGEST_BYTES)

    def update(self, crcs: NDArray[np.uint32] | Iterable[int]) -> None:
        """Append the CRC-32s of the next frames, shape (n,)."""
        if not isinstance(crcs, np.ndarray):
            crcs = np.fromiter(crcs, np.uint32)
        self._hash.update(crcs.astype("<u4", copy=False).tobytes())

    def hexdigest(self) -> str:
        """The digest of all frames so far: 32 hexadecimal digits."""
        return self._hash.hexdigest()


def run_digest(crcs: NDArray[np.uint32] | Iterable[int]) -> str:
    """The content digest of one contiguous run of frames."""
    digest = ContentDigest()
    digest.update(crcs)
    return digest.hexdigest()
