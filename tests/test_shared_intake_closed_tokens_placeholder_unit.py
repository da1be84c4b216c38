"""Tokens and placeholders have no power and cannot be given any."""

from __future__ import annotations

import pytest

from shared.intake.closed.calls import TOKENS
from shared.intake.closed.tokens import ABSENT, SHELL, SPENT, Placeholder, Token


def test_the_names_of_honest_files_have_tokens_and_no_others() -> None:
    cores = ("numpy.core", "numpy._core")
    expected = {("numpy", "ndarray"), ("numpy", "dtype"), ("_codecs", "encode")}
    expected |= {("collections", "OrderedDict")}
    expected |= {
        (f"{core}.multiarray", name) for core in cores for name in ("_reconstruct", "scalar")
    }
    expected |= {(f"{core}.numeric", "_frombuffer") for core in cores}
    expected |= {(b, name) for b in ("builtins", "__builtin__") for name in ("bytes", "bytearray")}
    assert set(TOKENS) == expected
    assert all(token.name == ".".join(name) for name, token in TOKENS.items())


@pytest.mark.parametrize("thing", [Token("x", lambda *_: None), SHELL, SPENT, ABSENT])
def test_a_token_cannot_be_called_and_takes_no_attributes(thing: object) -> None:
    assert not callable(thing)
    assert not hasattr(thing, "__dict__")
    assert not hasattr(thing, "__setstate__")


def test_a_placeholder_says_why_it_may_not_be_used() -> None:
    assert Placeholder("dtype without a state", "u1").code == "u1"
    assert len({thing.what for thing in (SHELL, SPENT, ABSENT)}) == 3
