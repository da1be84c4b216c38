"""checked_card: fields or JSON become a card, and a wrong field is named."""

from __future__ import annotations

import json

import pytest
from classifier_samples import card
from foreign_samples import FIELDS

from consumer.classifier.card import ModelCard, TrainedCard, checked_card
from shared.errors import ModelError


def test_json_and_fields_give_the_same_card() -> None:
    fields = {"name": "x", **FIELDS}
    found = checked_card(ModelCard, fields, "there")
    assert found == checked_card(ModelCard, json.dumps(fields).encode(), "there")
    assert (found.class_count, found.image_shape) == (2, (12, 12))


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"{", r"wrong model card \(file: Invalid JSON"),
        (b'{"name": "x"}', r"wrong model card \(classes: Field required\) in there"),
        ({"name": ""}, r"wrong model card \(name: String should have at least 1 character"),
    ],
)
def test_a_wrong_card_is_refused(data: bytes | dict[str, str], message: str) -> None:
    with pytest.raises(ModelError, match=message):
        checked_card(ModelCard, data, "there")


def test_the_own_network_is_gray() -> None:
    fields = {**card().model_dump(), "channels": 3}
    with pytest.raises(ModelError, match=r"wrong model card \(channels: Input should be 1\)"):
        checked_card(TrainedCard, fields, "there")
