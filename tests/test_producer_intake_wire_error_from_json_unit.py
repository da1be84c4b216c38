"""error_from_json: an error put together, whatever the other side says."""

from __future__ import annotations

from typing import Any

import pytest

from producer.intake.wire import error_from_json, error_to_json
from shared.errors import CatwalkError, DataError, PickleRefused, SettingsError, StoreError


@pytest.mark.parametrize(
    "error",
    [
        DataError("wrong", where="a", expected="b", got="c", hint="d"),
        DataError("wrong", at="a"),
        PickleRefused("no", where="a", offset=1234, expected="b", got="c", hint="d"),
        SettingsError("wrong layout", where="--layout"),
        StoreError("cannot write", at="a"),
    ],
)
def test_an_error_is_the_same_on_the_other_side(error: CatwalkError) -> None:
    again = error_from_json(error_to_json(error))
    assert type(again) is type(error)
    assert str(again) == str(error)
    assert getattr(again, "offset", None) == getattr(error, "offset", None)


@pytest.mark.parametrize(
    ("told", "text"),
    [
        ({}, "the data cannot be read"),
        ({"kind": "SystemExit", "what": "x\x1b"}, "x\\x1b"),
        ({"kind": "PickleRefused", "what": "x", "offset": "y"}, "x"),
        ({"kind": "PickleRefused", "what": 5}, "5"),
    ],
)
def test_nonsense_is_an_error_in_the_data(told: dict[str, Any], text: str) -> None:
    error = error_from_json(told)
    assert error.code == "bad-data"
    assert str(error) == text
