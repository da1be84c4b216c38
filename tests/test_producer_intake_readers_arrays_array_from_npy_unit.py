"""array_from_npy: a view of the file, checked before it is made."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from producer.intake.readers.arrays import array_from_npy
from shared.errors import DataError

SMALL = np.arange(6, dtype=np.uint8).reshape(2, 3)


def _npy(array: np.ndarray[Any, Any], version: tuple[int, int] | None = None) -> bytes:
    stream = io.BytesIO()
    np.lib.format.write_array(stream, array, version=version)
    return stream.getvalue()


def _with_header(text: str, *, payload: bytes = b"") -> bytes:
    head = text.encode("latin1")
    return b"\x93NUMPY\x01\x00" + len(head).to_bytes(2, "little") + head + payload


@given(
    hnp.arrays(
        st.one_of(
            hnp.integer_dtypes(endianness="?"),
            hnp.unsigned_integer_dtypes(endianness="?"),
            hnp.floating_dtypes(endianness="?", sizes=(16, 32, 64)),
            hnp.boolean_dtypes(),
            hnp.byte_string_dtypes(min_len=1, max_len=4),
            hnp.unicode_string_dtypes(endianness="?", min_len=1, max_len=4),
        ),
        hnp.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=4),
    ),
    st.sampled_from("CF"),
    st.sampled_from([(1, 0), (2, 0)]),
)
def test_what_numpy_writes_is_read_again(
    array: np.ndarray[Any, Any], order: Any, version: tuple[int, int]
) -> None:
    array = np.asarray(array, order=order)
    read = array_from_npy(_npy(array, version), where="a")
    assert (read.dtype, read.shape) == (array.dtype, array.shape)
    assert read.tobytes() == array.tobytes()


def test_nothing_is_copied_and_nothing_can_be_written() -> None:
    data = _npy(SMALL)
    array = array_from_npy(data, where="a")
    assert np.shares_memory(array, np.frombuffer(data, np.uint8))
    assert not array.flags.writeable


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", r"not a .npy file in a: expected .*, got b''"),
        (b"PK\x03\x04", r"not a .npy file in a"),
        (b"\x93NUMPY", "wrong version of the .npy format in a: expected 1.0 or 2.0"),
        (b"\x93NUMPY\x09\x00", r"wrong version .* got 9\.0"),
        (_npy(SMALL)[:40], r"damaged .npy header in a: got EOF"),
        (_npy(SMALL)[:-1], r"damaged .npy file in a: expected 134 bytes .*, got 133"),
        (_npy(SMALL) + b"x", r"damaged .npy file in a: expected 134 bytes .*, got 135"),
        (_npy(np.array([{}], object)), "wrong type of values .* got object; save plain arrays"),
        (_npy(np.zeros(2, "u1,u2")), "wrong type of values in a: expected numbers or text"),
        (_npy(np.zeros(2, complex)), "wrong type of values .* got complex128"),
        (_npy(np.zeros(2, "M8[s]")), "wrong type of values"),
        (
            _with_header("{'descr': '|u1', "),
            "damaged .npy header in a: got EOF in multi-line statement; write it again",
        ),
        (
            _with_header("{'descr': ('u1', (2,)), 'fortran_order': False, 'shape': (1,)}"),
            "wrong type of values in a: .* got void16; save plain arrays",
        ),
        (_with_header("(" * 5000), "damaged .npy header"),
        (_with_header("{'descr': '|u1', 'fortran_order': False, 'shape': (-1,)}"), "wrong shape"),
        (
            _with_header(f"{{'descr': '|u1', 'fortran_order': False, 'shape': {(1,) * 33}}}"),
            "wrong shape in a: expected at most 32 dimensions",
        ),
        (
            _with_header(f"{{'descr': '|u1', 'fortran_order': False, 'shape': ({2**62}, 4)}}"),
            "damaged .npy file",
        ),
    ],
)
def test_what_is_no_plain_array_is_refused(data: bytes, message: str) -> None:
    with pytest.raises(DataError, match=message):
        array_from_npy(data, where="a")


@given(st.binary(max_size=40), st.integers(0, 127), st.binary(min_size=1, max_size=3))
def test_any_damage_ends_in_an_error_or_an_array(tail: bytes, place: int, new: bytes) -> None:
    data = bytearray(_npy(SMALL) + tail)
    data[place : place + len(new)] = new
    try:
        assert array_from_npy(bytes(data), where="a").size <= len(data)
    except DataError as error:
        assert "\n" not in str(error)
