"""Settings: options over environment over defaults, and errors that name what is wrong."""

from __future__ import annotations

from typing import Annotated, Any

import pytest
from pydantic import Field, ValidationError

from shared.errors import SettingsError
from shared.settings import ServiceSettings, load_settings


class Example(ServiceSettings):
    """Settings as a service has them."""

    window: Annotated[int, Field(ge=1)] = 16
    data_dir: str | None = None


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
