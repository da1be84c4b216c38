"""check_token says what a token is, and never what was there."""

from __future__ import annotations

import pytest
from pydantic import SecretStr

from shared.tokens import check_token


@pytest.mark.parametrize("text", ["0123456789abcdef", "!" * 16, "~" * 1024])
def test_a_token_is_given_back(text: str) -> None:
    assert check_token(SecretStr(text)).get_secret_value() == text


@pytest.mark.parametrize(
    "text",
    ["", "0123456789abcde", "x" * 1025, "0123456789 abcdef", "0123456789\nabcdef", "ß" * 16],
    ids=["empty", "short", "long", "space", "line", "not ASCII"],
)
def test_what_no_header_can_carry_or_anyone_could_guess_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="^16 to 1024 letters") as caught:
        check_token(SecretStr(text))
    assert not text or text not in str(caught.value)
