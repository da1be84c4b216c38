"""Tests of the command ``consumer train``."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import typer
from classifier_samples import stripes
from typer.testing import CliRunner

from consumer.classifier.checkpoint import load_checkpoint
from consumer.classifier.commands import train
from shared.intake.catalog import named_dataset
from shared.intake.idx import encode_idx


def _app() -> typer.Typer:
    app = typer.Typer()
    app.command()(train)
    return app


def test_its_options_reach_the_training(tmp_path: Path) -> None:
    data, split = stripes(40), named_dataset("mnist").split("train")
    assert data.labels is not None
    (tmp_path / split.images).write_bytes(encode_idx(data.stack))
    (tmp_path / split.labels).write_bytes(encode_idx(data.labels.astype(np.uint8)))
    options = (
        "--dataset mnist --epochs 1 --set judging.folds=2 --set changes.corruption=0.25 --seed 5 "
        "--validation 8 --precision fp32".split()
    )
    output = tmp_path / "m.safetensors"
    paths = ["--data-dir", str(tmp_path), "--output", str(output)]
    result = CliRunner().invoke(_app(), [*paths, *options], catch_exceptions=False)
    assert result.exit_code == 0
    record = load_checkpoint(output).card.training
    assert (record.seed, record.recipe.epochs, record.images) == (5, 1, 32)
    assert (record.recipe.judging.folds, record.recipe.architecture) == (2, "chain-mini")
    assert record.recipe.changes.corruption == 0.25


def test_importing_the_commands_does_not_import_pytorch() -> None:
    code = "import sys, consumer.classifier.commands; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
