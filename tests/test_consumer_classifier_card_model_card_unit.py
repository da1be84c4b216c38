"""Tests of the card of any model."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from consumer.classifier.card import ModelCard

GRAY: dict[str, Any] = {
    "name": "mine",
    "classes": ("a", "b", "c"),
    "input_size": (28, 32),
    "mean": 0.5,
    "deviation": 0.25,
}
THREE = (0.1, 0.2, 0.3)


@pytest.mark.parametrize(
    ("changes", "shape"),
    [
        ({}, (28, 32)),
        ({"channels": 3}, (28, 32, 3)),
        ({"channels": 3, "mean": THREE, "deviation": THREE}, (28, 32, 3)),
    ],
)
def test_it_says_what_its_model_is_fed(changes: dict[str, Any], shape: tuple[int, ...]) -> None:
    card = ModelCard(**GRAY | changes)
    assert card.image_shape == shape
    assert card.class_count == 3
    assert card.doubt is None
    assert ModelCard.model_validate_json(card.model_dump_json()) == card


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"mean": THREE}, "mean: one number for a gray image"),
        ({"deviation": THREE}, "deviation: one number for a gray image"),
        ({"channels": 2}, "channels"),
        ({"channels": 3, "mean": (0.1, 0.2)}, "mean"),
        ({"channels": 3, "deviation": (0.1, 0.2, 0.0)}, "deviation"),
        ({"input_size": (28, 5_000)}, "input_size"),
        ({"classes": ("a",) * 1_001}, "classes"),
        ({"doubt": {}}, "doubt"),
    ],
)
def test_a_wrong_field_is_named(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        ModelCard(**GRAY | changes)
