"""with_places: the options that most commands for data sets have."""

from __future__ import annotations

import json
from typing import Any, Unpack

import pytest
import typer
from typer.testing import CliRunner

from producer.datasets.options import PlaceOptions, with_places


@with_places
def command(name: str, **places: Unpack[PlaceOptions]) -> None:
    """Say what was given."""
    typer.echo(json.dumps({"name": name, **places}, default=str))


def run(*arguments: str) -> dict[str, Any]:
    """Run the command as from a shell."""
    app = typer.Typer()
    app.command()(command)
    found: dict[str, Any] = json.loads(CliRunner().invoke(app, arguments).stdout)
    return found


def test_a_command_gets_all_of_them_by_their_names() -> None:
    assert set(run("a")) == {"name", *PlaceOptions.__annotations__}
    assert set(run("a").values()) == {"a", None}
    found = run("a", "--data-dir", "here", "--max-file-mib", "7")
    assert (found["data_dir"], found["max_file_mib"]) == ("here", 7)


def test_they_come_from_the_environment_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CATWALK_MAX_LOAD_MIB", "9")
    assert run("a")["max_load_mib"] == 9
