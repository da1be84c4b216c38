"""Tests of the hyperparameters of a training run."""

from __future__ import annotations

import re
from typing import Any

import pytest

from consumer.classifier.model import ARCHITECTURES
from consumer.classifier.training.recipe import RECIPES, Recipe
from shared.errors import SettingsError


def test_the_default_recipe_is_valid() -> None:
    assert Recipe().epochs >= 1


def test_the_recipes_of_the_shipped_models_name_networks_that_there_are() -> None:
    assert set(RECIPES) == {"fashion-mnist", "mnist"}
    assert {recipe.architecture for recipe in RECIPES.values()} <= set(ARCHITECTURES)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"epochs": 0}, "epochs of the training recipe: expected at least 1, got 0"),
        ({"batch": 1}, "batch of the training recipe: expected at least 2, got 1"),
        ({"smoothing": 1.0}, "smoothing of the training recipe: expected 0..1, without 1, got 1.0"),
        ({"averaging": -1.0}, "averaging of the training recipe: expected 0..1, without 1"),
        ({"peak": 0.0}, "peak of the training recipe: expected 0..1, without the ends, got 0.0"),
    ],
)
def test_a_value_out_of_range_is_refused_by_name(values: dict[str, Any], message: str) -> None:
    with pytest.raises(SettingsError, match=re.escape(message)):
        Recipe(**values)
