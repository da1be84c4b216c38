"""Tests of what a card says that the weights do not tell."""

from __future__ import annotations

from dataclasses import replace

from classifier_samples import random_model
from finishing_parts import ABOUT, finish

from consumer.classifier.training.finishing import About


def test_the_card_repeats_it() -> None:
    record = ABOUT.record.model_copy(update={"seed": 7})
    card = finish(random_model(3), About("mine", ("a", "b", "c"), record)).card
    assert (card.name, card.classes, card.training) == ("mine", ("a", "b", "c"), record)


def test_the_name_changes_nothing_else() -> None:
    first, second = finish().card, finish(about=replace(ABOUT, name="other")).card
    assert second.name == "other"
    assert second.model_copy(update={"name": first.name}) == first
