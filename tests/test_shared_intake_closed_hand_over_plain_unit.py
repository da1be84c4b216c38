"""plain: what is handed on, counted as often as it is referred to."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from shared.intake.closed.hand_over import MAX_NESTING, plain
from shared.intake.closed.refusal import SAVE_ARRAYS, Refused
from shared.intake.closed.state import State
from shared.intake.closed.tokens import SHELL, Token
from shared.intake.limits import Limits

FILE = b"0123456789" * 100


def handed(value: object, data: bytes = FILE) -> Any:
    """What comes out."""
    return plain(State(data, Limits()), value)


def test_plain_values_stay_the_same_objects() -> None:
    array = np.zeros((2, 2))
    rows = [(array, 1), (array, 2)]
    value = {"a": [1, 2.5, None, True], "b": rows, "c": ("x", b"y", [array, "z"]), 4: {}}
    found = handed(value)
    assert found is value
    assert found["b"] is rows
    assert found["b"][0][0] is array
    assert list(found) == ["a", "b", "c", 4]


def test_places_become_the_bytes_that_stand_there() -> None:
    place = slice(1, 4)
    assert handed(place) == b"123"
    assert handed({"k": place, "l": [(place, 1), [place]]}) == {
        "k": b"123",
        "l": [(b"123", 1), [b"123"]],
    }


@pytest.mark.parametrize("wrap", [lambda x: [x], lambda x: (x,), lambda x: {"k": x}, lambda x: x])
@pytest.mark.parametrize("thing", [SHELL, np.dtype("u1"), Token("x", lambda *_: None), object()])
def test_nothing_else_is_handed_on(wrap: Any, thing: object) -> None:
    with pytest.raises(Refused, match="something else than data"):
        handed(wrap(thing))


@pytest.mark.parametrize("kind", [list, tuple, dict])
def test_containers_may_be_nested_but_not_without_end(kind: type) -> None:
    value: Any = 1
    for _ in range(MAX_NESTING):
        value = {"k": value} if kind is dict else kind([value])
    assert handed(value) is not None
    with pytest.raises(Refused, match="nested too deeply"):
        handed({"k": {"k": value}})


def test_a_container_that_holds_itself_is_refused() -> None:
    endless: list[object] = [1]
    endless += [endless, endless]
    with pytest.raises(Refused, match="nested too deeply|too often"):
        handed(endless)
    fields: dict[str, object] = {}
    fields["k"] = fields
    with pytest.raises(Refused, match="nested too deeply"):
        handed(fields)


@pytest.mark.parametrize(
    "value",
    [
        [np.zeros(2**18, np.uint8)] * 5,
        [(np.zeros(2**18, np.uint8), k) for k in range(5)],
        {k: np.zeros(2**18, np.uint8) for k in range(5)},
        ["x" * 2**18] * 5,
        ("x" * 2**18, [b"y" * 2**18] * 4, ()),
        [slice(0, 1000)] * 1200,
        [[1] * 1000] * 1200,
        [[[1]] * 1000] * 1200,
        [{"z" * 2**18: k} for k in range(5)],
    ],
)
def test_what_is_referred_to_more_often_than_the_file_explains_is_refused(value: object) -> None:
    with pytest.raises(Refused, match="holds its values too often") as caught:
        handed(value)
    assert caught.value.hint == SAVE_ARRAYS


@pytest.mark.parametrize("text", ["z" * 255, b"z" * 255])
@pytest.mark.parametrize(
    "wrap",
    [
        lambda text: [text] * 200,
        lambda text: (text,) * 200,
        lambda text: [(1, text)] * 200,
        lambda text: [{"k": text}] * 200,
        lambda text: [{text: 1}] * 200,
        lambda text: [slice(0, 1)] + [text] * 200,
    ],
)
def test_short_text_has_the_file_twice_and_32_characters_an_image(wrap: Any, text: Any) -> None:
    assert plain(State(FILE, replace(Limits(), images=1600)), wrap(text))
    with pytest.raises(Refused, match="holds its values too often"):
        plain(State(FILE, replace(Limits(), images=1500)), wrap(text))


def test_a_larger_file_may_hold_more() -> None:
    value = [np.zeros(2**18, np.uint8)] * 5
    assert handed(value, bytes(2**19)) is value
    assert handed(["cat", "dog"] * 10_000)[:2] == ["cat", "dog"]
