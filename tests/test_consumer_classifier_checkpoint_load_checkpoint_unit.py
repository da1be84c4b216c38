"""Tests of reading a model and its card."""

from __future__ import annotations

import json
import pickle
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import safetensors.torch
import torch
from classifier_samples import trained

from consumer.classifier import checkpoint
from consumer.classifier.checkpoint import (
    DEFAULT_MODEL,
    SHIPPED,
    card_path,
    load_card,
    load_checkpoint,
    save_checkpoint,
)
from shared.errors import ModelError

MAX_BYTES = 1_500_000


@pytest.fixture(name="path")
def fixture_path(tmp_path: Path) -> Path:
    """A complete checkpoint of two classes."""
    path = tmp_path / "sample.safetensors"
    save_checkpoint(trained(), path)
    return path


def _edit_weights(path: Path, edit: Callable[[dict[str, torch.Tensor]], Any]) -> None:
    weights = safetensors.torch.load(path.read_bytes())
    edit(weights)
    path.write_bytes(safetensors.torch.save(weights))


def _edit_card(path: Path, **changes: object) -> None:
    values = json.loads(card_path(path).read_text())
    card_path(path).write_text(json.dumps({**values, **changes}))


DAMAGES: list[tuple[Callable[[Path], object], str]] = [
    (lambda path: path.unlink(), "cannot read the model at {path}: expected a file, got No such"),
    (lambda path: path.write_bytes(path.read_bytes()[:-1]), "damaged model file"),
    (lambda path: path.write_bytes(b""), "expected complete safetensors, got "),
    (lambda path: path.write_bytes(pickle.dumps({"a": 1})), "damaged model file"),
    (lambda path: path.write_bytes(b"\xff" * 100), "damaged model file"),
    (lambda path: card_path(path).unlink(), "cannot read the model at {card}: expected a file"),
    (lambda path: card_path(path).write_text("{"), "wrong model card (file: Invalid JSON"),
    (lambda path: card_path(path).write_text("[]"), "wrong model card"),
    (lambda path: _edit_card(path, mean="dark"), "wrong model card (mean: Input should be"),
    (lambda path: _edit_card(path, colour=1), "wrong model card (colour: Extra inputs"),
    (
        lambda path: _edit_card(path, training={**_training(path), "recipe": {"epochs": 0}}),
        "wrong model card (value out of range in epochs of the training recipe",
    ),
    (
        lambda path: _edit_card(path, architecture="resnet"),
        "model of another architecture in {card}: expected vgg-32-64-128 or chain-1-2-3 or "
        "chain-mini, got resnet",
    ),
    (
        lambda path: _edit_card(path, classes=["a", "b", "c"]),
        "wrong tensor head.weight in {path}: expected float32 (3, 64), got float32 (2, 64)",
    ),
    (
        lambda path: _edit_card(path, parameters=5),
        "wrong number of parameters in {card}: expected 69810, got 5",
    ),
    (
        lambda path: _edit_weights(path, lambda weights: weights.pop("head.bias")),
        "wrong tensors in {path}: expected ['head.bias'] too, got [] instead",
    ),
    (
        lambda path: _edit_weights(path, lambda weights: weights.update(x=torch.zeros(1))),
        "wrong tensors in {path}: expected [] too, got ['x'] instead",
    ),
    (
        lambda path: _edit_weights(
            path, lambda weights: weights.update({"head.bias": weights["head.bias"].double()})
        ),
        "wrong tensor head.bias in {path}: expected float32 (2,), got float64 (2,)",
    ),
    (
        lambda path: _edit_weights(path, lambda weights: weights["head.bias"].fill_(torch.nan)),
        "tensor head.bias is not finite in {path}: expected finite numbers",
    ),
]


DOUBT = {"temperature": 1.0, "coverage": 0.99, "threshold": 0.1, "images": 100}
NOVELTY = {"energy": (0.0, 1.0), "distance": (0.0, 1.0), "limit": 3.0}


def test_a_novelty_that_rests_on_what_the_weights_lack_is_refused(path: Path) -> None:
    _edit_card(path, doubt={**DOUBT, "novelty": {**NOVELTY, "distance": None}})
    assert load_checkpoint(path).likeness is None
    _edit_card(path, doubt={**DOUBT, "novelty": NOVELTY})
    message = "expected likeness.means, likeness.whitening, got neither"
    with pytest.raises(ModelError, match=message):
        load_checkpoint(path)


@pytest.mark.parametrize("name", SHIPPED)
def test_the_models_of_the_package_are_found_by_their_names(name: str) -> None:
    found = load_checkpoint(Path(name))
    assert found.card == load_card(SHIPPED[name])
    assert found.card.doubt is not None
    assert found.card.ranges is not None


def test_the_digits_are_known_well_enough_by_a_small_file() -> None:
    found = load_checkpoint(Path("mnist")).card
    assert found.classes == tuple("0123456789")
    assert found.validation_accuracy >= 0.995
    assert found.validation_images == 5_000
    assert SHIPPED["mnist"].stat().st_size <= 600_000


def _training(path: Path) -> dict[str, object]:
    training: dict[str, object] = json.loads(card_path(path).read_text())["training"]
    return training


@pytest.mark.parametrize(("damage", "message"), DAMAGES)
def test_a_checkpoint_that_does_not_fit_is_one_clear_error(
    path: Path, damage: Callable[[Path], object], message: str
) -> None:
    damage(path)
    expected = message.replace("{path}", str(path)).replace("{card}", str(card_path(path)))
    with pytest.raises(ModelError, match=re.escape(expected)):
        load_checkpoint(path)


def test_a_file_beyond_the_limit_is_not_read(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checkpoint, "MAX_WEIGHTS_BYTES", 1_000)
    with pytest.raises(ModelError, match="model file too large .*at most 1,000 bytes, got more"):
        load_checkpoint(path)


def test_a_folder_is_no_checkpoint(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="cannot read the model"):
        load_checkpoint(tmp_path)


def test_the_model_of_the_package_knows_ten_garments_well_enough() -> None:
    loaded = load_checkpoint()
    found = loaded.card
    assert loaded.model.classes == 10
    assert found == load_card(DEFAULT_MODEL)
    assert found.classes[0] == "T-shirt/top"
    assert found.input_size == (28, 28)
    assert found.validation_accuracy >= 0.945
    assert found.validation_images == 5_000
    assert DEFAULT_MODEL.stat().st_size <= MAX_BYTES
