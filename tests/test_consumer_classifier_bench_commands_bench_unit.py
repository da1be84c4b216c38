"""Tests of the command ``consumer bench``."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import typer
from classifier_samples import stripes, trained
from typer.testing import CliRunner, Result

from consumer.classifier.bench.commands import bench
from consumer.classifier.checkpoint import save_checkpoint
from shared.errors import ModelError, SettingsError
from shared.intake.pickles import dump_pickle


def _invoke(folder: Path, *options: str) -> Result:
    app = typer.Typer()
    app.command()(bench)
    save_checkpoint(trained(), folder / "m.safetensors")
    quick = ["--model", str(folder / "m.safetensors"), "--batches", "2", "--seconds", "0.01"]
    return CliRunner().invoke(app, [*quick, *options], catch_exceptions=False)


def test_it_prints_a_table(tmp_path: Path) -> None:
    result = _invoke(tmp_path)
    assert result.exit_code == 0
    for part in ("plain-fp32", "eager-fp32", "eager-bf16", "answers compared on 512 made images"):
        assert part in result.stdout


def test_json_is_one_object(tmp_path: Path) -> None:
    found = json.loads(_invoke(tmp_path, "--json").stdout)
    assert found["model"] == "sample"
    assert {(row["path"], row["batch"]) for row in found["rows"]} >= {("eager-fp32", 2)}
    assert all(row["labels"] >= 0.9 for row in found["rows"])


@pytest.mark.parametrize(("options", "clock"), [((), "wall"), (("--processor-time",), "processor")])
def test_either_clock_can_be_counted(tmp_path: Path, options: tuple[str, ...], clock: str) -> None:
    found = json.loads(_invoke(tmp_path, "--json", *options).stdout)
    assert found["clock"] == clock
    assert all(row["median_ms"] > 0 for row in found["rows"])


def test_answers_are_compared_on_a_data_set(tmp_path: Path) -> None:
    with (tmp_path / "x.pickle").open("wb") as stream:
        dump_pickle(stripes(10), stream)
    result = _invoke(tmp_path, "--json", "--dataset", str(tmp_path / "x.pickle"))
    assert json.loads(result.stdout)["images"] == f"10 of {tmp_path / 'x.pickle'}"


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        (("--batches", "0"), SettingsError, "wrong list of numbers in option --batches"),
        (("--threads", "a"), SettingsError, "wrong list of numbers in option --threads"),
        (("--model", "none.safetensors"), ModelError, "cannot read the model"),
    ],
)
def test_what_cannot_be_done_is_one_error(
    tmp_path: Path, options: tuple[str, ...], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        _invoke(tmp_path, *options)
