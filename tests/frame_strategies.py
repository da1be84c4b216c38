"""Strategies of frames."""

from __future__ import annotations

from hypothesis import strategies as st

from shared.digests import pixel_crc
from shared.frames import FrameHeader

U16 = st.integers(1, 2**16 - 1)
U32 = st.integers(0, 2**32 - 1)
I64 = st.integers(0, 2**63 - 1)

HEADERS = st.builds(
    FrameHeader,
    height=U16,
    width=U16,
    channels=st.sampled_from([1, 3, 4]),
    epoch=U32,
    sequence=U32,
    index=U32,
    sent_ns=I64,
    crc=U32,
)


@st.composite
def small_frames(draw: st.DrawFn) -> tuple[FrameHeader, bytes]:
    """A header and the pixels that belong to it."""
    height, width = draw(st.integers(1, 8)), draw(st.integers(1, 8))
    channels = draw(st.sampled_from([1, 3, 4]))
    size = height * width * channels
    pixels = draw(st.binary(min_size=size, max_size=size))
    header = FrameHeader(
        height=height,
        width=width,
        channels=channels,
        epoch=draw(U32),
        sequence=draw(U32),
        index=draw(U32),
        sent_ns=draw(I64),
        crc=pixel_crc(pixels),
    )
    return header, pixels
