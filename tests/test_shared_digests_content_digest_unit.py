"""Digests: the right algorithm, whatever the pieces they are fed in."""

from __future__ import annotations

import hashlib
import struct
import zlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.digests import DIGEST_BYTES, NO_FRAMES, ContentDigest, pixel_crc, run_digest

crcs = st.lists(st.integers(0, 2**32 - 1), max_size=50)


@pytest.mark.parametrize(
    ("pixels", "crc"), [(b"", 0), (b"123456789", 0xCBF43926), (bytes(784), zlib.crc32(bytes(784)))]
)
def test_the_crc_is_that_of_iso_3309(pixels: bytes, crc: int) -> None:
    assert pixel_crc(pixels) == pixel_crc(memoryview(pixels)) == crc


@given(values=crcs)
def test_the_digest_of_a_run_is_blake2b_over_little_endian_crcs(values: list[int]) -> None:
    content = struct.pack(f"<{len(values)}I", *values)
    assert run_digest(values) == hashlib.blake2b(content, digest_size=DIGEST_BYTES).hexdigest()
    assert run_digest(np.array(values, ">u4")) == run_digest(values)


def _chained(values: list[int]) -> str:
    """The content digest, as docs/protocol.md tells it."""
    value = bytes(DIGEST_BYTES)
    for crc in values:
        chained = value + crc.to_bytes(4, "little")
        value = hashlib.blake2b(chained, digest_size=DIGEST_BYTES).digest()
    return value.hex()


@given(values=crcs, cut=st.integers(0, 50))
def test_the_content_digest_is_a_chain_whatever_pieces_it_is_fed_in(
    values: list[int], cut: int
) -> None:
    digest = ContentDigest()
    digest.update(iter(values[:cut]))
    digest.update(np.array(values[cut:], ">u4"))
    assert digest.hexdigest() == _chained(values)


@given(values=crcs, cut=st.integers(0, 50))
def test_the_content_digest_is_taken_up_again_from_its_value_alone(
    values: list[int], cut: int
) -> None:
    before = ContentDigest()
    before.update(values[:cut])
    after = ContentDigest(before.hexdigest())
    after.update(values[cut:])
    assert after.hexdigest() == _chained(values)


def test_of_no_frames_the_content_digest_is_zero() -> None:
    assert ContentDigest().hexdigest() == NO_FRAMES == "0" * 32


def test_looking_at_the_digest_does_not_change_it() -> None:
    digest = ContentDigest()
    digest.update([1])
    assert digest.hexdigest() == digest.hexdigest() == _chained([1])


@given(values=crcs.filter(lambda some: len(set(some)) > 1))
def test_the_order_of_frames_matters(values: list[int]) -> None:
    ordered = sorted(values)
    assert run_digest(ordered) != run_digest(ordered[::-1])
    assert _chained(ordered) != _chained(ordered[::-1])
