"""Tests of how a training is done."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import torch
from classifier_samples import ARCHITECTURE, stripes

from consumer.classifier.training.kept import Keeper
from consumer.classifier.training.recipe import Judging, Recipe
from consumer.classifier.training.train import Line, Session, train

RECIPE = Recipe(architecture=ARCHITECTURE, epochs=2, batch=16)
SESSION = Session(seed=4, validation_images=10, name="mine", precision="fp32")


def _told(session: Session, recipe: Recipe = RECIPE) -> list[Line]:
    lines: list[Line] = []
    train(stripes(60), recipe, replace(session, told=lines.append))
    return lines


def test_it_is_told_each_epoch_of_each_run() -> None:
    lines = _told(SESSION, replace(RECIPE, judging=Judging(folds=2, epochs=1)))
    assert [(line["run"], line["epoch"], line["epochs"]) for line in lines] == [
        ("fold-1", 1, 1),
        ("fold-2", 1, 1),
        ("final", 1, 2),
        ("final", 2, 2),
    ]


def test_a_run_that_was_kept_whole_is_told_again_and_not_done_again(tmp_path: Path) -> None:
    session = replace(SESSION, keeper=Keeper(tmp_path))
    first = _told(session)
    assert _told(session) == first


def test_another_seed_is_another_run(tmp_path: Path) -> None:
    session = replace(SESSION, keeper=Keeper(tmp_path))
    first, other = _told(session), _told(replace(session, seed=5))
    assert [line["loss"] for line in first] != [line["loss"] for line in other]


def test_the_card_says_its_name_seed_precision_and_threads() -> None:
    card = train(stripes(60), RECIPE, SESSION).card
    assert (card.name, card.validation_images) == ("mine", 10)
    assert (card.training.seed, card.training.precision) == (4, "fp32")
    assert card.training.threads == torch.get_num_threads()
