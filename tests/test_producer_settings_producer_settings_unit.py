"""ProducerSettings takes options over environment over defaults."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from certificates import own_certificate
from pydantic import SecretStr, ValidationError

from producer.settings import ProducerSettings
from shared.errors import SettingsError
from shared.intake.limits import Limits
from shared.settings import load_settings


def test_defaults_bind_this_machine_alone_at_ten_frames_a_second() -> None:
    settings = load_settings(ProducerSettings, {})
    assert (settings.host, settings.port, settings.session_port) == ("127.0.0.1", 6000, 7000)
    assert (settings.fps, settings.count, settings.window) == (10.0, None, 1024)
    assert (settings.dataset, settings.store) == ("auto", "sqlite:///catwalk.db")
    assert (settings.data_dir, settings.cache_dir, settings.log_level) == (None, None, "info")
    assert (settings.newest_window, settings.chaos, settings.seed) == (16, "", 0)
    assert (settings.token, settings.tls_cert, settings.origins) == (None, None, ())


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("fps", "0", 0.0),
        ("count", "25", 25),
        ("port", "0", 0),
        ("session_port", "65535", 65535),
        ("host", "::1", "::1"),
        ("newest_window", "1", 1),
        ("chaos", "drop=0.01,delay=50ms", "drop=0.01,delay=50ms"),
        ("seed", "7", 7),
        ("insecure", "true", True),
        ("origins", "", ()),
        ("origins", "http://a:80, https://b.org,", ("http://a:80", "https://b.org")),
        ("max_connections", "7", 7),
        ("max_per_address", "7", 7),
        ("max_sessions", "7", 7),
        ("max_rate", "7", 7),
        ("max_file_mib", "7", 7),
        ("max_load_s", "7", 7),
        ("max_load_mib", "7", 7),
        ("layout", "NCHW", "NCHW"),
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


def test_the_limits_of_loading_are_bytes_and_seconds() -> None:
    assert load_settings(ProducerSettings, {}).limits == Limits()
    given = {"max_file_mib": 1, "max_load_s": 2, "max_load_mib": 3}
    assert load_settings(ProducerSettings, given).limits == Limits(
        file_bytes=2**20, memory_bytes=3 * 2**20, seconds=2.0, bulk_seconds=120.0
    )


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
        ({"newest_window": 0}, ("newest-window", "0")),
        ({"chaos": "drop=2"}, ("drop", "option --chaos or CATWALK_CHAOS", "0..1")),
        ({"seed": -1}, ("seed", "-1")),
        ({"origins": "*"}, ("origins", "'*'")),
        ({"origins": "http://a/page"}, ("origins", "'http://a/page'")),
        ({"origins": "http://A"}, ("origins", "'http://A'")),
        ({"max_connections": 0}, ("max-connections", "0")),
        ({"max_per_address": 0}, ("max-per-address", "0")),
        ({"max_sessions": 0}, ("max-sessions", "0")),
        ({"max_rate": 0}, ("max-rate", "0")),
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


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.7", "example.org", ""])
def test_an_address_that_others_can_reach_needs_a_token_or_a_word(host: str) -> None:
    with pytest.raises(SettingsError) as raised:
        ProducerSettings(host=host)
    for word in ("--host", "--token-file FILE", "CATWALK_TOKEN", "--insecure", repr(host)):
        assert word in str(raised.value)
    assert ProducerSettings(host=host, insecure=True).token is None
    assert not ProducerSettings(host=host, token=SecretStr("0123456789abcdef")).insecure


@pytest.mark.parametrize("host", ["127.0.0.1", "127.9.9.9", "::1", "localhost"])
def test_this_machine_alone_needs_none(host: str) -> None:
    assert ProducerSettings(host=host).host == host


def test_certificate_and_key_come_together(tmp_path: Path) -> None:
    cert, key = own_certificate().write(tmp_path)
    assert load_settings(ProducerSettings, {"tls_cert": cert, "tls_key": key}).tls_key == key
    for options in ({"tls_cert": cert}, {"tls_key": key}):
        with pytest.raises(SettingsError, match="expected both or neither, got .* alone"):
            load_settings(ProducerSettings, options)
    with pytest.raises(SettingsError, match="unusable certificate or key"):
        load_settings(ProducerSettings, {"tls_cert": key, "tls_key": cert})
