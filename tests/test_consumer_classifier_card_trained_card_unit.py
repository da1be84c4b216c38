"""Tests of the model card."""

from __future__ import annotations

import pytest
from classifier_samples import card
from pydantic import ValidationError

from consumer.classifier.card import TrainedCard, TrainingRecord


def test_a_card_survives_the_way_through_json() -> None:
    before = card(("a", "b", "c"))
    after = TrainedCard.model_validate_json(before.model_dump_json())
    assert after == before
    assert isinstance(after.training, TrainingRecord)
    assert after.class_count == 3


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", ""),
        ("classes", ()),
        ("input_size", (28,)),
        ("input_size", (28, 3)),
        ("mean", 1.5),
        ("deviation", 0.0),
        ("deviation", float("nan")),
        ("validation_accuracy", 95.2),
        ("parameters", 0),
        ("colour", "red"),
    ],
)
def test_a_wrong_field_is_named(field: str, value: object) -> None:
    with pytest.raises(ValidationError, match=field):
        TrainedCard.model_validate({**card().model_dump(), field: value})


def test_a_card_cannot_be_changed() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        card().name = "other"
