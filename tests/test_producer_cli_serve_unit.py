"""The command ``producer serve`` refuses what it cannot use before it listens."""

from __future__ import annotations

from pathlib import Path

import pytest
from producer_parts import image_set
from typer.testing import CliRunner

from producer.cli import app, main, serve
from producer.datasets.commands import dataset_app
from shared.errors import CatwalkError, DataError, SettingsError
from shared.intake.pickles import dump_pickle


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


def test_the_commands_are_serve_and_dataset() -> None:
    assert [command.callback for command in app.registered_commands] == [serve]
    assert [group.typer_instance for group in app.registered_groups] == [dataset_app]
    assert app.registered_callback is not None and app.registered_callback.callback is main


def test_without_a_command_the_help_is_shown() -> None:
    result = CliRunner().invoke(app, [])
    assert "serve" in result.output and "dataset" in result.output


@pytest.mark.parametrize(
    ("option", "value", "words"),
    [
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
