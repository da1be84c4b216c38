"""Tests of the engine."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
import torch
from classifier_samples import card, random_model
from numpy.typing import NDArray

from consumer.classifier.checkpoint import save_checkpoint
from consumer.classifier.inference import Classifier
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
    return Classifier(random_model(5), card(CLASSES), precision="fp32")


@pytest.mark.parametrize("count", [1, 2, 7, 64, 65])
def test_it_answers_as_the_trained_model_does_at_any_batch_size(
    classifier: Classifier, count: int
) -> None:
    images = _images(count)
    labels, confidences = classifier.classify(images)
    expected = _expected(images)
    assert labels.dtype == np.int16
    assert confidences.dtype == np.float32
    assert labels.shape == confidences.shape == (count,)
    np.testing.assert_array_equal(labels, expected.argmax(1))
    np.testing.assert_allclose(confidences, expected.max(1), atol=1e-4)


def test_black_and_white_images_show_no_error_at_the_borders(classifier: Classifier) -> None:
    images = np.stack([np.zeros((12, 12), np.uint8), np.full((12, 12), 255, np.uint8)])
    np.testing.assert_allclose(classifier.classify(images)[1], _expected(images).max(1), atol=1e-4)


def test_bf16_agrees_to_its_own_rounding() -> None:
    classifier = Classifier(random_model(5), card(CLASSES), precision="bf16")
    assert classifier.precision == "bf16"
    images = _images(64)
    labels, confidences = classifier.classify(images)
    expected = _expected(images)
    np.testing.assert_allclose(confidences, expected.max(1), atol=0.03)
    assert (labels == expected.argmax(1)).mean() > 0.95


def test_by_default_the_arithmetic_is_measured() -> None:
    assert Classifier(random_model(), card()).precision in ("bf16", "fp32")


def test_answers_are_not_overwritten_by_the_next_call(classifier: Classifier) -> None:
    labels, confidences = classifier.classify(_images(8, 1))
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
    expected = classifier.classify(images)[1]
    np.testing.assert_array_equal(classifier.classify(frozen)[1], expected)
    np.testing.assert_array_equal(classifier.classify(images[::-1])[1], expected[::-1])


def test_the_model_given_is_left_as_it_was() -> None:
    model = random_model()
    before = {key: value.clone() for key, value in model.state_dict().items()}
    Classifier(model, card())
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


def test_an_unknown_precision_is_refused() -> None:
    with pytest.raises(SettingsError, match="expected auto, bf16 or fp32, got 'fp64'"):
        Classifier(random_model(), card(), precision="fp64")


def test_it_is_made_from_a_checkpoint(tmp_path: Path, classifier: Classifier) -> None:
    path = tmp_path / "sample.safetensors"
    save_checkpoint(random_model(5), card(CLASSES), path)
    loaded = Classifier.load(path, precision="fp32")
    images = _images(3)
    np.testing.assert_array_equal(loaded.classify(images)[1], classifier.classify(images)[1])
    with pytest.raises(ModelError, match="cannot read the model"):
        Classifier.load(tmp_path / "other.safetensors")
