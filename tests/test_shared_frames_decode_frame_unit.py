"""The frame codec: round trips, and damage that never passes and never ends in another error."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from frame_strategies import HEADERS, small_frames
from hypothesis import given
from hypothesis import strategies as st

from shared.digests import pixel_crc
from shared.errors import FrameError
from shared.frames import HEADER_BYTES, FrameHeader, decode_frame, encode_frame

PIXELS = bytes(range(6))
HEADER = FrameHeader(
    height=2,
    width=3,
    channels=1,
    epoch=1,
    sequence=7,
    index=9,
    sent_ns=5,
    crc=pixel_crc(PIXELS),
)
FRAME = encode_frame(HEADER, PIXELS)
# Epoch, sequence number, index and time: no checksum covers them, the session checks them.
UNCHECKED = range(8, 28)


@given(frame=small_frames())
def test_a_frame_is_read_as_it_was_written(frame: tuple[FrameHeader, bytes]) -> None:
    header, pixels = frame
    found, image = decode_frame(encode_frame(header, memoryview(pixels)))
    assert found == header
    assert image.shape == header.shape
    assert image.dtype == np.uint8
    assert image.tobytes() == pixels


@pytest.mark.parametrize(("height", "width", "channels"), [(65535, 1, 4), (1, 65535, 3)])
def test_the_longest_sides_are_read_as_they_were_written(
    height: int, width: int, channels: int
) -> None:
    pixels = bytes(height * width * channels)
    header = replace(HEADER, height=height, width=width, channels=channels, crc=pixel_crc(pixels))
    assert decode_frame(encode_frame(header, pixels))[0] == header


def test_the_pixels_are_a_view_that_cannot_be_written() -> None:
    _, image = decode_frame(FRAME)
    assert image.base is not None
    assert not image.flags.writeable


@given(frame=small_frames(), data=st.data())
def test_a_truncated_frame_is_refused(
    frame: tuple[FrameHeader, bytes], data: st.DataObject
) -> None:
    message = encode_frame(*frame)
    length = data.draw(st.integers(0, len(message) - 1))
    with pytest.raises(FrameError, match="truncated header|wrong number of pixel bytes"):
        decode_frame(message[:length])


@given(frame=small_frames(), more=st.binary(min_size=1))
def test_a_frame_that_is_too_long_is_refused(frame: tuple[FrameHeader, bytes], more: bytes) -> None:
    with pytest.raises(FrameError, match="wrong number of pixel bytes in frame"):
        decode_frame(encode_frame(*frame) + more)


@given(frame=small_frames(), data=st.data())
def test_a_flipped_bit_is_refused_or_changes_nothing_but_its_own_number(
    frame: tuple[FrameHeader, bytes], data: st.DataObject
) -> None:
    message = encode_frame(*frame)
    bit = data.draw(st.integers(0, 8 * len(message) - 1))
    damaged = bytearray(message)
    damaged[bit // 8] ^= 1 << bit % 8
    if bit // 8 not in UNCHECKED:
        with pytest.raises(FrameError):
            decode_frame(bytes(damaged))
        return
    header, image = decode_frame(bytes(damaged))
    assert header != frame[0]
    assert image.tobytes() == frame[1]
    assert header.pack()[28:] == message[28:32]


@given(message=st.binary(max_size=200))
def test_any_bytes_are_a_frame_or_a_frame_error(message: bytes) -> None:
    try:
        header, image = decode_frame(message)
    except FrameError:
        return
    assert encode_frame(header, image.tobytes()) == message


@given(header=HEADERS, pixels=st.binary(max_size=50))
def test_any_header_with_other_pixels_is_refused(header: FrameHeader, pixels: bytes) -> None:
    assert (len(pixels), pixel_crc(pixels)) != (header.pixel_bytes, header.crc)
    with pytest.raises(FrameError):
        decode_frame(header.pack() + pixels)


@pytest.mark.parametrize(
    ("message", "sentence"),
    [
        (b"", r"truncated header in a frame: expected at least 32 bytes, got 0$"),
        (FRAME[:31], r"truncated header in a frame: expected at least 32 bytes, got 31$"),
        (FRAME[:HEADER_BYTES], r"wrong number of pixel bytes in frame 7: expected 6, got 0$"),
        (FRAME + b"x", r"wrong number of pixel bytes in frame 7: expected 6, got 7$"),
        (FRAME[:-1] + b"x", r"wrong CRC-32 in frame 7: expected [0-9a-f]{8}, got [0-9a-f]{8}$"),
        (b"\2" + FRAME[1:], r"wrong version in the header of frame 7: expected 1, got 2$"),
        (b"\x80\4\x95" + FRAME[3:], r"wrong version in the header of frame 7: expected 1, got 128"),
    ],
)
def test_the_error_names_frame_expected_and_got(message: bytes, sentence: str) -> None:
    with pytest.raises(FrameError, match=sentence):
        decode_frame(message)
