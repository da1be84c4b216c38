"""calibrate_on_pickle: a model's doubt is measured and put into its card, which else stays."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from classifier_samples import stripes, trained
from foreign_samples import tiny_program, write_model

from consumer.classifier.calibrating import calibrate_on_pickle
from consumer.classifier.checkpoint import DEFAULT_MODEL, load_checkpoint, save_checkpoint
from consumer.classifier.inference import Classifier
from shared.errors import DataError, ModelError, SettingsError
from shared.intake.pickles import dump_pickle


def _pickle(folder: Path, count: int = 300) -> Path:
    path = folder / "labelled.pickle"
    with path.open("wb") as stream:
        dump_pickle(stripes(count), stream)
    return path


def _fields(model: Path) -> dict[str, Any]:
    fields: dict[str, Any] = json.loads(model.with_suffix(".json").read_bytes())
    return fields


def test_the_card_of_a_foreign_model_gets_doubt_and_keeps_the_rest(tmp_path: Path) -> None:
    model = write_model(tmp_path / "tiny.pt2", tiny_program())
    before = _fields(model)
    doubt = calibrate_on_pickle(str(model), _pickle(tmp_path), last=200, coverage=0.9)
    after = _fields(model)
    assert (doubt.images, doubt.coverage) == (200, 0.9)
    assert after.pop("doubt") == doubt.model_dump(mode="json")
    assert after == before
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "labelled.pickle",
        "tiny.json",
        "tiny.pt2",
    ]


def test_answers_then_tell_of_doubt_without_any_likeness(tmp_path: Path) -> None:
    model = write_model(tmp_path / "tiny.pt2", tiny_program())
    data = stripes(300)
    images = np.stack([data.image(number) for number in range(300)])
    assert Classifier.load(model).classify(images[:1]).sets is None
    calibrate_on_pickle(str(model), _pickle(tmp_path))
    answers = Classifier.load(model).classify(images)
    assert answers.sets is not None
    assert answers.novelty is not None
    assert (answers.novelty >= 0.5).mean() == pytest.approx(0.01, abs=0.01)
    assert answers.sets[np.arange(300), data.labels].mean() >= 0.99


def test_a_checkpoint_is_calibrated_as_well(tmp_path: Path) -> None:
    model = tmp_path / "own.safetensors"
    save_checkpoint(trained(), model)
    before = load_checkpoint(model).card
    doubt = calibrate_on_pickle(str(model), _pickle(tmp_path))
    assert load_checkpoint(model).card == before.model_copy(update={"doubt": doubt})


@pytest.mark.parametrize("coverage", [0.0, 1.0, float("nan")])
def test_a_coverage_out_of_range_is_refused(tmp_path: Path, coverage: float) -> None:
    with pytest.raises(SettingsError, match="value out of range in coverage: expected between 0"):
        calibrate_on_pickle("m.pt2", tmp_path / "x", coverage=coverage)


def test_the_model_of_the_package_is_left_alone(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="the model of the package is calibrated.*copy it"):
        calibrate_on_pickle(str(DEFAULT_MODEL), tmp_path / "x")


def test_a_card_that_comes_from_code_cannot_be_written(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="no place for a card in sys:exit"):
        calibrate_on_pickle("sys:exit", tmp_path / "x")


def test_a_factory_that_returns_its_card_has_no_place_for_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "paired_card.py").write_text(
        "import torch\n\n\ndef make():\n    return torch.nn.Identity(), {}\n", "utf-8"
    )
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(ModelError, match="no place for a card in paired_card:make: got a factory"):
        calibrate_on_pickle("paired_card:make", tmp_path / "x")


def test_a_relative_path_to_the_models_of_the_package_is_one_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(DEFAULT_MODEL.parent)
    for model in ("mnist.safetensors", "mnist"):
        with pytest.raises(ModelError, match="the model of the package is calibrated"):
            calibrate_on_pickle(model, tmp_path / "x")


def test_more_coverage_than_the_images_can_tell_is_refused(tmp_path: Path) -> None:
    model = write_model(tmp_path / "tiny.pt2", tiny_program())
    message = "too few images for such a coverage in coverage: expected at most 0.99.. with 120"
    with pytest.raises(SettingsError, match=message):
        calibrate_on_pickle(str(model), _pickle(tmp_path, 120), coverage=0.999)


def test_an_error_leaves_the_card_as_it_was(tmp_path: Path) -> None:
    model = write_model(tmp_path / "tiny.pt2", tiny_program())
    before = _fields(model)
    with pytest.raises(DataError, match="too few images in .*: expected at least 100, got 99"):
        calibrate_on_pickle(str(model), _pickle(tmp_path, 99))
    assert _fields(model) == before
