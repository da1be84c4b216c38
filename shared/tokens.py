"""The bearer token that both services may share: what is one, and how it is kept out of sight."""

from __future__ import annotations

from pathlib import Path

from pydantic import SecretStr

from shared.errors import SettingsError

MIN_TOKEN = 16
MAX_TOKEN = 1024
_WANTED = f"{MIN_TOKEN} to {MAX_TOKEN} letters, digits and signs of ASCII, without a space"


def check_token(token: SecretStr) -> SecretStr:
    """Give the token back.

    Raises:
        ValueError: it is too short or too long, or no header can carry it. Its message says what
            a token is, never what was there.
    """
    text = token.get_secret_value()
    if not MIN_TOKEN <= len(text) <= MAX_TOKEN or not all("!" <= sign <= "~" for sign in text):
        raise ValueError(_WANTED)
    return token


def read_token(path: Path) -> SecretStr:
    """Read the token that is all a file holds, but for white space around it.

    Raises:
        SettingsError: the file cannot be read, or what it holds cannot be a token.
    """
    try:
        with path.open("rb") as stream:
            # Enough for any token, and /dev/zero ends.
            text = stream.read(2 * MAX_TOKEN).decode("latin-1")
        return check_token(SecretStr(text.strip()))
    except OSError as error:
        raise SettingsError(
            "cannot read the token", where=path, expected="a file", got=error.strerror
        ) from None
    except ValueError as error:
        raise SettingsError("unusable token", where=path, expected=error) from None
