"""Settings: options over environment over defaults, and errors that name what is wrong."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import pytest
from pydantic import Field, ValidationError

from shared.errors import SettingsError
from shared.settings import ServiceSettings, load_settings


class Example(ServiceSettings):
    """Settings as a service has them."""

    window: Annotated[int, Field(ge=1)] = 16
    data_dir: str | None = None
    parts: tuple[int, ...] = ()


@pytest.mark.parametrize(
    ("options", "environment", "window"),
    [
        ({}, {}, 16),
        ({"window": None}, {}, 16),
        ({}, {"CATWALK_WINDOW": "5"}, 5),
        ({}, {"CATWALK_WINDOW": ""}, 16),
        ({}, {"WINDOW": "5"}, 16),
        ({"window": None}, {"CATWALK_WINDOW": "5"}, 5),
        ({"window": 7}, {"CATWALK_WINDOW": "5"}, 7),
        ({"window": 7}, {"CATWALK_WINDOW": "many"}, 7),
        ({"window": 7, "unknown": 1}, {"CATWALK_UNKNOWN": "x"}, 7),
    ],
)
def test_options_win_over_environment_over_defaults(
    options: dict[str, Any],
    environment: dict[str, str],
    window: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert load_settings(Example, options).window == window


@pytest.mark.parametrize(
    ("options", "environment", "message"),
    [
        (
            {"window": 0},
            {},
            "wrong value of window in option --window or CATWALK_WINDOW: "
            "expected greater than or equal to 1, got 0",
        ),
        (
            {},
            {"CATWALK_WINDOW": "many"},
            "wrong value of window in option --window or CATWALK_WINDOW: expected "
            "a valid integer, unable to parse string as an integer, got 'many'",
        ),
        (
            {"data_dir": 7},
            {},
            "wrong value of data_dir in option --data-dir or CATWALK_DATA_DIR: "
            "expected a valid string, got 7",
        ),
        (
            {"parts": (1, "two")},
            {},
            "wrong value of parts in option --parts or CATWALK_PARTS: "
            "expected a valid integer, unable to parse string as an integer, got 'two'",
        ),
        (
            {},
            {"CATWALK_TOKEN": "secret"},
            "wrong value of token in CATWALK_TOKEN: "
            "expected 16 to 1024 letters, digits and signs of ASCII, without a space",
        ),
        (
            {"log_level": "loud"},
            {},
            "wrong value of log_level in option --log-level or CATWALK_LOG_LEVEL: expected "
            "'debug', 'info', 'warning' or 'error', got 'loud'",
        ),
    ],
)
def test_an_error_names_the_setting_and_the_value(
    options: dict[str, Any],
    environment: dict[str, str],
    message: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError) as caught:
        load_settings(Example, options)
    assert str(caught.value) == message


def test_settings_cannot_be_changed() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        setattr(load_settings(Example, {}), "window", 3)


TOKEN = "0123456789abcdef-of-the-file"


def _shown(settings: ServiceSettings) -> str | None:
    return None if settings.token is None else settings.token.get_secret_value()


def test_the_token_comes_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    assert _shown(load_settings(Example, {})) is None
    monkeypatch.setenv("CATWALK_TOKEN", TOKEN)
    assert _shown(load_settings(Example, {})) == TOKEN


@pytest.mark.parametrize("by", ["option", "variable"])
def test_the_tokens_file_counts_more(
    by: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "token"
    path.write_text(TOKEN, encoding="utf-8")
    monkeypatch.setenv("CATWALK_TOKEN", "another-0123456789")
    if by == "variable":
        monkeypatch.setenv("CATWALK_TOKEN_FILE", str(path))
    assert _shown(load_settings(Example, {"token_file": path if by == "option" else None})) == TOKEN


def test_a_tokens_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="cannot read the token in .*/none"):
        load_settings(Example, {"token_file": tmp_path / "none"})


def test_no_text_of_the_settings_shows_the_token(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CATWALK_TOKEN", TOKEN)
    settings = load_settings(Example, {})
    for text in (repr(settings), str(settings), settings.model_dump_json(), str(vars(settings))):
        assert TOKEN not in text
