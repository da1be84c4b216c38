"""ConsumerSettings: defaults, options, environment, and errors that name key and value."""

from __future__ import annotations

import platform
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr, ValidationError

from consumer import settings
from consumer.settings import ConsumerSettings, default_name, default_threads
from shared.errors import SettingsError
from shared.settings import load_settings

EVERY = {
    "producer": "wss://example.org:7443/",
    "count": 2000,
    "fps": 0.0,
    "output": Path("elsewhere"),
    "model": "m.safetensors",
    "batch": 1,
    "threads": 2,
    "path": "int8",
    "cache_dir": Path("kept"),
    "seed": 7,
    "patience": 0.2,
    "consumer": "me-1",
    "resume": "0123456789abcdef",
    "resume_for": 0.0,
    "delivery": "newest",
    "record": Path("a.session"),
    "tls_ca": None,
    "health_port": 0,
    "token": SecretStr("0123456789abcdef"),
    "token_file": None,
    "log_level": "debug",
}
FILES = {"token", "token_file", "tls_ca"}
SHOWN = {name: value for name, value in EVERY.items() if name not in FILES}


@pytest.mark.parametrize(("available", "threads"), [(1, 1), (2, 1), (4, 3), (5, 4), (64, 4)])
def test_one_processor_is_left_to_others(
    monkeypatch: pytest.MonkeyPatch, available: int, threads: int
) -> None:
    monkeypatch.setattr(settings, "processors", lambda: available)
    assert load_settings(ConsumerSettings, {}).threads == threads


def test_without_options_and_environment_there_are_defaults() -> None:
    assert load_settings(ConsumerSettings, {}).model_dump() == {
        "producer": "ws://127.0.0.1:7000",
        "count": None,
        "fps": None,
        "output": Path("results"),
        "model": None,
        "batch": 64,
        "threads": default_threads(),
        "path": "auto",
        "cache_dir": None,
        "seed": 0,
        "patience": 30.0,
        "consumer": default_name(platform.node()),
        "resume": None,
        "resume_for": 600.0,
        "delivery": "every",
        "record": None,
        "tls_ca": None,
        "health_port": None,
        "token": None,
        "token_file": None,
        "log_level": "info",
    }


def test_every_setting_can_be_an_option() -> None:
    assert load_settings(ConsumerSettings, EVERY).model_dump() == EVERY


def test_every_setting_can_be_a_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in SHOWN.items():
        monkeypatch.setenv(f"CATWALK_{name.upper()}", str(value))
    monkeypatch.setenv("CATWALK_TOKEN", "0123456789abcdef")
    assert load_settings(ConsumerSettings, {}).model_dump() == EVERY


def test_settings_cannot_be_changed() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        setattr(load_settings(ConsumerSettings, {}), "batch", 3)


@pytest.mark.parametrize(
    "address",
    [
        "ws://localhost:1",
        "ws://127.0.0.1:65535/",
        "ws://[::1]:7000",
        "wss://catwalk.example.org",
        "ws://bücher.example:7000",
    ],
)
def test_an_address_is_a_host_with_or_without_a_port(address: str) -> None:
    assert load_settings(ConsumerSettings, {"producer": address}).producer == address


# Each would be an error of its own, with a traceback, on connecting.
@pytest.mark.parametrize(
    "address",
    [
        "",
        "localhost:7000",
        "http://localhost:7000",
        "ws://",
        "ws://:7000",
        "ws://localhost:70000",
        "ws://localhost:0",
        "ws://localhost:port",
        "ws://[::1:7000",
        "ws://me@localhost:7000",
        "ws://localhost:7000/path",
        "ws://localhost:7000#part",
        "ws://localhost:7000?key=1",
        "ws://local host:7000",
        "ws://a..b:7000",
        f"ws://{'a' * 64}:7000",
        "ws://localhost:7000\n",
    ],
)
def test_what_cannot_be_connected_to_is_refused(address: str) -> None:
    with pytest.raises(SettingsError) as caught:
        load_settings(ConsumerSettings, {"producer": address})
    message = str(caught.value)
    assert message.startswith("wrong value of producer in option --producer or CATWALK_PRODUCER: ")
    assert message.endswith(f"got {address!r}")


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("count", 0, "greater than or equal to 1"),
        ("count", 2**32, "less than or equal to 4294967295"),
        ("count", "many", "valid integer"),
        ("fps", -0.1, "greater than or equal to 0"),
        ("fps", "nan", ""),
        ("fps", "inf", ""),
        ("batch", 0, "greater than or equal to 1"),
        ("batch", 1025, "less than or equal to 1024"),
        ("threads", 0, "greater than or equal to 1"),
        ("path", "fp8", "'auto', 'eager-fp32', 'eager-bf16', 'int8' or 'compiled-fp32'"),
        ("seed", -1, "greater than or equal to 0"),
        ("patience", -1.0, "greater than or equal to 0"),
        ("patience", "nan", ""),
        ("consumer", "two words", "text that matches"),
        ("consumer", "x" * 65, "text that matches"),
        ("resume", "newest", "text that matches"),
        ("resume", "0123456789ABCDEF", "text that matches"),
        ("resume", "0123456789abcdef0", "text that matches"),
        ("resume_for", -1.0, "greater than or equal to 0"),
        ("resume_for", "inf", ""),
        ("delivery", "some", "'every' or 'newest'"),
        ("health_port", -1, "greater than or equal to 0"),
        ("health_port", 65536, "less than or equal to 65535"),
        ("log_level", "loud", "'debug', 'info', 'warning' or 'error'"),
    ],
)
@pytest.mark.parametrize("by", ["option", "variable"])
def test_a_wrong_value_is_named_with_its_setting(
    name: str, value: Any, expected: str, by: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if by == "variable":
        monkeypatch.setenv(f"CATWALK_{name.upper()}", str(value))
        options = {}
    else:
        options = {name: value}
    with pytest.raises(SettingsError) as caught:
        load_settings(ConsumerSettings, options)
    message = str(caught.value)
    option = name.replace("_", "-")
    assert message.startswith(
        f"wrong value of {name} in option --{option} or CATWALK_{name.upper()}: expected "
    )
    assert expected in message
    assert str(value) in message


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"tls_ca": "any.pem"}, "expected an address with wss:// in --producer"),
        (
            {"tls_ca": "no.pem", "producer": "wss://there"},
            "cannot read the file in option --tls-ca",
        ),
        ({"tls_ca": __file__, "producer": "wss://there"}, "expected certificates, PEM"),
    ],
    ids=["no TLS", "no file", "no certificate"],
)
def test_certificates_to_trust_are_read_at_the_door(options: dict[str, str], words: str) -> None:
    with pytest.raises(SettingsError, match=words):
        load_settings(ConsumerSettings, options)


@pytest.mark.parametrize(
    "name", ["monday", "monday.safetensors", "monday.session.part", ".session"]
)
@pytest.mark.parametrize("by", ["option", "variable"])
def test_a_recording_has_a_name_by_which_it_is_known(
    name: str, by: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if by == "variable":
        monkeypatch.setenv("CATWALK_RECORD", name)
    with pytest.raises(SettingsError) as caught:
        load_settings(ConsumerSettings, {"record": Path(name)} if by == "option" else {})
    assert str(caught.value) == (
        "not the name of a recording in option --record or CATWALK_RECORD: "
        f"expected a file that ends in .session, got {name!r}"
    )
