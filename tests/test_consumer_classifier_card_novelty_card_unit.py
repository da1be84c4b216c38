"""Tests of what a card says of novelty."""

from __future__ import annotations

import re
from typing import Any

import pytest
from pydantic import ValidationError

from consumer.classifier.card import NoveltyCard

GOOD: dict[str, Any] = {"energy": (-3.0, 0.5), "distance": (4.0, 1.0), "limit": 2.5}


@pytest.mark.parametrize("distance", [None, (4.0, 1.0)])
def test_it_survives_the_way_through_json(distance: tuple[float, float] | None) -> None:
    card = NoveltyCard(energy=(-3.0, 0.1), distance=distance, limit=-1.5)
    assert NoveltyCard.model_validate_json(card.model_dump_json()) == card


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("energy", (1.0, 0.0)),
        ("energy", (1.0, -2.0)),
        ("energy", (float("nan"), 1.0)),
        ("energy", (1.0, float("inf"))),
        ("energy", (1.0,)),
        ("energy", None),
        ("distance", (1.0, 0.0)),
        ("distance", 3.0),
        ("limit", float("inf")),
        ("limit", None),
        ("colour", "red"),
    ],
)
def test_a_wrong_field_is_named(field: str, value: object) -> None:
    NoveltyCard.model_validate(GOOD)
    with pytest.raises(ValidationError, match=re.escape(field)):
        NoveltyCard.model_validate({**GOOD, field: value})
