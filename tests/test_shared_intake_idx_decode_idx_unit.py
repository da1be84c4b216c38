"""The IDX codec: round trips, and every kind of damage."""

from __future__ import annotations

import gzip
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from shared.errors import DataError
from shared.intake.idx import decode_idx, encode_idx

RAW = encode_idx(np.arange(24, dtype=np.uint8).reshape(2, 3, 4))
GZ = gzip.compress(RAW, mtime=0)
HUGE = b"\0\0\x08\x03" + b"\xff" * 12


def bomb() -> bytes:
    """A small file that announces 4 bytes and decompresses to 64 MiB."""
    return gzip.compress(b"\0\0\x08\x01\0\0\0\x04" + bytes(64 * 2**20))


ARRAYS = hnp.arrays(np.uint8, hnp.array_shapes(min_dims=1, max_dims=4, min_side=0, max_side=5))


@given(array=ARRAYS, compressed=st.booleans())
def test_decoding_gives_back_what_was_encoded(array: Any, compressed: bool) -> None:
    data = encode_idx(array)
    decoded = decode_idx(gzip.compress(data) if compressed else data, where="f")
    assert decoded.dtype == np.uint8
    assert decoded.flags.writeable
    np.testing.assert_array_equal(decoded, array)


def test_the_encoding_is_that_of_the_specification() -> None:
    array = np.array([[1, 2, 3], [4, 5, 255]], dtype=np.uint8)
    assert encode_idx(array) == bytes.fromhex("00000802 00000002 00000003 010203 0405ff")


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "not an IDX file in f: .* got an empty file"),
        (b"\0\0", "not an IDX file in f: expected two zero bytes, or gzip, at the start"),
        (b"<!DOCTYPE html>", "not an IDX file in f: .* got a file that starts with b'<!DO'"),
        (gzip.compress(b"hello there"), "not an IDX file in f: .* starts with b'hell'"),
        (gzip.compress(b""), "not an IDX file in f: .* got an empty file"),
        (b"\0\0\x0d\x01\0\0\0\x01\0\0\0\0", "element type in f: expected 0x08 .* got 0x0d"),
        (b"\0\0\x08\x00", "number of dimensions in f: expected 1 to 4, got 0"),
        (b"\0\0\x08\x05" + bytes(20), "number of dimensions in f: expected 1 to 4, got 5"),
        (RAW[:9], "header too short in f: expected 16 bytes, got 9"),
        (RAW[:-1], r"payload too short in f: expected 24 bytes for \(2, 3, 4\), got 23"),
        (RAW + b"x", r"bytes after the payload in f: expected 24 bytes for \(2, 3, 4\), got more"),
        (gzip.compress(RAW[:-1]), "payload too short in f: .* got 23"),
        (gzip.compress(RAW + b"x"), "bytes after the payload in f"),
        (GZ + b"x", "bytes after the payload in f"),
        (HUGE, "too large an array announced in f: expected at most 536,870,912 bytes"),
        (gzip.compress(HUGE), "too large an array announced in f"),
        (GZ[:2], "truncated gzip file in f: expected a complete stream"),
        (GZ[:-1], "truncated gzip file in f"),
        (GZ[:20], "truncated gzip file in f"),
        (GZ[:-8] + bytes(4) + GZ[-4:], "damaged gzip file in f: got .*incorrect data check"),
        (GZ[:2] + b"\xff" + GZ[3:], "damaged gzip file in f: got .*unknown compression method"),
        (bomb(), "bytes after the payload in f"),
    ],
)
def test_a_damaged_file_is_refused(data: bytes, message: str) -> None:
    with pytest.raises(DataError, match=message):
        decode_idx(data, where="f")


@given(cut=st.integers(0, len(GZ) - 1))
def test_a_file_cut_anywhere_is_refused(cut: int) -> None:
    with pytest.raises(DataError, match=" in f"):
        decode_idx(GZ[:cut], where="f")


@given(place=st.integers(0, len(GZ) - 1), bit=st.integers(0, 7))
def test_a_flipped_bit_is_refused_or_without_effect(place: int, bit: int) -> None:
    data = bytearray(GZ)
    data[place] ^= 1 << bit
    try:
        decoded = decode_idx(bytes(data), where="f")
    except DataError:
        return
    # The file's time, and bits that pad its last byte, are covered by no checksum.
    assert encode_idx(decoded) == RAW
