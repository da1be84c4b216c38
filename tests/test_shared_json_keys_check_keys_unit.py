"""check_keys refuses what names a key twice."""

from __future__ import annotations

import pytest

from shared.errors import MessageError
from shared.json_keys import check_keys


@pytest.mark.parametrize(
    "text", ["{}", '{"a":1}', '{"a":{"a":1},"b":[{"a":1},{"a":2}]}', '{"a":"a","A":1,"\\u0062":1}']
)
def test_keys_that_stand_once_in_their_object_are_fine(text: str) -> None:
    check_keys(text, "a message")


@pytest.mark.parametrize(
    "text",
    ['{"a":1,"a":1}', '{"a":1,"b":2,"a":3}', '{"b":{"a":1,"a":2}}', '[{"a":1,"\\u0061":2}]'],
    ids=["equal", "apart", "within", "spelt"],
)
def test_a_key_that_stands_twice_is_refused(text: str) -> None:
    with pytest.raises(MessageError, match="^repeated key in a message: expected each key once$"):
        check_keys(text, "a message")


@pytest.mark.parametrize("text", ["[" * 100_000, f'{{"a":{"1" * 5000}}}'], ids=["deep", "long"])
def test_what_cannot_be_read_is_refused_in_the_same_way(text: str) -> None:
    with pytest.raises(MessageError, match="^wrong content in a message: expected JSON$"):
        check_keys(text, "a message")
