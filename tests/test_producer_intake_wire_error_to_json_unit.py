"""error_to_json: an error taken apart."""

from __future__ import annotations

from producer.intake.wire import error_to_json
from shared.errors import DataError, PickleRefused


def test_only_what_is_said_is_there() -> None:
    error = DataError("wrong", where="a\nb", got=3)
    assert error_to_json(error) == {
        "kind": "DataError",
        "what": "wrong",
        "where": "a\\nb",
        "got": "3",
    }


def test_a_refused_pickle_has_its_offset_as_a_number() -> None:
    told = error_to_json(PickleRefused("no", where="a", offset=1234, hint="mend it"))
    assert told == {
        "kind": "PickleRefused",
        "what": "no",
        "where": "a",
        "offset": 1234,
        "hint": "mend it",
    }
