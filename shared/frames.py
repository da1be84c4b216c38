"""The frame codec: a fixed 32-byte header and the raw pixels.

========  =====  ====================================================
offset    type   field
========  =====  ====================================================
0         u8     version (1)
1         u8     dtype of the pixels (1 = uint8)
2         u8     channels (1, 3 or 4)
3         u8     flags (0)
4         u16    height, pixels
6         u16    width, pixels
8         u32    epoch of the session
12        u32    sequence number
16        u32    index of the image in the data set
20        u64    time of sending, nanoseconds since 1970-01-01 UTC, below 2^63
28        u32    CRC-32 of the pixels
========  =====  ====================================================

All little-endian; then height x width x channels bytes of pixels in C order.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import NoReturn

import numpy as np
from numpy.typing import NDArray

from shared.digests import pixel_crc
from shared.errors import FrameError

VERSION = 1
UINT8 = 1
CHANNELS = (1, 3, 4)
HEADER = struct.Struct("<4B2H3IQI")
HEADER_BYTES = HEADER.size
_U16 = 2**16
_U32 = 2**32
# Unsigned on the wire; a signed 64-bit integer holds it until the year 2262.
_I64 = 2**63


@dataclass(frozen=True, slots=True)
class FrameHeader:
    """What a frame says of itself; see the module's table.

    Raises:
        FrameError: a field is outside the range of the format.
    """

    height: int
    width: int
    channels: int
    epoch: int
    sequence: int
    index: int
    sent_ns: int
    crc: int
    version: int = VERSION
    dtype: int = UINT8
    flags: int = 0

    def __post_init__(self) -> None:
        # Two comparisons for the usual case: this runs for every frame.
        if not (self._is_known() and self._is_in_range()):
            self._fail()

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of the pixels: (H, W) for one channel, (H, W, C) else."""
        if self.channels == 1:
            return (self.height, self.width)
        return (self.height, self.width, self.channels)

    @property
    def pixel_bytes(self) -> int:
        """How many bytes of pixels follow the header."""
        return self.height * self.width * self.channels

    def pack(self) -> bytes:
        """The header as 32 bytes."""
        return HEADER.pack(
            self.version,
            self.dtype,
            self.channels,
            self.flags,
            self.height,
            self.width,
            self.epoch,
            self.sequence,
            self.index,
            self.sent_ns,
            self.crc,
        )

    def _is_known(self) -> bool:
        known = self.version == VERSION and self.dtype == UINT8 and self.flags == 0
        return known and self.channels in CHANNELS

    def _is_in_range(self) -> bool:
        sizes = 0 < self.height < _U16 and 0 < self.width < _U16
        numbers = 0 <= self.epoch < _U32 and 0 <= self.sequence < _U32 and 0 <= self.index < _U32
        return sizes and numbers and 0 <= self.sent_ns < _I64 and 0 <= self.crc < _U32

    def _fail(self) -> NoReturn:
        ranges: dict[str, tuple[object, bool]] = {
            "version": (VERSION, self.version == VERSION),
            "dtype": (f"{UINT8} (uint8)", self.dtype == UINT8),
            "flags": (0, self.flags == 0),
            "channels": ("1, 3 or 4", self.channels in CHANNELS),
            "height": ("1..65535", 0 < self.height < _U16),
            "width": ("1..65535", 0 < self.width < _U16),
            "epoch": ("0..2**32-1", 0 <= self.epoch < _U32),
            "sequence": ("0..2**32-1", 0 <= self.sequence < _U32),
            "index": ("0..2**32-1", 0 <= self.index < _U32),
            "sent_ns": ("0..2**63-1", 0 <= self.sent_ns < _I64),
            "crc": ("0..2**32-1", 0 <= self.crc < _U32),
        }
        name = next(name for name, (_, holds) in ranges.items() if not holds)
        raise FrameError(
            f"wrong {name}",
            where=f"the header of frame {self.sequence}",
            expected=ranges[name][0],
            got=getattr(self, name),
        )


def encode_frame(header: FrameHeader, pixels: bytes | memoryview) -> bytes:
    """One binary message: header and pixels.

    Raises:
        FrameError: the pixels' length is not what the header says.
    """
    _check_size(header, len(pixels))
    return b"".join((header.pack(), pixels))


def decode_frame(message: bytes) -> tuple[FrameHeader, NDArray[np.uint8]]:
    """Header and pixels of one binary message.

    Returns:
        The header, and a read-only uint8 view of the message's pixels in the header's shape.

    Raises:
        FrameError: the message is too short, a field is out of range, the size does not fit the
            header, or the pixels do not have the header's CRC-32.
    """
    if len(message) < HEADER_BYTES:
        raise FrameError(
            "truncated header",
            where="a frame",
            expected=f"at least {HEADER_BYTES} bytes",
            got=len(message),
        )
    header = _unpack(message)
    pixels = memoryview(message)[HEADER_BYTES:]
    _check_size(header, len(pixels))
    crc = pixel_crc(pixels)
    if crc != header.crc:
        raise FrameError(
            "wrong CRC-32",
            where=f"frame {header.sequence}",
            expected=f"{header.crc:08x}",
            got=f"{crc:08x}",
        )
    return header, np.frombuffer(pixels, np.uint8).reshape(header.shape)


def _unpack(message: bytes) -> FrameHeader:
    version, dtype, channels, flags, height, width, epoch, sequence, index, sent_ns, crc = (
        HEADER.unpack_from(message)
    )
    return FrameHeader(
        height=height,
        width=width,
        channels=channels,
        epoch=epoch,
        sequence=sequence,
        index=index,
        sent_ns=sent_ns,
        crc=crc,
        version=version,
        dtype=dtype,
        flags=flags,
    )


def _check_size(header: FrameHeader, size: int) -> None:
    if size != header.pixel_bytes:
        raise FrameError(
            "wrong number of pixel bytes",
            where=f"frame {header.sequence}",
            expected=header.pixel_bytes,
            got=size,
        )
