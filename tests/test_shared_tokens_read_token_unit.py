"""read_token reads a file that holds a token."""

from __future__ import annotations

from pathlib import Path

import pytest

from shared.errors import SettingsError
from shared.tokens import read_token

TOKEN = "0123456789abcdef"


@pytest.mark.parametrize("text", [TOKEN, f"{TOKEN}\n", f"  {TOKEN}\r\n\n"])
def test_the_token_is_all_but_the_white_space_around_it(text: str, tmp_path: Path) -> None:
    path = tmp_path / "token"
    path.write_text(text, encoding="utf-8")
    assert read_token(path).get_secret_value() == TOKEN


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "unusable token in .*: expected 16 to 1024"),
        (b"secret", "unusable token in .*: expected 16 to 1024"),
        (b"secret-of-mine-1\nsecret-of-mine-2", "unusable token in .*: expected 16 to 1024"),
        (b"\xff" * 20, "unusable token in .*: expected 16 to 1024"),
        (b"secret" * 1000, "unusable token in .*: expected 16 to 1024"),
        (None, "cannot read the token in .*: expected a file, got No such file"),
    ],
    ids=["empty", "short", "two lines", "not ASCII", "long", "missing"],
)
def test_what_cannot_be_a_token_is_named_by_its_file_alone(
    content: bytes | None, words: str, tmp_path: Path
) -> None:
    path = tmp_path / "token"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(SettingsError, match=words) as caught:
        read_token(path)
    assert str(path) in str(caught.value)
    assert "secret" not in str(caught.value)


def test_a_file_without_an_end_is_not_read_to_it() -> None:
    with pytest.raises(SettingsError, match="unusable token in /dev/zero"):
        read_token(Path("/dev/zero"))
