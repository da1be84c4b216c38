"""Tests of what a card says of doubt."""

from __future__ import annotations

from typing import Any

import pytest
from classifier_samples import card
from pydantic import ValidationError

from consumer.classifier.card import DoubtCard, NoveltyCard, TrainedCard

GOOD: dict[str, Any] = {"temperature": 0.8, "coverage": 0.99, "threshold": 0.02, "images": 5_000}
NOVELTY = NoveltyCard(energy=(-3.0, 0.1), limit=2.0)


@pytest.mark.parametrize("novelty", [None, NOVELTY])
def test_it_survives_the_way_through_the_json_of_a_model_to_the_last_bit(
    novelty: NoveltyCard | None,
) -> None:
    doubt = DoubtCard(**{**GOOD, "threshold": 0.1 + 0.2, "novelty": novelty})
    before = card(doubt=doubt)
    after = TrainedCard.model_validate_json(before.model_dump_json())
    assert after.doubt == doubt
    assert after == before


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("temperature", 0.0),
        ("temperature", -1.0),
        ("temperature", float("nan")),
        ("temperature", float("inf")),
        ("coverage", 1.01),
        ("threshold", -0.1),
        ("threshold", float("nan")),
        ("images", 0),
        ("novelty", 3),
        ("colour", "red"),
    ],
)
def test_a_wrong_field_is_named(field: str, value: object) -> None:
    DoubtCard.model_validate(GOOD)
    with pytest.raises(ValidationError, match=field):
        DoubtCard.model_validate({**GOOD, field: value})


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_the_ends_of_a_share_belong_to_it(share: float) -> None:
    card_of_all = DoubtCard(**{**GOOD, "coverage": share, "threshold": share})
    assert (card_of_all.coverage, card_of_all.threshold) == (share, share)
