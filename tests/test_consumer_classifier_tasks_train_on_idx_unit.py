"""Tests of training on a folder of IDX files."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pytest
from classifier_samples import ARCHITECTURE, stripes
from structlog.testing import capture_logs

from consumer.classifier.card import TrainedCard
from consumer.classifier.checkpoint import load_checkpoint
from consumer.classifier.tasks import Session, train_on_idx
from consumer.classifier.training.recipe import Recipe
from shared.errors import CatwalkError, DataError, ModelError, SettingsError, StoreError
from shared.intake.catalog import named_dataset
from shared.intake.idx import encode_idx

SPLIT = named_dataset("mnist").split("train")


@pytest.fixture(name="folder")
def fixture_folder(tmp_path: Path) -> Path:
    """Forty images as uncompressed IDX files under the published names."""
    data = stripes(40)
    assert data.labels is not None
    images, labels = (tmp_path / name for name in (SPLIT.images, SPLIT.labels))
    images.with_suffix("").write_bytes(encode_idx(data.stack))
    labels.write_bytes(encode_idx(data.labels.astype(np.uint8)))
    return tmp_path


def _train(folder: Path, *, output: str = "m.safetensors", **changes: str) -> TrainedCard:
    return train_on_idx(
        folder,
        folder / output,
        dataset=changes.get("dataset", "mnist"),
        recipe=Recipe(architecture=ARCHITECTURE, epochs=1, batch=16),
        session=Session(seed=4, validation_images=8, precision=changes.get("precision", "fp32")),
    )


def test_a_checkpoint_is_written_and_its_figure_logged(folder: Path) -> None:
    with capture_logs() as logs:
        card = _train(folder)
    assert load_checkpoint(folder / "m.safetensors").card == card
    assert (card.name, card.training.data, card.training.images) == ("m", "mnist train", 32)
    assert card.classes == tuple("0123456789")
    assert (card.training.seed, card.training.recipe.epochs) == (4, 1)
    (line,) = (folder / "m.log.jsonl").read_text("utf-8").splitlines()
    assert json.loads(line)["validation_accuracy"] == card.validation_accuracy
    assert not (folder / "m.training").exists()
    assert logs[-1]["event"] == "model-written"
    assert logs[-1]["validation_accuracy"] == card.validation_accuracy


@pytest.mark.parametrize(
    ("changes", "error", "message"),
    [
        ({"dataset": "cifar"}, DataError, "unknown data set"),
        ({"output": "m.bin"}, ModelError, "expected a name ending in .safetensors, got m.bin"),
        ({"precision": "fp8"}, SettingsError, "expected auto, bf16 or fp32, got 'fp8'"),
    ],
)
def test_a_wrong_wish_is_refused_before_the_training(
    folder: Path, changes: dict[str, str], error: type[CatwalkError], message: str
) -> None:
    with capture_logs() as logs, pytest.raises(error, match=re.escape(message)):
        _train(folder, **changes)
    assert not logs


def test_a_log_that_cannot_be_written_is_one_clear_error(folder: Path) -> None:
    (folder / "m.log.jsonl").mkdir()
    with pytest.raises(StoreError, match="cannot write the log at .*m.log.jsonl: got Is a dir"):
        _train(folder)


def test_compiling_without_a_compiler_is_refused_before_the_training(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.delenv("CXX", raising=False)
    with pytest.raises(SettingsError, match="cannot compile in option --compile"):
        train_on_idx(
            folder,
            folder / "m.safetensors",
            dataset="mnist",
            recipe=Recipe(architecture=ARCHITECTURE, epochs=1),
            session=Session(compiled=True),
        )


def test_a_missing_file_is_named(folder: Path) -> None:
    (folder / SPLIT.labels).unlink()
    message = f"cannot read the data at {folder / SPLIT.labels}: expected a file, got No such file"
    with pytest.raises(DataError, match=re.escape(message)):
        _train(folder)


def test_a_truncated_file_is_refused(folder: Path) -> None:
    path = (folder / SPLIT.images).with_suffix("")
    path.write_bytes(path.read_bytes()[:-5])
    with pytest.raises(DataError, match="payload too short"):
        _train(folder)
