"""The builders and shells behind the names in pickles."""

from __future__ import annotations

import numpy as np
import pytest

from shared.intake.pickle_parts import (
    BUILDERS,
    ArrayShell,
    Builder,
    DtypeShell,
    Refused,
    kind_of,
    plain,
    refuse,
)

STATE = (3, "<", None, None, None, -1, -1, 0)


def shell(*values: int) -> ArrayShell:
    """A filled shell of an array of uint8."""
    made = ArrayShell()
    made.fill(bytes(values), DtypeShell("u1", False, True), (len(values),), "C")
    return made


def test_the_names_of_honest_files_have_builders_and_no_others() -> None:
    cores = ("numpy.core", "numpy._core")
    expected = {("numpy", "ndarray"), ("numpy", "dtype"), ("_codecs", "encode")}
    expected |= {("collections", "OrderedDict")}
    expected |= {
        (f"{core}.multiarray", name) for core in cores for name in ("_reconstruct", "scalar")
    }
    expected |= {(f"{core}.numeric", "_frombuffer") for core in cores}
    expected |= {(b, name) for b in ("builtins", "__builtin__") for name in ("bytes", "bytearray")}
    assert set(BUILDERS) == expected
    assert all(isinstance(builder, Builder) for builder in BUILDERS.values())


def test_a_builder_calls_its_function_and_keeps_no_state() -> None:
    builder = Builder(lambda *args: args)
    assert builder(1, 2) == (1, 2)
    assert not hasattr(builder, "__dict__")
    with pytest.raises(Refused, match="changes the state of a function"):
        builder.__setstate__({"_build": print})


def test_a_dtype_shell_makes_the_dtype_of_its_code_and_order() -> None:
    made = DtypeShell("i4", False, True)
    made.__setstate__(STATE)
    assert made.dtype() == np.dtype("<i4")


def test_an_array_shell_is_filled_once() -> None:
    made = shell(1, 2, 3)
    assert made.array().tolist() == [1, 2, 3]
    assert made.nbytes == 3
    assert ArrayShell().nbytes == 0
    with pytest.raises(Refused, match="changes an array that is complete"):
        made.fill(b"x", DtypeShell("u1"), (1,), "C")


def test_an_array_shell_keeps_fortran_order() -> None:
    made = ArrayShell()
    made.fill(bytes(range(6)), DtypeShell("u1"), (2, 3), "F")
    assert made.array().tolist() == [[0, 2, 4], [1, 3, 5]]


def test_plain_puts_arrays_in_the_place_of_shells() -> None:
    shared = [shell(7), 5, "text"]
    found = plain({"a": (shell(1), shell(2)), "b": shared, "c": shared})
    assert isinstance(found, dict)
    assert [array.tolist() for array in found["a"]] == [[1], [2]]
    assert found["b"] is found["c"]
    assert found["b"][0].tolist() == [7]
    assert found["b"][1:] == [5, "text"]


def test_plain_leaves_what_is_nested_deeper_than_any_layout() -> None:
    deep = [[[[[shell(1)]]]]]
    assert isinstance(plain(deep), list)


def test_a_refusal_says_what_was_expected_and_what_came() -> None:
    with pytest.raises(Refused) as caught:
        refuse("wrong thing", "a right one", kind_of(None))
    assert (caught.value.what, caught.value.expected, caught.value.got) == (
        "wrong thing",
        "a right one",
        "NoneType",
    )
