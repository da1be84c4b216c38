"""Tests of the steps of a training run."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from classifier_samples import ARCHITECTURE, stripes

from consumer.classifier.precision import Precision
from consumer.classifier.training.examples import Accuracies, Examples, Normalisation
from consumer.classifier.training.recipe import Changes, Judging, Recipe
from consumer.classifier.training.trainer import Trainer


def _examples(count: int, seed: int) -> Examples:
    data = stripes(count, seed=seed)
    assert data.labels is not None
    return Examples(torch.from_numpy(data.stack[:, None]), torch.from_numpy(data.labels))


def _recipe(**changes: Any) -> Recipe:
    return Recipe(**{"architecture": ARCHITECTURE, "epochs": 6, "batch": 16, **changes})


def _trainer(recipe: Recipe, precision: Precision = "fp32") -> Trainer:
    return Trainer(_examples(64, 0), 2, recipe, seed=0, precision=precision)


@pytest.mark.parametrize("precision", ["fp32", "bf16"])
def test_it_learns_what_can_be_learned(precision: Precision) -> None:
    trainer = _trainer(_recipe(), precision)
    for _ in range(6):
        losses = list(trainer.epoch())
    assert len(losses) == 4
    assert trainer.validate(_examples(200, 1)).plain > 0.9


def test_labels_that_say_nothing_are_not_predicted() -> None:
    data = _examples(64, 0)
    noise = torch.randint(0, 2, (64,), generator=torch.Generator().manual_seed(5))
    trainer = Trainer(Examples(data.images, noise), 2, _recipe(epochs=16), seed=0)
    list(trainer.epoch())
    assert trainer.validate(_examples(200, 1)).plain < 0.9


def test_a_batch_larger_than_the_data_is_cut() -> None:
    trainer = _trainer(_recipe(epochs=2, batch=1_000))
    assert trainer.steps == 1
    assert len(list(trainer.epoch())) == 1


def test_images_of_one_colour_keep_the_normalisation_finite() -> None:
    black = Examples(torch.zeros(4, 1, 8, 8, dtype=torch.uint8), torch.tensor([0, 1, 0, 1]))
    found = Trainer(black, 2, _recipe(), seed=0).normalisation
    assert found == Normalisation(0.0, 1 / 255)


def _halves(count: int) -> Examples:
    """Images bright on the left (label 0), then their mirror images (label 1)."""
    random = torch.Generator().manual_seed(1)
    left = torch.randint(0, 60, (count, 1, 8, 8), generator=random, dtype=torch.uint8)
    left[..., :4] += 100
    return Examples(torch.cat([left, left.flip(3)]), torch.tensor([0, 1]).repeat_interleave(count))


@pytest.mark.parametrize(("flip", "least", "most"), [(False, 0.9, 1.0), (True, 0.0, 0.8)])
def test_mirroring_hides_which_side_is_bright(flip: bool, least: float, most: float) -> None:
    trainer = Trainer(_halves(32), 2, _recipe(changes=Changes(flip=flip)), seed=0)
    for _ in range(6):
        list(trainer.epoch())
    accuracies = trainer.validate(_halves(20))
    assert isinstance(accuracies, Accuracies)
    assert least <= accuracies.plain <= most
    assert accuracies.flip == 0.5


def test_an_interrupted_run_goes_on_as_if_it_had_not_been() -> None:
    recipe = _recipe(epochs=3, changes=Changes(corruption=0.5, erasing=0.5))
    whole, begun, resumed = (_trainer(recipe) for _ in range(3))
    for _ in range(3):
        list(whole.epoch())
    list(begun.epoch())
    state = {key: value.clone() for key, value in begun.state().items()}
    list(begun.epoch())
    resumed.restore(state, 1)
    for _ in range(2):
        list(resumed.epoch())
    expected, found = whole.state(), resumed.state()
    assert expected.keys() == found.keys()
    assert all(torch.equal(value, found[key]) for key, value in expected.items())


def test_a_state_from_before_the_first_step_is_one_too() -> None:
    trainer, resumed = _trainer(_recipe()), _trainer(_recipe())
    resumed.restore(trainer.state(), 0)
    assert len(list(resumed.epoch())) == 4


def test_judgements_weigh_as_much_as_the_recipe_says() -> None:
    data = _examples(64, 0)
    against = torch.nn.functional.one_hot(1 - data.labels, 2).float()
    accuracies = []
    for trust in (0.1, 0.9):
        judged = Examples(data.images, data.labels, against)
        trainer = Trainer(judged, 2, _recipe(judging=Judging(trust=trust)), seed=0)
        for _ in range(6):
            list(trainer.epoch())
        accuracies.append(trainer.validate(_examples(200, 1)).plain)
    assert accuracies[0] > 0.9
    assert accuracies[1] < 0.1
