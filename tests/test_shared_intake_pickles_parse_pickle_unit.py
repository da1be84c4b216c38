"""parse_pickle: round trips of honest values, and one error for everything else."""

from __future__ import annotations

import pickle
from dataclasses import replace
from typing import Any

import numpy as np
import pickle_assembler as asm
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from pickle_same import assert_same

from shared.errors import DataError, PickleRefused
from shared.intake.limits import Limits
from shared.intake.pickles import parse_pickle

KINDS = ["b1", "u1", "i1", "<i2", ">i2", "<u4", ">u4", "<i8", ">f2", "<f4", ">f8", "S5", "<U4"]
SHAPES = hnp.array_shapes(min_dims=0, max_dims=5, min_side=0, max_side=5)
ARRAYS = st.sampled_from(KINDS).flatmap(lambda kind: hnp.arrays(kind, SHAPES))
LEAVES = (
    st.none()
    | st.booleans()
    | st.integers(-(2**200), 2**200)
    | st.floats(allow_nan=False)
    | st.text(max_size=300)
    | st.binary(max_size=300)
    | ARRAYS
)
KEYS = st.text(max_size=5) | st.binary(max_size=5) | st.integers(-(2**59), 2**59)
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=4)
    | st.lists(inner, max_size=4).map(tuple)
    | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=12,
)
PROTOCOLS = st.integers(0, 5)


@given(value=VALUES, protocol=PROTOCOLS)
def test_what_python_3_writes_is_read_back(value: Any, protocol: int) -> None:
    assert_same(parse_pickle(pickle.dumps(value, protocol), where="f"), value)


@given(array=ARRAYS, protocol=PROTOCOLS, is_fortran=st.booleans(), is_numpy_1=st.booleans())
def test_arrays_are_read_in_every_protocol_order_and_numpy(
    array: Any, protocol: int, is_fortran: bool, is_numpy_1: bool
) -> None:
    written = np.asfortranarray(array) if is_fortran and array.ndim else array
    data = pickle.dumps({"x": written, "again": written}, protocol)
    found: Any = parse_pickle(asm.as_numpy_1(data, protocol) if is_numpy_1 else data, where="f")
    assert_same(found["x"], written)
    assert found["again"] is found["x"]


@given(array=hnp.arrays(st.sampled_from(["u1", "<i2", "<f8", "b1"]), SHAPES))
def test_arrays_of_python_2_are_read(array: Any) -> None:
    code = array.dtype.str[1:].encode()
    data = asm.whole(asm.python2_array(array.shape, array.tobytes(), code), 2)
    assert_same(parse_pickle(data, where="f"), array)


@given(kind=st.sampled_from(KINDS), protocol=PROTOCOLS, data=st.data())
def test_scalars_of_numpy_are_plain_numbers_and_texts(
    kind: str, protocol: int, data: st.DataObject
) -> None:
    scalar = data.draw(hnp.arrays(kind, ()))[()]
    assume(scalar.dtype.itemsize)
    found = parse_pickle(pickle.dumps([scalar, scalar], protocol), where="f")
    assert_same(found, [scalar.item()] * 2)


@pytest.mark.parametrize("protocol", range(6))
def test_bytearrays_are_bytes(protocol: int) -> None:
    values = [bytearray(), bytearray(b"\x80x"), bytearray(bytes(range(256)) * 2)]
    found = parse_pickle(pickle.dumps(values, protocol), where="f")
    assert found == [bytes(value) for value in values]
    assert isinstance(found, list)
    assert {type(value) for value in found} == {bytes}


def test_a_bytearray_of_an_older_python_is_read() -> None:
    made = asm.call(asm.name("__builtin__", "bytearray"), asm.value("\x80x"), asm.value("latin-1"))
    assert parse_pickle(asm.whole(made), where="f") == b"\x80x"


def test_a_refusal_says_file_place_reason_and_what_to_do() -> None:
    data = pickle.dumps({"images": 1}, 2)[:-1] + b"0cos\nsystem\n."
    with pytest.raises(PickleRefused) as caught:
        parse_pickle(data, where="my.pkl")
    assert caught.value.offset == len(data) - 13
    data = b"\x80\x02ctorch\nload\n."
    with pytest.raises(PickleRefused) as caught:
        parse_pickle(data, where="my.pkl")
    refused = caught.value
    assert isinstance(refused, DataError)
    assert (refused.code, refused.exit_code) == ("bad-pickle", 5)
    assert (refused.where, refused.offset) == ("my.pkl", 2)
    assert refused.what == "pickle asks for a forbidden name"
    assert "numpy.savez" in str(refused.hint)
    assert "\n" not in str(refused)


def test_an_empty_or_too_large_file_is_refused() -> None:
    limits = replace(Limits(), file_bytes=10)
    data = pickle.dumps([1], 2)
    assert parse_pickle(data, where="f", limits=limits) == [1]
    with pytest.raises(PickleRefused, match="file too large in f .*expected at most 10 bytes"):
        parse_pickle(data + b"  ", where="f", limits=limits)
    with pytest.raises(PickleRefused, match="empty file in f"):
        parse_pickle(b"", where="f")


class Unreadable(bytes):
    """Bytes that can be looked at only once."""

    error: type[Exception] = ArithmeticError
    looks = 0

    def __getitem__(self, key: Any) -> Any:
        self.looks += 1
        if self.looks > 1:
            raise self.error
        return super().__getitem__(key)


def test_whatever_else_happens_is_a_refusal_too() -> None:
    with pytest.raises(PickleRefused, match="unreadable pickle in f .* got ArithmeticError"):
        parse_pickle(Unreadable(pickle.dumps([1])), where="f")


def test_that_memory_is_short_is_not_said_of_the_file() -> None:
    data = Unreadable(pickle.dumps([1]))
    data.error = MemoryError
    with pytest.raises(MemoryError):
        parse_pickle(data, where="f")
