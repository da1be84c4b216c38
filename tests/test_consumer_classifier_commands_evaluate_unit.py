"""Tests of the command ``consumer evaluate``."""

from __future__ import annotations

from pathlib import Path

import pytest
import typer
from classifier_samples import stripes, trained
from typer.testing import CliRunner, Result

from consumer.classifier.checkpoint import save_checkpoint
from consumer.classifier.commands import evaluate
from consumer.classifier.evaluation import Evaluation
from shared.errors import DataError, SettingsError, StoreError
from shared.intake.pickles import dump_pickle


def _invoke(folder: Path, *options: str) -> Result:
    app = typer.Typer()
    app.command()(evaluate)
    save_checkpoint(trained(), folder / "m.safetensors")
    with (folder / "x.pickle").open("wb") as stream:
        dump_pickle(stripes(10), stream)
    paths = ["--dataset", str(folder / "x.pickle"), "--model", str(folder / "m.safetensors")]
    paths += ["--path", "eager-fp32"]
    return CliRunner().invoke(app, [*paths, *options], catch_exceptions=False)


@pytest.mark.parametrize("options", [(), ("--output", "-")])
def test_json_goes_to_standard_output(tmp_path: Path, options: tuple[str, ...]) -> None:
    result = _invoke(tmp_path, *options)
    assert Evaluation.model_validate_json(result.stdout).scored == 10


def test_json_goes_to_a_file(tmp_path: Path) -> None:
    output = tmp_path / "e.json"
    result = _invoke(tmp_path, "--output", str(output), "--first", "4")
    assert result.stdout == ""
    assert Evaluation.model_validate_json(output.read_bytes()).scored == 4


def test_a_layout_is_asked_for_as_the_service_does(tmp_path: Path) -> None:
    result = _invoke(tmp_path, "--layout", "NHW")
    assert Evaluation.model_validate_json(result.stdout).scored == 10
    with pytest.raises(SettingsError, match="unknown layout"):
        _invoke(tmp_path, "--layout", "XX")


def test_a_file_that_cannot_be_written_is_one_error(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="cannot write the file at .*: got Is a directory"):
        _invoke(tmp_path, "--output", str(tmp_path))


def test_path_and_robustness_are_passed_on(tmp_path: Path) -> None:
    result = _invoke(tmp_path, "--path", "eager-bf16", "--robustness")
    found = Evaluation.model_validate_json(result.stdout)
    assert found.path == "eager-bf16"
    assert found.robustness is not None


def test_other_sets_are_passed_on(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="a model that tells no novelty"):
        _invoke(tmp_path, "--novel", str(tmp_path / "x.pickle"))


def test_a_model_of_the_package_is_asked_for_by_its_name(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="expected T-shirt/top, .*, got across, down"):
        _invoke(tmp_path, "--model", "fashion-mnist")


@pytest.mark.parametrize(("options", "first"), [((), 0), (("--last", "4"), 6)])
def test_a_sheet_shows_the_hardest_images(
    tmp_path: Path, options: tuple[str, ...], first: int
) -> None:
    sheet = tmp_path / "hardest"
    found = Evaluation.model_validate_json(
        _invoke(tmp_path, "--sheet", str(sheet), *options).stdout
    )
    assert all(first <= image.index < 10 for image in found.hardest)
    assert sheet.read_bytes().startswith(b"\x89PNG")


def test_a_sheet_that_cannot_be_written_is_one_error(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="cannot write the file at .*: got Is a directory"):
        _invoke(tmp_path, "--sheet", str(tmp_path))
