"""Tests of the command ``consumer calibrate``."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import typer
from classifier_samples import stripes
from foreign_samples import tiny_program, write_model
from typer.testing import CliRunner

from consumer.classifier.commands_calibrate import calibrate
from shared.errors import ModelError, SettingsError
from shared.intake.pickles import dump_pickle


def _invoke(folder: Path, *options: str) -> None:
    app = typer.Typer()
    app.command()(calibrate)
    with (folder / "x.pickle").open("wb") as stream:
        dump_pickle(stripes(200), stream)
    options = ("--dataset", str(folder / "x.pickle"), *options)
    CliRunner().invoke(app, options, catch_exceptions=False)


def test_what_is_asked_for_is_written_into_the_card(tmp_path: Path) -> None:
    model = write_model(tmp_path / "tiny.pt2", tiny_program())
    options = ("--last", "150", "--coverage", "0.9", "--layout", "NHW", "--threads", "1")
    _invoke(tmp_path, "--model", str(model), *options)
    doubt = json.loads((tmp_path / "tiny.json").read_bytes())["doubt"]
    assert (doubt["images"], doubt["coverage"]) == (150, 0.9)


@pytest.mark.parametrize(
    ("options", "error"),
    [
        (("--model", "x.pth"), ModelError),
        (("--model", "x.pt2", "--threads", "0"), SettingsError),
        (("--model", "x.pt2", "--coverage", "2"), SettingsError),
    ],
)
def test_wrong_options_are_refused(
    tmp_path: Path, options: tuple[str, ...], error: type[Exception]
) -> None:
    with pytest.raises(error):
        _invoke(tmp_path, *options)
