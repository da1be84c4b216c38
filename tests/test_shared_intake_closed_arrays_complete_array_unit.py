"""Arrays of their parts: exact fit, both orders, and every part that is refused."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from shared.intake.closed.arrays import complete_array, make_array
from shared.intake.closed.refusal import Refused
from shared.intake.closed.state import State
from shared.intake.limits import Limits

U1 = np.dtype(np.uint8)
CODES = ["b1", "i1", "<i2", ">i4", "<u8", ">u2", "<f2", ">f4", "<f8", "S3", "<U2", ">U2"]


def state(data: bytes = b"\x00" * 64) -> State:
    """The state of a run over these bytes."""
    return State(data, Limits())


@given(
    code=st.sampled_from(CODES),
    shape=hnp.array_shapes(min_dims=0, max_dims=8, min_side=0, max_side=3),
    is_fortran=st.booleans(),
    data=st.data(),
)
def test_an_array_is_rebuilt_from_its_bytes(
    code: str, shape: tuple[int, ...], is_fortran: bool, data: st.DataObject
) -> None:
    array = data.draw(hnp.arrays(code, shape))
    raw = array.tobytes("F" if is_fortran else "C")
    whole = b"xyz" + raw + b"z"
    for place in (raw, slice(3, 3 + len(raw))):
        found = make_array(state(whole), place, array.dtype, shape, is_fortran=is_fortran)
        np.testing.assert_array_equal(found, array)
        assert isinstance(found, np.ndarray)
        assert found.dtype == array.dtype
        assert not found.flags.writeable
        again = complete_array(state(whole), (1, shape, array.dtype, is_fortran, place))
        np.testing.assert_array_equal(again, array)


@pytest.mark.parametrize(
    ("parts", "what"),
    [
        (None, "wrong array state"),
        ((1, (1,), U1, False), "wrong array state"),
        ([1, (1,), U1, False, b"x"], "wrong array state"),
        (("1", (1,), U1, False, b"x"), "wrong array state"),
        ((True, (1,), U1, False, b"x"), "wrong array state"),
        ((2, (1,), U1, False, b"x"), "wrong version"),
        ((1, (1,), U1, None, b"x"), "wrong memory order"),
        ((1, (1,), U1, 0.0, b"x"), "wrong memory order"),
        ((1, (1,), "u1", False, b"x"), "without a dtype"),
        ((1, [1], U1, False, b"x"), "wrong array shape"),
        ((1, (1,) * 9, U1, False, b"x"), "wrong array shape"),
        ((1, (-1,), U1, False, b"x"), "wrong array shape"),
        ((1, (2**31,), U1, False, b"x"), "wrong array shape"),
        ((1, (True,), U1, False, b"x"), "wrong array shape"),
        ((1, (np.zeros(1),), U1, False, b"x"), "wrong array shape"),
        ((1, (0, 2**30, 2**30), U1, False, b""), "array too large"),
        ((1, (2,), U1, False, b"x"), "does not fit its bytes"),
        ((1, (1,), U1, False, slice(0, 2)), "does not fit its bytes"),
        ((1, (1,), U1, False, bytearray(b"x")), "without bytes"),
        ((1, (1,), U1, False, [b"x"]), "without bytes"),
        ((1, (1,), np.dtype("b1"), False, b"\x02"), "wrong truth value"),
        ((1, (1,), np.dtype("<U1"), False, b"\x00\x00\x11\x00"), "wrong character"),
        ((1, (1,), np.dtype(">U1"), False, b"\x00\x11\x00\x00"), "wrong character"),
        ((1, (1,), np.dtype(object), False, b"12345678"), "does not fit"),
        ((1, (1,), np.dtype(object), False, 5), "without bytes"),
        ((1, (2,), np.dtype(object), False, [b"x"]), "objects that does not fit"),
        ((1, (1, 1), np.dtype(object), False, [b"x"]), "objects of several axes"),
        ((1, (1,), np.dtype(object), False, [[]]), "array of other objects"),
    ],
)
def test_parts_of_any_other_form_are_refused(parts: Any, what: str) -> None:
    with pytest.raises(Refused, match=what):
        complete_array(state(), parts)


def test_an_array_of_objects_is_a_list_of_its_own() -> None:
    objects = [np.zeros(1), b"x", "text", 1, 2.5, None, slice(0, 3)]
    found = complete_array(state(), (1, (7,), np.dtype(object), False, objects))
    assert found == objects
    assert found is not objects


def test_truth_values_and_the_last_character_are_taken() -> None:
    truth = complete_array(state(), (1, (2,), np.dtype("b1"), 1, b"\0\1"))
    assert list(truth) == [False, True]
    last = chr(0x10FFFF)
    raw = np.array([last]).tobytes()
    assert list(complete_array(state(), (1, (1,), np.dtype("U1"), 0, raw))) == [last]
