"""Tests of writing a model and its card."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
import torch
from classifier_samples import ARCHITECTURE, card, random_model, trained

from consumer.classifier.checkpoint import (
    Checkpoint,
    card_path,
    check_destination,
    load_checkpoint,
    save_checkpoint,
)
from consumer.classifier.doubt import Likeness
from consumer.classifier.model import description_width
from shared.errors import CatwalkError, ModelError, StoreError


def test_a_saved_model_comes_back_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "new" / "sample.safetensors"
    model = random_model()
    save_checkpoint(Checkpoint(model, card()), path)
    loaded = load_checkpoint(path)
    assert loaded.card == card()
    assert loaded.likeness is None
    assert not loaded.model.training
    before, after = model.state_dict(), loaded.model.state_dict()
    assert all(torch.equal(before[key], after[key]) for key in before)


def test_what_training_images_look_like_comes_back_as_it_was(tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    width = description_width(ARCHITECTURE)
    means, whitening = (random.normal(size=(rows, width)).astype(np.float32) for rows in (2, width))
    path = tmp_path / "sample.safetensors"
    save_checkpoint(Checkpoint(random_model(), card(), Likeness(means, whitening)), path)
    likeness = load_checkpoint(path).likeness
    assert likeness is not None
    assert np.array_equal(likeness.means, means)
    assert np.array_equal(likeness.whitening, whitening)


def test_weights_that_lose_nothing_by_it_are_stored_with_half_the_bits(tmp_path: Path) -> None:
    rounded = random_model().half().float()
    sizes = []
    for name, model in (("whole", random_model()), ("half", rounded)):
        path = tmp_path / f"{name}.safetensors"
        save_checkpoint(Checkpoint(model, card()), path)
        sizes.append(path.stat().st_size)
        loaded = load_checkpoint(path).model.state_dict()
        assert all(torch.equal(value, loaded[key]) for key, value in model.state_dict().items())
    assert sizes[1] < 0.55 * sizes[0]


def test_two_files_are_written_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "sample.safetensors"
    save_checkpoint(trained(), path)
    assert sorted(tmp_path.iterdir()) == [card_path(path), path]


def test_a_card_with_other_classes_is_refused_and_nothing_written(tmp_path: Path) -> None:
    path = tmp_path / "sample.safetensors"
    with pytest.raises(ModelError, match="expected 2 classes, got 3"):
        save_checkpoint(Checkpoint(random_model(2), card(("a", "b", "c"))), path)
    assert not list(tmp_path.iterdir())


def test_a_folder_in_the_place_of_a_file_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "sample.safetensors"
    card_path(path).mkdir()
    with pytest.raises(StoreError, match=re.escape(f"cannot write the model at {tmp_path}")):
        save_checkpoint(trained(), path)


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
