"""Disturbance damages a frame so that the other side must notice."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from producer.sessions.chaos import Action, Disturbance
from shared.digests import pixel_crc
from shared.errors import FrameError
from shared.frames import HEADER_BYTES, FrameHeader, decode_frame, encode_frame


def message_of(pixels: bytes) -> bytes:
    """The message of a frame one pixel wide."""
    header = FrameHeader(
        height=len(pixels),
        width=1,
        channels=1,
        epoch=1,
        sequence=5,
        index=5,
        sent_ns=0,
        crc=pixel_crc(pixels),
    )
    return encode_frame(header, pixels)


@given(st.binary(min_size=1, max_size=2000), st.integers(0, 2**64 - 1))
def test_one_bit_of_the_pixels_is_turned_over_and_found(pixels: bytes, draw: int) -> None:
    message = message_of(pixels)
    damaged = Disturbance(Action.CORRUPT, 0.0, draw).damaged(message)
    changed = int.from_bytes(message, "big") ^ int.from_bytes(damaged, "big")
    assert changed.bit_count() == 1
    assert damaged[:HEADER_BYTES] == message[:HEADER_BYTES]
    with pytest.raises(FrameError, match="wrong CRC-32 in frame 5"):
        decode_frame(damaged)


def test_every_bit_can_be_chosen() -> None:
    message = message_of(b"\0\0")
    damaged = {Disturbance(Action.CORRUPT, 0.0, draw).damaged(message)[-2:] for draw in range(16)}
    assert damaged == {(1 << bit).to_bytes(2, "little") for bit in range(16)}
