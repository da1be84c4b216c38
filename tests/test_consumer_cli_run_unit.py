"""The command ``consumer run``: its options, its help and its exit code."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any, Literal

import pytest
from certificates import own_certificate
from click import unstyle
from typer.testing import CliRunner, Result

from consumer.cli import app, main, run
from consumer.settings import ConsumerSettings
from shared.errors import CatwalkError, ConnectionLost, SettingsError
from shared.settings import SECRETS

GIVEN: dict[str, tuple[str, Any]] = {
    "producer": ("ws://there:7001", "ws://there:7001"),
    "count": ("12", 12),
    "fps": ("0", 0.0),
    "output": ("there", Path("there")),
    "model": ("m.safetensors", "m.safetensors"),
    "batch": ("8", 8),
    "threads": ("2", 2),
    "path": ("int8", "int8"),
    "cache_dir": ("kept", Path("kept")),
    "seed": ("5", 5),
    "patience": ("0.5", 0.5),
    "consumer": ("me", "me"),
    "resume": ("latest", "latest"),
    "resume_for": ("30", 30.0),
    "delivery": ("newest", "newest"),
    "record": ("a.session", Path("a.session")),
    "health_port": ("0", 0),
    "log_level": ("error", "error"),
}
FILES = {"token_file", "tls_ca"}
"""Options for files that are read at once."""


@dataclass
class FakeApp:
    """Stands for ``consumer.app``, which needs PyTorch and a producer."""

    verdict: Literal["PASS", "FAIL"] = "PASS"
    failure: CatwalkError | None = None
    played: list[ConsumerSettings] = field(default_factory=list)

    async def run_session(self, settings: ConsumerSettings) -> FakeApp:
        """Keep the settings; the outcome is the object itself."""
        self.played.append(settings)
        if self.failure is not None:
            raise self.failure
        return self


@pytest.fixture(name="fake_app")
def make_fake_app(monkeypatch: pytest.MonkeyPatch) -> FakeApp:
    """The application that ``consumer run`` finds."""
    fake = FakeApp()
    module = ModuleType("consumer.app")
    setattr(module, "run_session", fake.run_session)
    monkeypatch.setitem(sys.modules, "consumer.app", module)
    return fake


def invoke(*arguments: str) -> Result:
    """Run the command."""
    return CliRunner().invoke(app, arguments, terminal_width=200)


def options() -> list[str]:
    """Every option with a value."""
    return [
        part for name, (text, _) in GIVEN.items() for part in (f"--{name.replace('_', '-')}", text)
    ]


def test_every_setting_is_an_option_that_the_help_explains() -> None:
    assert {*GIVEN, *FILES} | SECRETS == set(ConsumerSettings.model_fields)
    result = invoke("run", "--help")
    text = unstyle(result.output)
    assert result.exit_code == 0
    for name in {*GIVEN, *FILES}:
        assert f"--{name.replace('_', '-')} " in text
    assert not any(f"--{name} " in text for name in SECRETS)
    assert "CATWALK_<OPTION>" in text


# What the help says of a default is what the settings have.
def test_the_helps_defaults_are_true() -> None:
    text = " ".join(unstyle(invoke("run", "--help").output).replace("│", " ").split())
    defaults = ConsumerSettings()
    shown = ("producer", "output", "batch", "path", "seed", "delivery")
    for name in (*shown, "log_level"):
        assert f"Default: {getattr(defaults, name)}." in text
    assert f"Default: {defaults.patience:g}." in text
    assert f"Default: {defaults.resume_for:g}." in text


@pytest.mark.parametrize("arguments", [(), ("--help",)])
def test_the_commands_are_listed(arguments: tuple[str, ...]) -> None:
    text = unstyle(invoke(*arguments).output)
    for part in ("run", "train", "evaluate", str(main.__doc__)):
        assert part in " ".join(text.split())


def test_every_option_reaches_the_settings(fake_app: FakeApp) -> None:
    assert invoke("run", *options()).exit_code == 0
    given = fake_app.played[0].model_dump()
    assert {name: given[name] for name in GIVEN} == {
        name: value for name, (_, value) in GIVEN.items()
    }


def test_files_are_read_when_they_are_named(fake_app: FakeApp, tmp_path: Path) -> None:
    (tmp_path / "token").write_text("0123456789abcdef\n", encoding="utf-8")
    (tmp_path / "ca.pem").write_bytes(own_certificate().cert)
    files = ("--token-file", str(tmp_path / "token"), "--tls-ca", str(tmp_path / "ca.pem"))
    assert invoke("run", "--producer", "wss://there", *files).exit_code == 0
    settings = fake_app.played[0]
    assert settings.token is not None
    assert settings.token.get_secret_value() == "0123456789abcdef"
    assert "0123456789abcdef" not in repr(settings)


def test_an_option_wins_over_the_environment(
    fake_app: FakeApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CATWALK_COUNT", "7")
    monkeypatch.setenv("CATWALK_SEED", "9")
    assert invoke("run", "--count", "3").exit_code == 0
    assert (fake_app.played[0].count, fake_app.played[0].seed) == (3, 9)


@pytest.mark.parametrize(("verdict", "code"), [("PASS", 0), ("FAIL", 1)])
def test_only_a_pass_ends_with_0(
    fake_app: FakeApp, verdict: Literal["PASS", "FAIL"], code: int
) -> None:
    fake_app.verdict = verdict
    assert invoke("run").exit_code == code


def test_a_failure_is_passed_on(fake_app: FakeApp) -> None:
    fake_app.failure = ConnectionLost("session channel lost")
    assert invoke("run").exception is fake_app.failure


def test_a_value_that_cannot_be_used_is_a_settings_error(fake_app: FakeApp) -> None:
    error = invoke("run", "--fps", "-1").exception
    assert isinstance(error, SettingsError)
    assert "--fps" in str(error)
    assert not fake_app.played


@pytest.mark.parametrize(
    "arguments", [("run", "--count", "many"), ("run", "--nonsense"), ("walk",)], ids=str
)
def test_what_is_no_value_or_option_at_all_is_misuse(
    fake_app: FakeApp, arguments: tuple[str, ...]
) -> None:
    assert invoke(*arguments).exit_code == 2
    assert not fake_app.played


def test_the_command_is_a_plain_function() -> None:
    assert run.__name__ == "run"
