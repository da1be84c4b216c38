"""The command ``producer serve`` refuses what it cannot use before it listens."""

from __future__ import annotations

from pathlib import Path
from typing import get_type_hints

import pytest
from click import unstyle
from producer_parts import image_set
from typer.testing import CliRunner

from producer.cli import app, main, serve
from producer.commands import sessions_app
from producer.commands_record import record
from producer.datasets.commands import dataset_app
from producer.settings import ProducerSettings
from shared.errors import CatwalkError, DataError, SettingsError
from shared.intake.pickles import dump_pickle
from shared.settings import SECRETS


@pytest.fixture(name="pickle")
def small_pickle(tmp_path: Path) -> Path:
    """A file of six images."""
    path = tmp_path / "six.pickle"
    with path.open("wb") as stream:
        dump_pickle(image_set(), stream)
    return path


def _fail(*arguments: str) -> CatwalkError:
    error = CliRunner().invoke(app, ["serve", *arguments]).exception
    assert isinstance(error, CatwalkError)
    return error


def test_the_commands_are_serve_record_dataset_and_sessions() -> None:
    assert [command.callback for command in app.registered_commands] == [serve, record]
    assert [group.typer_instance for group in app.registered_groups] == [
        dataset_app,
        sessions_app,
    ]
    assert app.registered_callback is not None and app.registered_callback.callback is main


def test_without_a_command_the_help_is_shown() -> None:
    result = CliRunner().invoke(app, [])
    assert "serve" in result.output and "dataset" in result.output


def test_every_setting_is_an_option_that_the_help_explains() -> None:
    text = unstyle(CliRunner().invoke(app, ["serve", "--help"], terminal_width=200).output)
    for name in sorted(ProducerSettings.model_fields.keys()):
        assert (f"--{name.replace('_', '-')} " in text) is (name not in SECRETS), name
    assert "CATWALK_TOKEN" in text


# What the help says of a default is what the settings have.
@pytest.mark.parametrize("name", sorted(ProducerSettings.model_fields.keys() - SECRETS))
def test_the_helps_default_is_true(name: str) -> None:
    (option,) = get_type_hints(serve, include_extras=True)[name].__metadata__
    default = getattr(ProducerSettings(), name)
    if name == "fps":
        default = f"{default:g}"
    if default not in (None, "", (), False):
        assert f"Default: {default}." in option.help


@pytest.mark.parametrize(
    ("option", "value", "words"),
    [
        ("--host", "0.0.0.0", "--insecure"),
        ("--token-file", "/none", "cannot read the token in /none"),
        ("--tls-cert", "/none", "expected both or neither"),
        ("--chaos", "nonsense", "chaos"),
        ("--fps", "-1", "option --fps or CATWALK_FPS"),
        ("--port", "70000", "option --port or CATWALK_PORT"),
        ("--log-level", "loud", "got 'loud'"),
    ],
)
def test_a_value_that_cannot_be_used_is_a_settings_error(
    option: str, value: str, words: str
) -> None:
    error = _fail(option, value)
    assert isinstance(error, SettingsError)
    assert words in str(error)


def test_a_missing_file_is_a_data_error(tmp_path: Path) -> None:
    assert isinstance(_fail("--dataset", str(tmp_path / "no.pickle")), DataError)


def test_a_database_url_that_is_none_is_a_settings_error(pickle: Path) -> None:
    error = _fail("--dataset", str(pickle), "--store", "nonsense")
    assert isinstance(error, SettingsError)
    assert "unusable database URL" in str(error)
