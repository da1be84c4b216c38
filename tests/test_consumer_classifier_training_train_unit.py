"""Tests of training from scratch."""

from __future__ import annotations

import re

import numpy as np
import pytest
import torch
from classifier_samples import stripes
from structlog.testing import capture_logs

from consumer.classifier.card import Recipe
from consumer.classifier.training import Trained, train
from shared.errors import DataError, SettingsError
from shared.intake.imageset import ImageSet

RECIPE = Recipe(epochs=2, batch=16)
GRAY = np.zeros((8, 12, 12), np.uint8)
LABELS = np.zeros(8, np.int64)


def _trained(seed: int = 0) -> Trained:
    return train(stripes(60), RECIPE, seed=seed, validation_images=10, precision="fp32")


def test_the_same_seed_gives_the_same_weights_and_another_seed_others() -> None:
    first, again, other = (_trained(seed).model.state_dict() for seed in (1, 1, 2))
    assert all(torch.equal(first[key], again[key]) for key in first)
    assert not torch.equal(first["head.weight"], other["head.weight"])


def test_separable_classes_are_learned() -> None:
    trained = train(
        stripes(128),
        Recipe(epochs=6, batch=16),
        validation_images=64,
        name="striped",
        precision="fp32",
    )
    assert trained.card.validation_accuracy > 0.9
    assert trained.card.validation_accuracy_flip > 0.9


def test_the_card_says_what_was_done() -> None:
    card = _trained(3).card
    assert (card.classes, card.input_size) == (("across", "down"), (12, 12))
    assert (card.training.images, card.validation_images) == (50, 10)
    assert (card.training.seed, card.training.recipe) == (3, RECIPE)
    assert card.training.data_digest == stripes(60).digest()
    assert card.mean == pytest.approx(stripes(60).stack[:50].mean() / 255)


def test_each_epoch_is_one_log_line_and_random_numbers_elsewhere_go_on_undisturbed() -> None:
    torch.manual_seed(9)
    expected = torch.rand(2)
    torch.manual_seed(9)
    with capture_logs() as logs:
        _trained()
    assert [(line["event"], line["epoch"]) for line in logs] == [
        ("epoch-trained", 1),
        ("epoch-trained", 2),
    ]
    assert torch.equal(torch.rand(2), expected)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (ImageSet(GRAY, where="x.pickle"), "no labels to train on in x.pickle"),
        (
            ImageSet(np.zeros((8, 12, 12, 3), np.uint8), LABELS, ("a",)),
            "expected one channel, sides of at least 4 pixels, got 12 x 12 x 3",
        ),
        (ImageSet(GRAY[:, :3], LABELS, ("a",)), "got 3 x 12 x 1"),
        (ImageSet(GRAY[:6], LABELS[:6], ("a",)), "got 6 in all, 5 of them for validation"),
    ],
)
def test_data_that_cannot_be_trained_on_are_refused(data: ImageSet, message: str) -> None:
    with pytest.raises(DataError, match=re.escape(message)):
        train(data, RECIPE, validation_images=5)


def test_validation_on_nothing_is_refused() -> None:
    with pytest.raises(DataError, match="too few images to train on"):
        train(stripes(20), RECIPE, validation_images=0)


def test_an_unknown_precision_is_refused() -> None:
    with pytest.raises(SettingsError, match="expected auto, bf16 or fp32, got 'fp8'"):
        train(stripes(20), RECIPE, validation_images=5, precision="fp8")
