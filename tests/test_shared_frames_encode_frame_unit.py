"""encode_frame: the header and the pixels it announces, nothing else."""

from __future__ import annotations

import pytest

from shared.errors import FrameError
from shared.frames import FrameHeader, encode_frame

HEADER = FrameHeader(
    height=2, width=3, channels=3, epoch=1, sequence=7, index=9, sent_ns=5, crc=0xCAFEBABE
)


def test_a_frame_is_its_header_and_its_pixels() -> None:
    pixels = bytes(range(18))
    assert encode_frame(HEADER, pixels) == encode_frame(HEADER, memoryview(pixels))
    assert encode_frame(HEADER, pixels) == HEADER.pack() + pixels


@pytest.mark.parametrize("size", [0, 17, 19])
def test_pixels_of_another_size_are_refused(size: int) -> None:
    with pytest.raises(
        FrameError, match=f"wrong number of pixel bytes in frame 7: expected 18, got {size}$"
    ):
        encode_frame(HEADER, bytes(size))
