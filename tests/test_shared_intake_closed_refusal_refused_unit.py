"""How the machine says no."""

from __future__ import annotations

import numpy as np
import pytest

from shared.intake.closed.refusal import Refused, kind_of, quoted, refuse
from shared.intake.closed.tokens import SHELL, Token


def test_a_refusal_says_what_was_expected_and_what_came() -> None:
    with pytest.raises(Refused, match="wrong thing") as caught:
        refuse("wrong thing", "a right one", kind_of(None), hint="mend it")
    found = caught.value
    assert (found.what, found.expected, found.got) == ("wrong thing", "a right one", "None")
    assert (found.hint, found.offset) == ("mend it", None)


def test_a_refusal_keeps_the_place_that_it_is_given_first() -> None:
    refused = Refused("wrong thing")
    assert refused.at(7) is refused
    assert refused.at(9).offset == 7


@pytest.mark.parametrize(
    ("what", "hint"),
    [
        ("pickle ends too early", "write or fetch the file again"),
        ("damaged text in the pickle", "write or fetch the file again"),
        ("wrong number in the pickle", "write or fetch the file again"),
        ("bytes after the pickle", "write one object to the file"),
        ("unknown pickle protocol", "write it again with pickle.dump(..., protocol=4)"),
        ("too many keys in a dict of the pickle", "save fewer or simpler parts, or an .npz"),
        ("array too large in the pickle", "save fewer or simpler parts, or an .npz"),
        ("pickle uses a forbidden operation", "save images as numpy arrays: numpy.savez("),
        ("pickle asks for a forbidden dtype", "save images as numpy arrays: numpy.savez("),
    ],
)
def test_a_refusal_without_a_hint_has_that_of_its_class(what: str, hint: str) -> None:
    assert str(Refused(what).hint).startswith(hint)


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (None, "None"),
        (True, "a truth value"),
        (b"x", "bytes"),
        (slice(0, 9), "bytes"),
        ("x", "text"),
        ([1], "a list"),
        (np.zeros(1), "an array"),
        (np.dtype("u1"), "a dtype"),
        (SHELL, "something without content"),
        (Token("x", lambda *_: None), "a function"),
        (1j, "a complex"),
    ],
)
def test_a_value_is_named_by_its_kind_alone(value: object, words: str) -> None:
    assert kind_of(value) == words


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("abc", "'abc'"),
        (b"\xff", "b'\\xff'"),
        ("a" * 10**6, "'" + "a" * 96 + "..."),
        ("\x1b[31m\u202e", "'\\x1b[31m\\u202e'"),
    ],
)
def test_text_of_a_file_is_quoted_escaped_and_cut(text: str | bytes, words: str) -> None:
    assert quoted(text) == words
    assert len(words) <= 100
