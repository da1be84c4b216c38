"""Digests: the right algorithm, whatever the pieces they are fed in."""

from __future__ import annotations

import hashlib
import struct
import zlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.digests import DIGEST_BYTES, ContentDigest, pixel_crc, run_digest

crcs = st.lists(st.integers(0, 2**32 - 1), max_size=50)


@pytest.mark.parametrize(
    ("pixels", "crc"), [(b"", 0), (b"123456789", 0xCBF43926), (bytes(784), zlib.crc32(bytes(784)))]
)
def test_the_crc_is_that_of_iso_3309(pixels: bytes, crc: int) -> None:
    assert pixel_crc(pixels) == pixel_crc(memoryview(pixels)) == crc


@given(values=crcs)
def test_the_digest_is_blake2b_over_little_endian_crcs(values: list[int]) -> None:
    content = struct.pack(f"<{len(values)}I", *values)
    assert run_digest(values) == hashlib.blake2b(content, digest_size=DIGEST_BYTES).hexdigest()


@given(values=crcs, cut=st.integers(0, 50))
def test_pieces_and_kinds_of_sequence_do_not_matter(values: list[int], cut: int) -> None:
    digest = ContentDigest()
    digest.update(iter(values[:cut]))
    digest.update(np.array(values[cut:], ">u4"))
    assert digest.hexdigest() == run_digest(np.array(values, np.uint32))


def test_looking_at_the_digest_does_not_change_it() -> None:
    digest = ContentDigest()
    empty = digest.hexdigest()
    assert digest.hexdigest() == empty == run_digest([])
    digest.update([1])
    assert digest.hexdigest() == run_digest([1])
    assert len(empty) == 32


@given(values=crcs.filter(lambda some: len(set(some)) > 1))
def test_the_order_of_frames_matters(values: list[int]) -> None:
    ordered = sorted(values)
    assert run_digest(ordered) != run_digest(ordered[::-1])
