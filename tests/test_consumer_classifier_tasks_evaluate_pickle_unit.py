"""Tests of scoring a checkpoint on a pickle."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from classifier_samples import card, random_model, stripes

from consumer.classifier.checkpoint import save_checkpoint
from consumer.classifier.evaluation import part
from consumer.classifier.tasks import evaluate_pickle
from shared.errors import DataError, ModelError
from shared.intake.pickles import dump_pickle


@pytest.fixture(name="folder")
def fixture_folder(tmp_path: Path) -> Path:
    """A checkpoint m.safetensors and a data set x.pickle of ten images."""
    save_checkpoint(random_model(), card(), tmp_path / "m.safetensors")
    with (tmp_path / "x.pickle").open("wb") as stream:
        dump_pickle(stripes(10), stream)
    return tmp_path


def test_all_images_or_a_part_are_scored(folder: Path) -> None:
    files = folder / "x.pickle", folder / "m.safetensors"
    assert evaluate_pickle(*files).scored == 10
    last = evaluate_pickle(*files, last=3)
    assert last.scored == 3
    assert last.dataset_digest == part(stripes(10), last=3).digest()
    assert last.dataset == str(folder / "x.pickle")


def test_a_missing_pickle_is_named(folder: Path) -> None:
    message = f"cannot read the data at {folder / 'y.pickle'}: expected a file, got No such file"
    with pytest.raises(DataError, match=re.escape(message)):
        evaluate_pickle(folder / "y.pickle", folder / "m.safetensors")


def test_a_pickle_of_something_else_is_refused(folder: Path) -> None:
    with pytest.raises(DataError):
        evaluate_pickle(folder / "m.safetensors", folder / "m.safetensors")


def test_a_missing_model_is_named(folder: Path) -> None:
    with pytest.raises(ModelError, match="cannot read the model at .*n.safetensors"):
        evaluate_pickle(folder / "x.pickle", folder / "n.safetensors")
