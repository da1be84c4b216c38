"""Tests of the steps of a training run."""

from __future__ import annotations

import pytest
import torch
from classifier_samples import stripes

from consumer.classifier.card import Recipe
from consumer.classifier.precision import Precision
from consumer.classifier.trainer import Accuracies, Examples, Trainer


def _examples(count: int, seed: int) -> Examples:
    data = stripes(count, seed=seed)
    assert data.labels is not None
    return Examples(torch.from_numpy(data.stack[:, None]), torch.from_numpy(data.labels))


def _trainer(recipe: Recipe, precision: Precision = "fp32") -> Trainer:
    return Trainer(_examples(64, 0), 2, recipe, seed=0, precision=precision)


@pytest.mark.parametrize("precision", ["fp32", "bf16"])
def test_it_learns_what_can_be_learned(precision: Precision) -> None:
    trainer = _trainer(Recipe(epochs=6, batch=16), precision)
    for _ in range(6):
        losses = list(trainer.epoch())
    assert len(losses) == 4
    assert trainer.validate(_examples(200, 1)).plain > 0.9


def test_labels_that_say_nothing_are_not_predicted() -> None:
    data = _examples(64, 0)
    noise = torch.randint(0, 2, (64,), generator=torch.Generator().manual_seed(5))
    trainer = Trainer(Examples(data.images, noise), 2, Recipe(batch=16), seed=0, precision="fp32")
    list(trainer.epoch())
    assert trainer.validate(_examples(200, 1)).plain < 0.9


def test_a_batch_larger_than_the_data_is_cut() -> None:
    trainer = _trainer(Recipe(epochs=2, batch=1_000))
    assert trainer.steps == 2
    assert len(list(trainer.epoch())) == 1


def test_images_of_one_colour_keep_the_normalisation_finite() -> None:
    black = Examples(torch.zeros(4, 1, 8, 8, dtype=torch.uint8), torch.tensor([0, 1, 0, 1]))
    trainer = Trainer(black, 2, Recipe(), seed=0, precision="fp32")
    assert trainer.mean == 0.0
    assert trainer.deviation == pytest.approx(1 / 255)


def _halves(count: int) -> Examples:
    """Images bright on the left (label 0), then their mirror images (label 1)."""
    random = torch.Generator().manual_seed(1)
    left = torch.randint(0, 60, (count, 1, 8, 8), generator=random, dtype=torch.uint8)
    left[..., :4] += 100
    return Examples(torch.cat([left, left.flip(3)]), torch.tensor([0, 1]).repeat_interleave(count))


@pytest.mark.parametrize(("flip", "least", "most"), [(False, 0.9, 1.0), (True, 0.0, 0.8)])
def test_mirroring_hides_which_side_is_bright(flip: bool, least: float, most: float) -> None:
    trainer = Trainer(
        _halves(32), 2, Recipe(epochs=6, batch=16, flip=flip), seed=0, precision="fp32"
    )
    for _ in range(6):
        list(trainer.epoch())
    accuracies = trainer.validate(_halves(20))
    assert isinstance(accuracies, Accuracies)
    assert least <= accuracies.plain <= most
    assert accuracies.flip == 0.5
