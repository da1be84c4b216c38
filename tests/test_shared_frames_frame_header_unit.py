"""FrameHeader: its 32 bytes, and what it refuses at birth."""

from __future__ import annotations

import struct
from dataclasses import FrozenInstanceError, replace

import pytest
from frame_strategies import HEADERS
from hypothesis import given

from shared.errors import FrameError
from shared.frames import HEADER_BYTES, FrameHeader

HEADER = FrameHeader(
    height=28, width=30, channels=1, epoch=1, sequence=7, index=9, sent_ns=2**60, crc=0xCAFEBABE
)


@given(header=HEADERS)
def test_each_field_stands_where_the_table_says(header: FrameHeader) -> None:
    packed = header.pack()
    assert len(packed) == HEADER_BYTES == 32
    assert packed[:4] == bytes((1, 1, header.channels, 0))
    assert struct.unpack_from("<HH", packed, 4) == (header.height, header.width)
    assert struct.unpack_from("<III", packed, 8) == (header.epoch, header.sequence, header.index)
    assert struct.unpack_from("<Q", packed, 20) == (header.sent_ns,)
    assert struct.unpack_from("<I", packed, 28) == (header.crc,)


@pytest.mark.parametrize(
    ("field", "value", "expected"),
    [
        ("version", 0, "1"),
        ("version", 2, "1"),
        ("dtype", 2, r"1 \(uint8\)"),
        ("flags", 1, "0"),
        ("channels", 0, "1, 3 or 4"),
        ("channels", 2, "1, 3 or 4"),
        ("channels", 5, "1, 3 or 4"),
        ("height", 0, "1..65535"),
        ("height", 2**16, "1..65535"),
        ("width", 0, "1..65535"),
        ("width", 2**16, "1..65535"),
        ("epoch", -1, r"0..2\*\*32-1"),
        ("epoch", 2**32, r"0..2\*\*32-1"),
        ("index", -1, r"0..2\*\*32-1"),
        ("index", 2**32, r"0..2\*\*32-1"),
        ("sent_ns", -1, r"0..2\*\*63-1"),
        ("sent_ns", 2**63, r"0..2\*\*63-1"),
        ("crc", -1, r"0..2\*\*32-1"),
        ("crc", 2**32, r"0..2\*\*32-1"),
    ],
)
def test_a_field_outside_its_range_is_named(field: str, value: int, expected: str) -> None:
    sentence = f"wrong {field} in the header of frame 7: expected {expected}, got {value}$"
    with pytest.raises(FrameError, match=sentence):
        replace(HEADER, **{field: value})


@pytest.mark.parametrize("sequence", [-1, 2**32])
def test_a_sequence_number_outside_its_range_is_named(sequence: int) -> None:
    with pytest.raises(FrameError, match=f"wrong sequence in the header of frame {sequence}: "):
        replace(HEADER, sequence=sequence)


@pytest.mark.parametrize(("channels", "shape"), [(1, (28, 30)), (3, (28, 30, 3)), (4, (28, 30, 4))])
def test_shape_and_size_of_the_pixels_follow(channels: int, shape: tuple[int, ...]) -> None:
    header = replace(HEADER, channels=channels)
    assert header.shape == shape
    assert header.pixel_bytes == 28 * 30 * channels


def test_a_header_cannot_be_changed() -> None:
    with pytest.raises(FrozenInstanceError):
        setattr(HEADER, "epoch", 2)
