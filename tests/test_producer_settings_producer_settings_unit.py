"""ProducerSettings takes options over environment over defaults."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from producer.settings import ProducerSettings
from shared.errors import SettingsError
from shared.settings import load_settings


def test_defaults_bind_this_machine_alone_at_ten_frames_a_second() -> None:
    settings = load_settings(ProducerSettings, {})
    assert (settings.host, settings.port, settings.session_port) == ("127.0.0.1", 6000, 7000)
    assert (settings.fps, settings.count, settings.window) == (10.0, None, 1024)
    assert (settings.dataset, settings.store) == ("auto", "sqlite:///catwalk.db")
    assert (settings.data_dir, settings.cache_dir, settings.log_level) == (None, None, "info")


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("fps", "0", 0.0),
        ("count", "25", 25),
        ("port", "0", 0),
        ("session_port", "65535", 65535),
        ("host", "0.0.0.0", "0.0.0.0"),
        ("window", "16", 16),
        ("data_dir", "some/where", Path("some/where")),
        ("store", "sqlite:///other.db", "sqlite:///other.db"),
        ("dataset", "builtin", "builtin"),
    ],
)
def test_each_setting_is_read_from_the_environment(
    name: str, text: str, value: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(f"CATWALK_{name.upper()}", text)
    assert getattr(load_settings(ProducerSettings, {}), name) == value


def test_an_option_counts_more_than_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CATWALK_FPS", "5")
    assert load_settings(ProducerSettings, {"fps": 7.0, "port": None}).fps == 7.0


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"fps": -1.0}, ("fps", "greater than or equal to 0", "-1.0")),
        ({"fps": float("nan")}, ("fps", "nan")),
        ({"fps": float("inf")}, ("fps", "inf")),
        ({"fps": 1e7}, ("fps", "1000000", "10000000.0")),
        ({"count": 0}, ("count", "greater than or equal to 1", "0")),
        ({"count": 2**32}, ("count", "4294967295")),
        ({"port": 65536}, ("port", "65535", "65536")),
        ({"session_port": -1}, ("session-port", "CATWALK_SESSION_PORT", "-1")),
        ({"window": 0}, ("window", "0")),
        ({"window": 70000}, ("window", "65536", "70000")),
        ({"log_level": "loud"}, ("log-level", "'debug'", "'loud'")),
    ],
)
def test_an_error_names_the_setting_and_its_value(
    options: dict[str, Any], words: tuple[str, ...]
) -> None:
    with pytest.raises(SettingsError) as raised:
        load_settings(ProducerSettings, options)
    for word in words:
        assert word in str(raised.value)


def test_an_error_in_the_environment_names_the_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CATWALK_PORT", "six")
    with pytest.raises(SettingsError, match="CATWALK_PORT.*got 'six'"):
        load_settings(ProducerSettings, {})


def test_settings_are_frozen() -> None:
    settings = load_settings(ProducerSettings, {})
    with pytest.raises(ValidationError, match="frozen"):
        settings.fps = 1.0
