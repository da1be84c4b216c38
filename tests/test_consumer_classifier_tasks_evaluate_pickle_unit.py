"""Tests of scoring a checkpoint on a pickle."""

from __future__ import annotations

import pickle
import re
from pathlib import Path

import cv2
import numpy as np
import pytest
from classifier_samples import stripes, trained

from consumer.classifier.card import DoubtCard, NoveltyCard
from consumer.classifier.checkpoint import save_checkpoint
from consumer.classifier.evaluation import part
from consumer.classifier.tasks import evaluate_pickle
from shared.errors import DataError, ModelError, PickleRefused, SettingsError
from shared.intake.imageset import ImageSet
from shared.intake.pickles import dump_pickle


@pytest.fixture(name="folder")
def fixture_folder(tmp_path: Path) -> Path:
    """A checkpoint m.safetensors and a data set x.pickle of ten images."""
    save_checkpoint(trained(), tmp_path / "m.safetensors")
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


def test_encoded_images_are_decoded(folder: Path) -> None:
    images = stripes(10)
    assert images.labels is not None
    encoded = [cv2.imencode(".png", image)[1].tobytes() for image in images.stack]
    value = {"images": encoded, "labels": images.labels.tolist(), "classes": images.classes}
    (folder / "png.pickle").write_bytes(pickle.dumps(value))
    found = evaluate_pickle(folder / "png.pickle", folder / "m.safetensors")
    assert found.accuracy == evaluate_pickle(folder / "x.pickle", folder / "m.safetensors").accuracy


def test_one_of_several_splits_is_chosen_by_the_layout(folder: Path) -> None:
    images = stripes(10)
    pair = {"images": images.stack, "labels": images.labels, "classes": list(images.classes)}
    (folder / "two.pickle").write_bytes(pickle.dumps({"train": pair, "test": pair}))
    files = folder / "two.pickle", folder / "m.safetensors"
    with pytest.raises(DataError, match="--layout"):
        evaluate_pickle(*files)
    assert evaluate_pickle(*files, layout="test").scored == 10


def test_what_is_no_pickle_is_to_be_converted(folder: Path) -> None:
    np.savez(folder / "a.npz", images=stripes(10).stack)
    with pytest.raises(PickleRefused, match="got an .npz archive; .*producer dataset convert"):
        evaluate_pickle(folder / "a.npz", folder / "m.safetensors")
    (folder / "cut.pickle").write_bytes(pickle.dumps(b"abc")[:-2])
    with pytest.raises(PickleRefused) as refused:
        evaluate_pickle(folder / "cut.pickle", folder / "m.safetensors")
    assert "producer dataset convert" not in str(refused.value)


def test_a_missing_model_is_named(folder: Path) -> None:
    with pytest.raises(ModelError, match="cannot read the model at .*n.safetensors"):
        evaluate_pickle(folder / "x.pickle", folder / "n.safetensors")


def _with_novelty(folder: Path) -> Path:
    novelty = NoveltyCard(energy=(0.0, 1.0), limit=0.0)
    doubt = DoubtCard(temperature=1.0, coverage=0.9, threshold=0.1, images=100, novelty=novelty)
    save_checkpoint(trained(doubt=doubt), folder / "d.safetensors")
    return folder / "d.safetensors"


def test_other_pickles_are_compared_by_their_paths(folder: Path) -> None:
    with (folder / "y.pickle").open("wb") as stream:
        dump_pickle(ImageSet(stripes(7).images), stream)
    others = [folder / "y.pickle", folder / "x.pickle"]
    found = evaluate_pickle(folder / "x.pickle", _with_novelty(folder), novel=others)
    assert found.novelty is not None
    given = [(other.name, other.images) for other in found.novelty.against[3:]]
    assert given == [(str(others[0]), 7), (str(others[1]), 10)]
    assert found.novelty.against[4].auroc == 0.5


def test_another_pickle_that_is_missing_is_named(folder: Path) -> None:
    with pytest.raises(DataError, match="cannot read the data at .*y.pickle"):
        evaluate_pickle(folder / "x.pickle", _with_novelty(folder), novel=[folder / "y.pickle"])


def test_robustness_is_scored_where_it_is_asked_for(folder: Path) -> None:
    files = folder / "x.pickle", folder / "m.safetensors"
    assert evaluate_pickle(*files).robustness is None
    found = evaluate_pickle(*files, robustness=True)
    assert found.robustness is not None
    assert found.robustness.clean == found.accuracy


@pytest.mark.parametrize("path", ["eager-fp32", "eager-bf16"])
def test_the_model_is_run_as_asked_for(folder: Path, path: str) -> None:
    found = evaluate_pickle(folder / "x.pickle", str(folder / "m.safetensors"), path=path)
    assert found.path == path


def test_an_unknown_path_is_refused(folder: Path) -> None:
    with pytest.raises(SettingsError, match="warp"):
        evaluate_pickle(folder / "x.pickle", folder / "m.safetensors", path="warp")
