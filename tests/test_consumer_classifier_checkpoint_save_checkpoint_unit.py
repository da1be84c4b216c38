"""Tests of writing a model and its card."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import torch
from classifier_samples import card, random_model

from consumer.classifier.checkpoint import (
    card_path,
    check_destination,
    load_checkpoint,
    save_checkpoint,
)
from shared.errors import CatwalkError, ModelError, StoreError


def test_a_saved_model_comes_back_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "new" / "sample.safetensors"
    model = random_model()
    save_checkpoint(model, card(), path)
    loaded, loaded_card = load_checkpoint(path)
    assert loaded_card == card()
    assert not loaded.training
    before, after = model.state_dict(), loaded.state_dict()
    assert all(torch.equal(before[key], after[key]) for key in before)


def test_two_files_are_written_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "sample.safetensors"
    save_checkpoint(random_model(), card(), path)
    assert sorted(tmp_path.iterdir()) == [card_path(path), path]


def test_a_card_with_other_classes_is_refused_and_nothing_written(tmp_path: Path) -> None:
    path = tmp_path / "sample.safetensors"
    with pytest.raises(ModelError, match="expected 2 classes, got 3"):
        save_checkpoint(random_model(2), card(("a", "b", "c")), path)
    assert not list(tmp_path.iterdir())


def test_a_folder_in_the_place_of_a_file_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "sample.safetensors"
    card_path(path).mkdir()
    with pytest.raises(StoreError, match=re.escape(f"cannot write the model at {tmp_path}")):
        save_checkpoint(random_model(), card(), path)


@pytest.mark.parametrize(
    ("name", "kind", "message"),
    [
        ("model.json", ModelError, "expected a name ending in .safetensors, got model.json"),
        ("folder.safetensors", StoreError, "expected a file in a writable folder"),
        ("file/model.safetensors", StoreError, "cannot make the folder"),
    ],
)
def test_a_destination_is_checked_before_the_work(
    tmp_path: Path, name: str, kind: type[CatwalkError], message: str
) -> None:
    (tmp_path / "folder.safetensors").mkdir()
    (tmp_path / "file").touch()
    with pytest.raises(kind, match=re.escape(message)):
        check_destination(tmp_path / name)
