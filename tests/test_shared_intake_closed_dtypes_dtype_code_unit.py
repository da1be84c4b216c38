"""Dtypes of what numpy writes about them, and of nothing else."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from shared.intake.closed.dtypes import complete_dtype, dtype_code
from shared.intake.closed.refusal import Refused

CODES = ["b1", "i1", "u1", "<i2", ">i4", "<u8", ">f2", "<f4", ">f8", "S1", "S800", "<U7", ">U200"]


@pytest.mark.parametrize("code", [*CODES, "O"])
def test_what_numpy_writes_gives_the_same_dtype(code: str) -> None:
    dtype = np.dtype(code)
    reduced: Any = dtype.__reduce__()
    _, arguments, state = reduced
    assert complete_dtype(dtype_code(arguments), state) == dtype
    numbers = (arguments[0].encode(), 0, 1)
    python2 = (state[0], state[1].encode(), *state[2:])
    assert complete_dtype(dtype_code(numbers), python2) == dtype


@pytest.mark.parametrize("code", ["c8", "c16", "V1", "M8", "m8", "O4", "f16", "S0", "S801", "U201"])
def test_other_codes_are_refused(code: str) -> None:
    with pytest.raises(Refused, match="forbidden dtype"):
        dtype_code((code, False, True))


@pytest.mark.parametrize("code", ["", "u1,u1", "(2,)u1", "u1\n", "uint8", "S\u0661", "b" * 99, 5])
def test_strange_codes_are_refused(code: object) -> None:
    with pytest.raises(Refused, match="forbidden dtype"):
        dtype_code((code, False, True))


@pytest.mark.parametrize(
    "arguments",
    [(), ("u1",), ("u1", True, True), ("u1", False, False), ("u1", None, 1), ("u1", 0, 1, {})],
)
def test_arguments_that_numpy_does_not_write_are_refused(arguments: tuple[Any, ...]) -> None:
    with pytest.raises(Refused, match="strange way"):
        dtype_code(arguments)


REST = (None, None, None, -1, -1, 0)


@pytest.mark.parametrize(
    ("code", "state", "what"),
    [
        ("u1", None, "wrong dtype state"),
        ("u1", [3, "|", *REST], "wrong dtype state"),
        ("u1", (3, "|"), "wrong dtype state"),
        ("u1", (4, "|", *REST), "wrong dtype state"),
        ("u1", (None, "|", *REST), "wrong dtype state"),
        ("u1", (3, "x", *REST), "wrong byte order"),
        ("u1", (3, 5, *REST), "wrong byte order"),
        ("u2", (3, "|", *REST), "wrong byte order"),
        ("u2", (3, "=", *REST), "wrong byte order"),
        ("S1", (3, "<", None, None, None, 1, 1, 0), "wrong byte order"),
        ("U1", (3, "|", None, None, None, 4, 4, 8), "wrong byte order"),
        ("O8", (3, "<", None, None, None, -1, -1, 63), "wrong byte order"),
        ("u1", (3, "|", (), None, None, -1, -1, 0), "wrong dtype state"),
        ("u1", (3, "|", None, (), None, -1, -1, 0), "wrong dtype state"),
        ("u1", (3, "|", None, None, {}, -1, -1, 0), "wrong dtype state"),
        ("u1", (3, "|", None, None, None, 8, -1, 0), "wrong dtype state"),
        ("u1", (3, "|", None, None, None, -1.0, -1, 0), "wrong dtype state"),
        ("u1", (3, "|", None, None, None, -1, -1, 63), "wrong dtype state"),
        ("O8", (3, "|", *REST), "wrong dtype state"),
        ("S4", (3, "|", None, None, None, 5, 1, 0), "wrong dtype state"),
        ("S4", (3, "|", *REST), "wrong dtype state"),
        ("U4", (3, "<", None, None, None, 4, 4, 8), "wrong dtype state"),
    ],
)
def test_states_that_numpy_does_not_write_are_refused(code: str, state: object, what: str) -> None:
    with pytest.raises(Refused, match=what):
        complete_dtype(code, state)
