"""Tests of the engine."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
import torch
from classifier_samples import card, engine, random_model, trained
from foreign_samples import onnx_file, tiny_program, write_model
from numpy.typing import NDArray

from consumer.classifier.checkpoint import save_checkpoint
from consumer.classifier.inference import Classifier
from consumer.classifier.networks import EagerNetwork
from consumer.classifier.paths.choice import RACED
from shared.errors import DataError, ModelError, SettingsError

CLASSES = ("a", "b", "c", "d", "e")


def _images(count: int, seed: int = 0) -> NDArray[np.uint8]:
    return np.random.default_rng(seed).integers(0, 256, (count, 12, 12), dtype=np.uint8)


def _expected(images: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Probabilities by the model as it was trained: not folded, normalised first."""
    normalised = (torch.from_numpy(images)[:, None] / 255.0 - 0.4) / 0.25
    with torch.inference_mode():
        probabilities: NDArray[np.float32] = random_model(5)(normalised).softmax(1).numpy()
    return probabilities


@pytest.fixture(name="classifier", scope="module")
def fixture_classifier() -> Classifier:
    """An engine of five classes in fp32."""
    return engine(CLASSES)


@pytest.mark.parametrize("count", [1, 2, 7, 64, 65])
def test_it_answers_as_the_trained_model_does_at_any_batch_size(
    classifier: Classifier, count: int
) -> None:
    images = _images(count)
    answers = classifier.classify(images)
    labels, confidences = answers.labels, answers.confidences
    expected = _expected(images)
    assert labels.dtype == np.int16
    assert confidences.dtype == np.float32
    assert labels.shape == confidences.shape == (count,)
    np.testing.assert_array_equal(labels, expected.argmax(1))
    np.testing.assert_allclose(confidences, expected.max(1), atol=1e-4)


def test_black_and_white_images_show_no_error_at_the_borders(classifier: Classifier) -> None:
    images = np.stack([np.zeros((12, 12), np.uint8), np.full((12, 12), 255, np.uint8)])
    np.testing.assert_allclose(
        classifier.classify(images).confidences, _expected(images).max(1), atol=1e-4
    )


def test_bf16_agrees_to_its_own_rounding() -> None:
    classifier = engine(CLASSES, "bf16")
    assert classifier.path == "eager-bf16"
    images = _images(64)
    answers = classifier.classify(images)
    labels, confidences = answers.labels, answers.confidences
    expected = _expected(images)
    np.testing.assert_allclose(confidences, expected.max(1), atol=0.03)
    assert (labels == expected.argmax(1)).mean() > 0.95


def test_by_default_the_path_is_measured() -> None:
    assert Classifier.load().path in RACED


def test_answers_are_not_overwritten_by_the_next_call(classifier: Classifier) -> None:
    answers = classifier.classify(_images(8, 1))
    labels, confidences = answers.labels, answers.confidences
    kept = labels.copy(), confidences.copy()
    classifier.classify(_images(8, 2))
    np.testing.assert_array_equal(labels, kept[0])
    np.testing.assert_array_equal(confidences, kept[1])
    confidences[:] = 0.0


def test_images_that_may_not_be_written_to_or_are_no_block_are_classified(
    classifier: Classifier,
) -> None:
    images = _images(6)
    frozen = images.copy()
    frozen.setflags(write=False)
    expected = classifier.classify(images).confidences
    np.testing.assert_array_equal(classifier.classify(frozen).confidences, expected)
    np.testing.assert_array_equal(classifier.classify(images[::-1]).confidences, expected[::-1])


def test_the_model_given_is_left_as_it_was() -> None:
    model = random_model()
    before = {key: value.clone() for key, value in model.state_dict().items()}
    EagerNetwork(model, card(), "fp32")
    assert all(torch.equal(before[key], value) for key, value in model.state_dict().items())


@pytest.mark.parametrize(
    ("images", "got"),
    [
        (np.zeros((0, 12, 12), np.uint8), "uint8 (0, 12, 12)"),
        (np.zeros((12, 12), np.uint8), "uint8 (12, 12)"),
        (np.zeros((2, 12, 13), np.uint8), "uint8 (2, 12, 13)"),
        (np.zeros((2, 12, 12), np.float32), "float32 (2, 12, 12)"),
        (np.zeros((2, 12, 12, 1), np.uint8), "uint8 (2, 12, 12, 1)"),
    ],
)
def test_a_batch_of_another_kind_is_refused(
    classifier: Classifier, images: NDArray[np.uint8], got: str
) -> None:
    message = f"wrong batch of images in model sample: expected uint8 (N, 12, 12), got {got}"
    with pytest.raises(DataError, match=re.escape(message)):
        classifier.classify(images)


def test_an_unknown_path_is_refused() -> None:
    with pytest.raises(SettingsError, match="unknown value in path: expected auto, eager-fp32, .*"):
        Classifier.load(path="fp64")


def test_it_is_made_from_a_checkpoint(tmp_path: Path, classifier: Classifier) -> None:
    path = tmp_path / "sample.safetensors"
    save_checkpoint(trained(CLASSES), path)
    loaded = Classifier.load(path, path="eager-fp32")
    images = _images(3)
    np.testing.assert_array_equal(
        loaded.classify(images).confidences, classifier.classify(images).confidences
    )
    with pytest.raises(ModelError, match="cannot read the model"):
        Classifier.load(tmp_path / "other.safetensors")


def test_models_of_every_kind_are_loaded(tmp_path: Path) -> None:
    for data, suffix in ((tiny_program(), ".pt2"), (onnx_file(), ".onnx")):
        path = write_model(tmp_path / f"tiny{suffix}", data)
        classifier = Classifier.load(str(path))
        answers = classifier.classify(_images(3))
        assert (len(answers), answers.sets, answers.novelty) == (3, None, None)
        assert classifier.path == {".pt2": "program", ".onnx": "onnx"}[suffix]


def test_a_model_of_colours_takes_no_gray(tmp_path: Path) -> None:
    data = onnx_file(shape=("n", 3, 12, 12))
    classifier = Classifier.load(write_model(tmp_path / "tiny.onnx", data, channels=3))
    assert len(classifier.classify(np.zeros((2, 12, 12, 3), np.uint8))) == 2
    with pytest.raises(
        DataError, match=r"expected uint8 \(N, 12, 12, 3\), got uint8 \(2, 12, 12\)"
    ):
        classifier.classify(_images(2))


def test_only_a_checkpoint_can_be_run_by_another_path() -> None:
    message = "path of a model that is no checkpoint in m.onnx: expected auto.*got eager-bf16"
    with pytest.raises(SettingsError, match=message):
        Classifier.load("m.onnx", path="eager-bf16")


def test_scores_are_what_answers_are_made_of(classifier: Classifier) -> None:
    images = _images(5)
    logits, distances = classifier.scores(images)
    assert distances is None
    np.testing.assert_array_equal(logits.argmax(1), classifier.classify(images).labels)
    with pytest.raises(DataError, match="wrong batch of images"):
        classifier.scores(images[:, 1:])
